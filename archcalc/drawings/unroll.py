"""A network unrolled in time: frames as columns, layers as rows, and the frames that each feature depends on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.layer_reads import axis_reads
from archcalc.core.problem import UsageError
from archcalc.core.reads import AxisReads, Taps, WholeAxisRead
from archcalc.drawings.names import shortened
from archcalc.drawings.temporal_effect import TIME, TemporalEffect, temporal_effect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.graph import NetworkInput, Node

MOST_COLUMNS = 10
"""Number of features drawn per row; longer rows show the first features and a continuation mark."""
MOST_ROWS = 60
"""Of more rows the first and the last half."""
NOTHING = (0, -1)
LISTED, LETTERS = 4, 11
"""Largest numbers of frames and characters for which frames are listed; otherwise the first and the last are named."""


@dataclass(frozen=True, slots=True)
class Feature:
    """The frames, counted from 0, that a position of a row depends on, and the features that it reads (row, column)."""

    label: str
    reads: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A layer or the input: its features in time, the number of features not drawn, and its temporal effect.

    `paths` are the layers in the row, or the input: that of the title first, then those that leave time as it is.
    """

    title: str
    features: tuple[Feature, ...]
    left_out: int = 0
    effect: TemporalEffect | None = None
    paths: tuple[str, ...] = ()


class Unit(NamedTuple):
    """Layers that are one row at most, and what they are called."""

    name: str
    layers: tuple[LayerRecord, ...]


@dataclass(frozen=True, slots=True)
class UnrollDrawing:
    """The rows from the input on."""

    title: str
    rows: tuple[Row, ...]


def unroll_drawing(analysis: Analysis, depth: int | None = None) -> UnrollDrawing:
    """Return a row for each layer with a temporal effect; frame-wise layers are in the row of their input.

    With `depth` the layers of a part at this depth of the paths are one row, that of what the part gives.

    Raises:
        UsageError: the network has no input with frames.
    """
    timed = [each for each in analysis.inputs if TIME in each.shape]
    if not timed:
        raise UsageError(f"{analysis.name} has no frames to unroll")
    source = max(timed, key=lambda each: each.shape[TIME])
    walk = _Walk(analysis, source)
    for unit in _units(analysis, depth):
        walk.add(unit)
    return UnrollDrawing(shortened(analysis.title or analysis.name), abbreviated(walk.rows))


def _units(analysis: Analysis, depth: int | None) -> Iterator[Unit]:
    """The layers one by one, or those of each part together, and what they are called."""
    if depth is None:
        yield from (Unit(layer.path, (layer,)) for layer in analysis.layers)
        return
    for part, layers in groupby(analysis.layers, key=lambda layer: analysis.graph.stage(layer.path, depth)):
        yield Unit(part.path, tuple(layers))


