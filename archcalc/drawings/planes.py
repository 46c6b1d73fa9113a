"""A network unrolled in space: planes of H x W, one feature of the last, and the regions that lead to it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from archcalc.analysis.layer_reads import axis_reads
from archcalc.core.problem import UsageError
from archcalc.core.reads import POINTWISE
from archcalc.drawings.positions import Positions, all_read, united, window_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.core.reads import Taps
    from archcalc.graph import NetworkGraph, NetworkInput, Node

HEIGHT, WIDTH = "H", "W"
MOST_PLANES = 6
WHOLE = 15
"""A plane of at most so many positions along an axis is drawn whole there; of others what lies around the region."""
MARGIN = 2
"""Positions around a region, or a third of it where that is more."""


@dataclass(frozen=True, slots=True)
class Region:
    """A set of rows and columns of a plane; positions outside the plane are padding."""

    rows: Positions
    columns: Positions

    @property
    def size(self) -> tuple[int, int]:
        """From the first to the last, gaps included."""
        return max(self.rows) - min(self.rows) + 1, max(self.columns) - min(self.columns) + 1

    @property
    def label(self) -> str:
        """Return the size as text: `3x3`, with a remark if there are gaps."""
        gaps = " with gaps" if isinstance(self.rows, frozenset) or isinstance(self.columns, frozenset) else ""
        return "x".join(map(str, self.size)) + gaps


@dataclass(frozen=True, slots=True)
class Plane:
    """A tensor as positions of H x W.

    `inner` is what the feature of the next plane reads, `feature` the position in its middle; `outer` is what the
    feature of the last plane sees of this one. The input has no feature, the last plane no region. `rows` and `columns`
    are drawn. `between` counts the layers up to the next plane that are not.
    """

    title: str
    label: str
    size: tuple[int, int]
    rows: range
    columns: range
    feature: tuple[int, int] | None
    inner: Region | None = None
    outer: Region | None = None
    between: int = 0

    @property
    def whole(self) -> bool:
        """Whether all its positions are drawn."""
        height, width = self.size
        return len(self.rows) >= height and len(self.columns) >= width

    @property
    def padded(self) -> bool:
        """Whether a region reaches out of the plane."""
        return self.outer is not None and not (
            set(self.outer.rows) <= set(range(self.size[0])) and set(self.outer.columns) <= set(range(self.size[1]))
        )


@dataclass(frozen=True, slots=True)
class PlanesDrawing:
    """The planes from the input on; `depends` is the full field HxW of the last where it is more than its windows."""

    title: str
    planes: tuple[Plane, ...]
    depends: str = ""


def planes_drawing(analysis: Analysis) -> PlanesDrawing:
    """The layers that slide a window in space, on the way through most of them, up to the last of all.

    Raises:
        UsageError: the network has no input with H and W, or no layer slides a window there.
    """
    spatial = [each for each in analysis.inputs if {HEIGHT, WIDTH} <= set(each.shape.grid)]
    if not spatial:
        raise UsageError(f"{analysis.name} has no height and width to unroll")
    source = max(spatial, key=lambda each: each.shape[HEIGHT] * each.shape[WIDTH])
    way = _longest_way(analysis.graph, source)
    if len(way) == 1:
        raise UsageError(f"{analysis.name} has no layer that slides a window over height or width")
    planes = _planes(analysis, way)
    return PlanesDrawing(analysis.title or analysis.name, planes, _depends(analysis.layer(way[-1]), source.name))


def _depends(layer: LayerRecord, name: str) -> str:
    field = layer.fields.get(name)
    if field is None or not any(field.sees_all[axis] for axis in (HEIGHT, WIDTH)):
        return ""
    return f"{field.full[HEIGHT]}x{field.full[WIDTH]}"


def windows_by_input(graph: NetworkGraph, node: Node, axis: str) -> dict[str, Taps]:
    """The tensors that a layer reads through a window along an axis, and that window."""
    shapes = graph.input_shapes(node)
    found = {}
    for input_index, path in enumerate(node.inputs):
        window = window_of(axis_reads(node, shapes, input_index, axis))
        if window is not None and node.operator.token_flow(input_index, shapes).grid:
            found[path] = window
    return found


def seen_of(graph: NetworkGraph, nodes: Sequence[Node], position: int, axis: str) -> dict[str, Positions]:
    """What a position of the last of these layers sees of every tensor through windows of these layers alone."""
    seen: dict[str, Positions] = {nodes[-1].path: range(position, position + 1)}
    for node in reversed(nodes):
        if node.path not in seen:
            continue
        for path, window in windows_by_input(graph, node, axis).items():
            read = all_read(window, seen[node.path])
            seen[path] = united(seen[path], read) if path in seen else read
    return seen


def _longest_way(graph: NetworkGraph, source: NetworkInput) -> list[str]:
    """From the input through most layers that slide windows, up to the last layer that does."""
    steps, before = {source.name: 0}, {}
    last = source.name
    for node in graph.nodes.values():
        down, across = (windows_by_input(graph, node, axis) for axis in (HEIGHT, WIDTH))
        ways = {path: (down[path], across[path]) for path in node.inputs if path in down and path in across}
        counted = {path: steps[path] + _slides(pair) for path, pair in ways.items() if path in steps}
        if not counted:
            continue
        before[node.path] = max(counted, key=lambda path: counted[path])
        steps[node.path] = counted[before[node.path]]
        if _slides(ways[before[node.path]]):
            last = node.path
    way = [last]
    while way[-1] in before:
        way.append(before[way[-1]])
    return way[::-1]


def _slides(pair: tuple[Taps, Taps]) -> bool:
    return any(each != POINTWISE for each in pair)


def _planes(analysis: Analysis, way: Sequence[str]) -> tuple[Plane, ...]:
    """From the last plane back to the input: each has the feature that the next one's region is the middle of."""
    graph = analysis.graph
    stops, between = _stops(graph, way)
    size = _size(graph, stops[-1])
    feature = ((size[0] - 1) // 2, (size[1] - 1) // 2)
    upstream = list(graph.nodes.values())
    upstream = upstream[: upstream.index(graph.nodes[stops[-1]]) + 1]
    rows, columns = (seen_of(graph, upstream, at, axis) for at, axis in zip(feature, (HEIGHT, WIDTH), strict=True))
    planes = [_plane(analysis, stops[-1], feature, None, None, 0)]
    for (path, follower), left_out in reversed(list(zip(pairwise(stops), between, strict=True))):
        part = [graph.nodes[each] for each in way[way.index(path) + 1 : way.index(follower) + 1]]
        read = [seen_of(graph, part, at, axis)[path] for at, axis in zip(feature, (HEIGHT, WIDTH), strict=True)]
        inner, size = Region(read[0], read[1]), _size(graph, path)
        feature = _middle(inner.rows, size[0]), _middle(inner.columns, size[1])
        planes.append(_plane(analysis, path, feature, inner, Region(rows[path], columns[path]), left_out))
    return tuple(reversed(planes))


def _stops(graph: NetworkGraph, way: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return the input and the first and last layers with windows, and the number of layers omitted between them."""
    sliding = [each for before, each in pairwise(way)
               if _slides((windows_by_input(graph, graph.nodes[each], HEIGHT)[before],
                           windows_by_input(graph, graph.nodes[each], WIDTH)[before]))]  # fmt: skip
    stops = [way[0], *sliding]
    left_out = max(0, len(stops) - MOST_PLANES)
    head = MOST_PLANES // 2
    if not left_out:
        return stops, [0] * len(sliding)
    kept = stops[:head] + stops[-(MOST_PLANES - head) :]
    return kept, [left_out if number == head - 1 else 0 for number in range(len(kept) - 1)]


def _plane(analysis: Analysis, path: str, feature: tuple[int, int], inner: Region | None, outer: Region | None,
           between: int) -> Plane:  # fmt: skip
    size = _size(analysis.graph, path)
    around = outer or Region(range(feature[0], feature[0] + 1), range(feature[1], feature[1] + 1))
    rows, columns = _drawn(size[0], around.rows), _drawn(size[1], around.columns)
    if path in analysis.graph.inputs:
        return Plane(path, str(analysis.graph.shape(path)), size, rows, columns, None, inner, outer, between)
    return Plane(path, analysis.layer(path).label, size, rows, columns, feature, inner, outer, between)


def _size(graph: NetworkGraph, path: str) -> tuple[int, int]:
    shape = graph.shape(path)
    return shape.get(HEIGHT), shape.get(WIDTH)


def _drawn(size: int, region: Positions) -> range:
    first, last = min(region), max(region)
    whole = range(min(0, first), max(size, last + 1))
    if len(whole) <= WHOLE:
        return whole
    margin = max(MARGIN, (last - first + 1) // 3)
    return range(max(whole.start, first - margin), min(whole.stop, last + margin + 1))


def _middle(region: Positions, size: int) -> int:
    """The middle one of those that are no padding; the nearest to them where all are."""
    real = sorted(at for at in region if 0 <= at < size)
    return real[(len(real) - 1) // 2] if real else min(max(min(region), 0), size - 1)
