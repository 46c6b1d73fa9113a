"""`archcalc.__all__` is what `import archcalc` really offers, and each name says what it is for."""

from __future__ import annotations

import inspect

import archcalc

MANY = 24


def test_all_is_what_is_there():
    offered = {name: getattr(archcalc, name) for name in [*archcalc.__all__, *dir(archcalc)]}
    own = {name for name, value in offered.items() if is_public(name) and is_ours(value)}
    assert own == set(filter(is_public, archcalc.__all__))


def test_all_is_sorted_short_and_without_repeats():
    assert sorted(set(archcalc.__all__)) == list(archcalc.__all__)
    assert len(archcalc.__all__) <= MANY


def test_dir_shows_what_is_only_imported_when_asked_for():
    assert set(archcalc.__all__) <= set(dir(archcalc))


def test_every_public_name_has_a_docstring():
    silent = [name for name in filter(is_public, archcalc.__all__) if not has_own_docstring(getattr(archcalc, name))]
    assert silent == []


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(archcalc, "no_such_name")


def is_public(name: str) -> bool:
    return not name.startswith("_")


def is_ours(value: object) -> bool:
    """Whether archcalc defined it: a helper from elsewhere or a submodule is nobody's public name."""
    return not inspect.ismodule(value) and str(getattr(value, "__module__", "")).startswith("archcalc")


def has_own_docstring(value: object) -> bool:
    """A dataclass without a docstring gets one made up of its signature, which tells nothing new."""
    text: str = (vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__) or ""
    return bool(text) and not text.startswith(f"{getattr(value, '__name__', '')}(")