def abbreviated(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The first and the last rows of many, with one between them that says how many are not drawn."""
    gone = len(rows) - MOST_ROWS
    if gone <= 0:
        return tuple(rows)
    head = MOST_ROWS // 2
    place = {old: old if old < head else old - gone + 1 for old in range(len(rows)) if not head <= old < head + gone}
    kept = [
        replace(rows[old], features=tuple(_with_rows(feature, place) for feature in rows[old].features))
        for old in place
    ]
    omitted = tuple(path for row in rows[head : head + gone] for path in row.paths)
    return (*kept[:head], Row(f"… {gone:,} more layers", (), paths=omitted), *kept[head:])


def _with_rows(feature: Feature, place: Mapping[int, int]) -> Feature:
    return replace(feature, reads=tuple((place[row], column) for row, column in feature.reads if row in place))


class _Walk:
    """The rows so far, and the row of each tensor."""

    def __init__(self, analysis: Analysis, source: NetworkInput) -> None:
        self._analysis, self._source = analysis, source
        frames = source.shape[TIME]
        features = tuple(Feature(seen(frame, frame)) for frame in range(min(frames, MOST_COLUMNS)))
        self.rows = [Row(shortened(source.name), features, frames - len(features), paths=(source.name,))]
        self._row_of = {source.name: 0}
        self._readers = readers(analysis)

    def add(self, unit: Unit) -> None:
        """A row for layers that mix frames, or that join tensors of several rows."""
        timed = self._timed(unit.layers)
        rows = {self._row_of[path] for layer in timed for path in layer.inputs if path in self._row_of}
        if not rows:
            return
        if not temporal_effect(self._analysis, timed) and len(rows) == 1:
            at = rows.pop()
            self._row_of |= dict.fromkeys((layer.path for layer in timed), at)
            self.rows[at] = replace(self.rows[at], paths=(*self.rows[at].paths, *(layer.path for layer in timed)))
            return
        own = {layer.path for layer in timed}
        given = [layer for layer in timed if layer is timed[-1] or self._readers[layer.path] - own]
        made = [self._row(timed, layer, unit.name if layer is timed[-1] else layer.path) for layer in given]
        self._row_of |= {layer.path: len(self.rows) + at for at, layer in enumerate(given)}
        self.rows += made

    def _timed(self, layers: Sequence[LayerRecord]) -> list[LayerRecord]:
        """The layers that read frames of the input, through tensors with a row or through one another."""
        found: dict[str, LayerRecord] = {}
        for layer in layers:
            reads = any(path in self._row_of or path in found for path in layer.inputs)
            if reads and (self._source.name, TIME) in self._analysis.tensor_fields[layer.path].grid:
                found[layer.path] = layer
        return list(found.values())

    def _row(self, unit: Sequence[LayerRecord], layer: LayerRecord, name: str) -> Row:
        clipped = self._analysis.tensor_fields[layer.path].grid[self._source.name, TIME].clipped
        shown = min(len(clipped), MOST_COLUMNS)
        before = unit[: unit.index(layer) + 1]
        features = tuple(
            Feature(seen(*(clipped.at(at) or NOTHING)), tuple(self._reads(before, at))) for at in range(shown)
        )
        effect, paths = temporal_effect(self._analysis, before), tuple(each.path for each in before)
        return Row(shortened(name), features, len(clipped) - shown, effect, paths)

    def _reads(self, unit: Sequence[LayerRecord], position: int) -> Iterable[tuple[int, int]]:
        """The features that a position of the last of some layers reads through the others."""
        found: dict[tuple[int, int], None] = {}
        wanted: dict[str, set[int]] = {each.path: set() for each in unit}
        wanted[unit[-1].path].add(position)
        for layer in reversed(unit):
            node = self._analysis.graph.nodes[layer.path]
            for input_index, path in enumerate(node.inputs):
                if path in wanted:
                    wanted[path].update(self._columns(node, input_index, wanted[layer.path]))
                elif path in self._row_of:
                    row = self._row_of[path]
                    columns_read = self._columns(node, input_index, wanted[layer.path], len(self.rows[row].features))
                    found |= {(row, column): None for column in columns_read}
        return found

    def _columns(self, node: Node, input_index: int, positions: Iterable[int], drawn: int | None = None) -> list[int]:
        """The positions of an input that some positions of a layer read, of those drawn if it has a row."""
        shapes = self._analysis.graph.input_shapes(node)
        count, reads = shapes[input_index].get(TIME), axis_reads(node, shapes, input_index, TIME)
        if drawn is not None:
            if drawn < min(count, MOST_COLUMNS):  # the row is of a tensor whose frames lie in a dimension with others
                reads = WholeAxisRead.ALL
            count = min(drawn, count)
        return list(dict.fromkeys(at for position in sorted(positions) for at in columns(reads, position, count)))


def readers(analysis: Analysis) -> dict[str, set[str]]:
    """Return the layers that read each tensor."""
    found: dict[str, set[str]] = defaultdict(set)
    for layer in analysis.layers:
        for path in layer.inputs:
            found[path].add(layer.path)
    return found


def columns(reads: AxisReads, position: int, count: int) -> list[int]:
    """The first `count` positions of a tensor, as far as one position of the next reads them."""
    if reads is WholeAxisRead.NOTHING:
        return []
    if reads is WholeAxisRead.PAST:
        return list(range(min(count, position + 1)))
    if not isinstance(reads, Taps):
        return list(range(position if reads is WholeAxisRead.FUTURE else 0, count))
    return [at for at in reads.at(position) if 0 <= at < count]


def seen(first: int, last: int) -> str:
    """`t=(0,1)`: frames, counted from 0."""
    if last < first:
        return "t=()"
    listed = f"t=({','.join(str(frame) for frame in range(first, min(last, first + LISTED) + 1))})"
    if last - first < 2 or (last - first < LISTED and len(listed) <= LETTERS):
        return listed
    return f"t=({first},…,{last})"
