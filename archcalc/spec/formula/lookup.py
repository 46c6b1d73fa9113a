"""Names, entries and items that a formula asks for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from archcalc.core.messages import describe_value, shortened
from archcalc.core.problem import MOST_NAMES, did_you_mean
from archcalc.spec.formula.error import FormulaError

KNOWN_HINTS = {
    "true": "write True",
    "false": "write False",
    "null": "write None",
    "none": "write None",
    "int": "write floor",
    "abs": "write max(x, -x)",
}


def unknown_name(name: str, names: Mapping[str, object]) -> FormulaError:
    """Return the error for an undefined name, with the defined names."""
    hint = KNOWN_HINTS.get(name) or did_you_mean(name, names)
    return FormulaError(f"unknown name {shortened(name)}", _listed(names), hint)


def item_at(owner: ast.expr, items: list[object] | tuple[object, ...], key: object) -> object:
    """One item of a list; FormulaError when the index is not an integer or leads past the ends."""
    index = int(key) if isinstance(key, float) and key.is_integer() else key
    name = shortened(ast.unparse(owner))
    if not isinstance(index, int) or isinstance(index, bool):
        raise FormulaError(f"{describe_value(key)} as an index into {name}", "an integer")
    if not -len(items) <= index < len(items):
        expected = f"an index from 0 to {len(items) - 1}" if items else "a list with entries"
        raise FormulaError(f"index {index} into {name}, which has {len(items)} entries", expected)
    return items[index]


def items_between(owner: ast.expr, items: object, limits: list[Any]) -> list[object]:
    """Return a slice of a list, from its first, end and step, each None if it is left out.

    Raises:
        FormulaError: it is no list, or a limit is no integer, or the step is 0.
    """
    name = shortened(ast.unparse(owner))
    if not isinstance(items, (list, tuple)):
        raise FormulaError(f"a slice of {name}, which is {describe_value(items)}", "a list before '['")
    whole = [int(each) if isinstance(each, float) and each.is_integer() else each for each in limits]
    for each in whole:
        if each is not None and (not isinstance(each, int) or isinstance(each, bool)):
            raise FormulaError(f"{describe_value(each)} in a slice of {name}", "integers, such as [1:]")
    if whole[2] == 0:
        raise FormulaError(f"a slice of {name} with step 0", "another step, such as -1 for the reverse order")
    return list(items[slice(*whole)])


def entry_at(owner: ast.expr, mapping: Mapping[Any, object], key: object) -> object:
    """What a mapping has under a key, 18 and '18' being one; FormulaError with the nearest key when there is none."""
    for spelling in (key, spelled(key)):
        try:
            return mapping[spelling]
        except KeyError:
            continue
    name = shortened(ast.unparse(owner))[1:-1]
    found = f"{name} has no {shortened(spelled(key))}"
    raise FormulaError(found, _listed(mapping), did_you_mean(spelled(key), map(str, mapping)))


def spelled(key: object) -> str:
    """A key as the text that a spec has for it: its keys are texts, so 18 finds `18:`."""
    if isinstance(key, bool):
        return "true" if key else "false"
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)


def _listed(names: Iterable[object], limit: int = 12) -> str:
    shown = [str(name) for name in islice(dict.fromkeys(islice(names, MOST_NAMES)), limit + 1)]
    more = ", ..." if len(shown) > limit else ""
    return "one of " + ", ".join(shown[:limit]) + more if shown else "no names at all"
