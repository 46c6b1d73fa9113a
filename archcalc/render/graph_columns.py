"""A graph cut into columns, so that a long one fits the shape of a page."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from itertools import accumulate
from math import log
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

MOST_COLUMNS = 12
APART = 60
"""About as wide as the gap between two columns."""
NEAR = 0.4
"""How far from its place a cut may move, as a part of a column, to cut fewer edges."""
FEWER = 0.12
"""How far a cut moves to cut one edge less, as a part of a column."""


class Node(NamedTuple):
    """Where a box lies along the flow, and across it."""

    start: float
    end: float
    low: float
    high: float

    @property
    def middle(self) -> float:
        """Return the middle along the flow, which all boxes of a rank have."""
        return round((self.start + self.end) / 2, 1)


def columns(nodes: Sequence[Node], edges: Sequence[tuple[int, int]], shape: float) -> list[int]:
    """Return the column of each box, counted from 0.

    `shape` is the extent across the flow divided by the one along it that the columns side by side should come near.
    Cuts lie between two ranks of boxes, where few edges are cut.
    """
    ranks = _ranks(nodes, edges)
    last = max(node.end for node in nodes)
    tried = [_assigned(ranks, last, parts) for parts in range(1, min(MOST_COLUMNS, len(ranks)) + 1)]
    found = [[column[node.middle] for node in nodes] for column in tried]
    return min(found, key=lambda each: abs(log(_shape(nodes, each) / shape)))


class _Rank(NamedTuple):
    """Boxes with one middle: where it is, where the first of them starts, and how many edges lead over it."""

    middle: float
    start: float
    crossing: int


def _ranks(nodes: Sequence[Node], edges: Sequence[tuple[int, int]]) -> list[_Rank]:
    starts: dict[float, float] = {}
    for node in nodes:
        starts[node.middle] = min(node.start, starts.get(node.middle, node.start))
    changes: Counter[float] = Counter()
    for source, target in edges:
        if nodes[source].middle < nodes[target].middle:
            changes[nodes[source].middle] += 1
            changes[nodes[target].middle] -= 1
    middles = sorted(starts)
    before = accumulate((changes[middle] for middle in middles), initial=0)
    return [_Rank(middle, starts[middle], crossing) for middle, crossing in zip(middles, before, strict=False)]


def _assigned(ranks: Sequence[_Rank], last: float, parts: int) -> dict[float, int]:
    """Return the column of each rank, by its middle, where the boxes end at `last`."""
    length = (last - ranks[0].start) / parts
    cuts: list[int] = []
    for number in range(1, parts):
        ideal = ranks[0].start + number * length
        free = range((cuts[-1] if cuts else 0) + 1, len(ranks) - (parts - 1 - number))
        off = [(abs(ranks[at].start - ideal) / length, FEWER * ranks[at].crossing, at) for at in free]
        cuts.append(min([each for each in off if each[0] <= NEAR] or off, key=lambda each: each[0] + each[1])[2])
    return {rank.middle: bisect_right(cuts, number) for number, rank in enumerate(ranks)}


def _shape(nodes: Sequence[Node], assigned: Sequence[int]) -> float:
    """Return about the extent across the flow divided by the one along it."""
    across, along = 0.0, 0.0
    for column in range(max(assigned) + 1):
        inside = [node for node, at in zip(nodes, assigned, strict=True) if at == column]
        across += APART + max(node.high for node in inside) - min(node.low for node in inside)
        along = max(along, max(node.end for node in inside) - min(node.start for node in inside))
    return across / along


STEP, LEAVE, ENTER, SIDE, OVER = 9.0, 12.0, 15.0, 10.0, 24.0
"""Between lines side by side; from a box to where its line turns; from there to the box it enters; beside the lines in
a gap; from the first boxes to lines above all columns."""
ENTRY = 18.0
"""Between the lines that enter one rank, so that there is room for their words."""

Line = tuple[tuple[float, float], ...]
"""The corners of a line, each as (along the flow, across it)."""


class Cut(NamedTuple):
    """An edge between two columns, by the numbers of its boxes, and its words."""

    source: int
    target: int
    words: str


def bundles(cut: Sequence[Cut]) -> list[Hashable]:
    """Return what each cut edge has in common with those that are one line with it where they run side by side.

    It is the box that they leave, if that leads to several boxes, else the box that they enter with the same words.
    """
    ways = Counter(source for source, _ in {(edge.source, edge.target) for edge in cut})
    return [edge.source if ways[edge.source] > 1 else (edge.target, edge.words) for edge in cut]


def gaps(assigned: Sequence[int], cut: Sequence[Cut]) -> list[float]:
    """Return the width of the gap after each column, with room for the lines in it."""
    inside: list[set[Hashable]] = [set() for _ in range(max(assigned) + 1)]
    for edge, bundle in zip(cut, bundles(cut), strict=True):
        for gap in (assigned[edge.source], assigned[edge.target] - 1):
            inside[gap].add(bundle)
    return [SIDE + STEP * len(each) for each in inside]


class _Tracks:
    """Numbers for lines side by side: the same for edges of one bundle, else the next."""

    def __init__(self) -> None:
        self._taken: dict[Hashable, dict[Hashable, int]] = defaultdict(dict)

    def number(self, place: Hashable, bundle: Hashable) -> int:
        taken = self._taken[place]
        return taken.setdefault(bundle, len(taken))


def lines(placed: Sequence[Node], assigned: Sequence[int], cut: Sequence[Cut], right: Sequence[float]) -> list[Line]:
    """Return a line for each cut edge, in the gaps between ranks, between columns and above all columns.

    `right` is where each column ends.
    """
    tracks = _Tracks()
    top = min(node.start for node in placed)
    return [
        _line(placed, assigned, edge, bundle, right, top, tracks)
        for edge, bundle in zip(cut, bundles(cut), strict=True)
    ]


def _line(
    placed: Sequence[Node],
    assigned: Sequence[int],
    edge: Cut,
    bundle: Hashable,
    right: Sequence[float],
    top: float,
    tracks: _Tracks,
) -> Line:
    source, target = placed[edge.source], placed[edge.target]
    first, last = assigned[edge.source], assigned[edge.target] - 1
    leave = max(node.end for node in _in_column(placed, assigned, first) if node.middle == source.middle)
    enter = min(node.start for node in _in_column(placed, assigned, last + 1) if node.middle == target.middle)
    leave += LEAVE + STEP * tracks.number(("leave", first, source.middle), bundle)
    enter -= ENTER + ENTRY * tracks.number(("enter", last, target.middle), (edge.target, edge.words))
    way = [(leave, right[first] + STEP * tracks.number(("gap", first), bundle))]
    if last > first:
        over = top - OVER - STEP * tracks.number("above", bundle)
        beside = right[last] + STEP * tracks.number(("gap", last), bundle)
        way += [(over, way[-1][1]), (over, beside), (enter, beside)]
    else:
        way.append((enter, way[-1][1]))
    begin, end = (source.low + source.high) / 2, (target.low + target.high) / 2
    return ((source.end, begin), (leave, begin), *way, (enter, end), (target.start, end))


def _in_column(placed: Sequence[Node], assigned: Sequence[int], column: int) -> list[Node]:
    return [node for node, at in zip(placed, assigned, strict=True) if at == column]
