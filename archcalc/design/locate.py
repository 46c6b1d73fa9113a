"""Finds and reads search files: given files, standard input, and those that ship with archcalc."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.core.problem import Location, Problem, Source, SpecError, did_you_mean
from archcalc.design.model import SEARCH, SWEEP
from archcalc.resources import specs_folder
from archcalc.spec.library import STDIN, SUFFIXES
from archcalc.spec.text import Mapping, Node, parse, read_standard_input, read_text

if TYPE_CHECKING:
    from archcalc.spec.model import Document


def searches_folder() -> Path:
    """Return the folder of the searches and sweeps that ship with archcalc."""
    return specs_folder() / "searches"


def bundled_searches() -> dict[str, Path]:
    """Return the files of all searches and sweeps that ship with archcalc, by name."""
    return {path.stem: path for path in sorted(searches_folder().glob("*.yaml"))}


def read_search_text(name: str) -> tuple[Node, Path]:
    """Return the data of a search file and the folder that it lies in; SpecError where it cannot be read."""
    if name == STDIN:
        source, text = read_standard_input("<stdin>")
        return parse(text, source), Path()
    path = _located(name)
    source, text = read_text(path, str(path) if path.parent != searches_folder() else path.name)
    return parse(text, source), path.parent


def _located(name: str) -> Path:
    bundled, path = bundled_searches(), Path(name)
    if name in bundled:
        return bundled[name]
    if name and "\0" not in name and (path.suffix in SUFFIXES or path.name != name or os.path.exists(name)):
        return path
    expected = f"a file, - for standard input, or one of {', '.join(bundled)}"
    raise SpecError([Problem(Location(Source(name)), f"no search {name!r}", expected, did_you_mean(name, bundled))])


def is_search(name: str) -> bool:
    """Whether a name is that of a search or sweep: by the keys of the file, or among those that ship with archcalc."""
    if name in bundled_searches():
        return True
    path = Path(name)
    if path.suffix not in SUFFIXES or not os.path.isfile(name):
        return False
    try:
        root, _ = read_search_text(name)
    except SpecError:
        return False
    return isinstance(root, Mapping) and any(root.get(key) is not None for key in (SEARCH, SWEEP))


def texts_of(document: Document) -> tuple[str, ...]:
    """Return the lines of a spec and of all libraries that it uses, each text once."""
    pending, seen, texts = [document], set[int](), list[str]()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        texts.append("\n".join(each.location.source.lines))
        pending += [block.home for block in each.imported.values()]
    return tuple(sorted(set(texts)))
