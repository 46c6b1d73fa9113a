"""Places in the text of a page: lines and columns for people, offsets for an editor, and the layers of each line."""

from __future__ import annotations

from itertools import accumulate
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from archcalc.core.scopes import BlockScope
from archcalc.spec.library import bundled_libraries, bundled_networks
from archcalc.spec.text.source import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archcalc.core.problem import Location, Source
    from archcalc.graph import NetworkGraph, Node

BYTE_ORDER_MARK = "\ufeff"


class Places:
    """Turns locations into plain data; those in the text of the page are its own."""

    def __init__(self, name: str, text: str) -> None:
        self._own = source_of(name, text.removeprefix(BYTE_ORDER_MARK))
        self._shift = len(text) - len(text.removeprefix(BYTE_ORDER_MARK))
        self._starts: dict[int, list[int]] = {}
        self._is_own: dict[int, bool] = {}
        self._bundled = {*bundled_libraries(), *(each.name for each in bundled_networks())}

    def is_own(self, location: Location) -> bool:
        """Return whether a location lies in the text of the page."""
        source = location.source
        if id(source) not in self._is_own:
            self._is_own[id(source)] = source.name == self._own.name and source.lines in (self._own.lines, ())
        return self._is_own[id(source)]

    def place(self, location: Location | None) -> dict[str, Any] | None:
        """Return a location with its end; `from` and `to` are UTF-16 units from the start, each line break one."""
        if location is None:
            return None
        own, name = self.is_own(location), location.source.name
        stem = PurePath(name).stem
        source = self._own if own else location.source
        line, column = location.line, location.column
        end = (location.end_line, location.end_column) if location.end_line else (line, column)
        start = self._offset(source, line, column, own=own)
        return {
            "file": name,
            "own": own,
            "library": stem if not own and stem in self._bundled and PurePath(name).name == name else None,
            "line": line or None,
            "column": column or None,
            "end_line": end[0] or None,
            "end_column": end[1] or None,
            "from": start,
            "to": self._offset(source, *end, own=own),
        }

    def _offset(self, source: Source, line: int, column: int, *, own: bool) -> int | None:
        if not line or not source.lines:
            return None
        if id(source) not in self._starts:
            lengths = (_units(each) + 1 for each in source.lines)
            self._starts[id(source)] = [0, *accumulate(lengths)]
        starts = self._starts[id(source)]
        before = source.line(line)[: max(0, column - 1)]
        return starts[min(line, len(starts)) - 1] + _units(before) + (self._shift if own else 0)

    def own_lines(self, node: Node) -> list[int]:
        """Return the lines of the text that make a layer, the innermost first: its own, and those around it."""
        found = [each.line for each in _locations(node) if each.line and self.is_own(each)]
        return list(dict.fromkeys(found))

    def lines(self, graph: NetworkGraph) -> dict[str, list[str]]:
        """Return the paths of the layers that each line of the text makes; arguments go with the line above them."""
        by_line: dict[int, list[str]] = {}
        for node in graph.nodes.values():
            for line in self.own_lines(node):
                by_line.setdefault(line, []).append(node.path)
        return {str(line): paths for line, paths in sorted(_with_arguments(by_line, self._own.lines).items())}


def _locations(node: Node) -> Iterator[Location]:
    if node.location is not None:
        yield node.location
    for scope in node.scope.chain():
        if scope.location is not None:
            yield scope.location
        if isinstance(scope, BlockScope) and scope.definition is not None:
            yield scope.definition


def _with_arguments(by_line: Mapping[int, list[str]], lines: Sequence[str]) -> dict[int, list[str]]:
    """Add lines without layers of their own that are indented more than the line with layers before them."""
    found, above = dict(by_line), 0
    for number, line in enumerate(lines, 1):
        if number in by_line:
            above = number
        elif line.strip() and above and _indentation(line) > _indentation(lines[above - 1]):
            found[number] = by_line[above]
        elif line.strip():
            above = 0
    return found


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _units(text: str) -> int:
    """Return how many units of UTF-16 a text has."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
