"""A network unrolled in time: frames as columns, layers as rows, and the frames that each feature depends on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcalc.analysis.layer_reads import axis_reads
from archcalc.core.problem import UsageError
from archcalc.core.reads import AxisReads, Taps, WholeAxisRead
from archcalc.drawings.names import shortened
from archcalc.drawings.temporal_effect import TIME, TemporalEffect, temporal_effect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    """The frames, counted from 1, that a position of a row depends on, and the features that it reads (row, column)."""

    label: str
    reads: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A layer or the input: its features in time, the number of features not drawn, and its temporal effect."""

    title: str
    features: tuple[Feature, ...]
    left_out: int = 0
    effect: TemporalEffect | None = None


@dataclass(frozen=True, slots=True)
class UnrollDrawing:
    """The rows from the input on."""

    title: str
    rows: tuple[Row, ...]


def unroll_drawing(analysis: Analysis) -> UnrollDrawing:
    """Return a row for each layer with a temporal effect; frame-wise layers are in the row of their input.

    Raises:
        UsageError: the network has no input with frames.
    """
    timed = [each for each in analysis.inputs if TIME in each.shape]
    if not timed:
        raise UsageError(f"{analysis.name} has no frames to unroll")
    source = max(timed, key=lambda each: each.shape[TIME])
    walk = _Walk(analysis, source)
    for layer in analysis.layers:
        walk.add(layer)
    return UnrollDrawing(shortened(analysis.title or analysis.name), abbreviated(walk.rows))


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
    return (*kept[:head], Row(f"… {gone:,} more layers", ()), *kept[head:])


def _with_rows(feature: Feature, place: Mapping[int, int]) -> Feature:
    return replace(feature, reads=tuple((place[row], column) for row, column in feature.reads if row in place))


class _Walk:
    """The rows so far, and the row of each tensor."""

    def __init__(self, analysis: Analysis, source: NetworkInput) -> None:
        self._analysis, self._source = analysis, source
        frames = source.shape[TIME]
        features = tuple(Feature(seen(frame, frame)) for frame in range(min(frames, MOST_COLUMNS)))
        self.rows = [Row(shortened(source.name), features, frames - len(features))]
        self._row_of = {source.name: 0}

    def add(self, layer: LayerRecord) -> None:
        """A row for a layer that mixes frames, or that joins tensors of several rows."""
        inputs = [path for path in layer.inputs if path in self._row_of]
        if not inputs or (self._source.name, TIME) not in self._analysis.tensor_fields[layer.path].grid:
            return
        rows = {self._row_of[path] for path in inputs}
        if not temporal_effect(self._analysis, [layer]) and len(rows) == 1:
            self._row_of[layer.path] = rows.pop()
            return
        self._row_of[layer.path] = len(self.rows)
        self.rows.append(self._row(layer))

    def _row(self, layer: LayerRecord) -> Row:
        node = self._analysis.graph.nodes[layer.path]
        clipped = self._analysis.tensor_fields[layer.path].grid[self._source.name, TIME].clipped
        shown = min(len(clipped), MOST_COLUMNS)
        features = tuple(
            Feature(seen(*(clipped.at(at) or NOTHING)), tuple(self._reads(node, at))) for at in range(shown)
        )
        return Row(shortened(layer.path), features, len(clipped) - shown, temporal_effect(self._analysis, [layer]))

    def _reads(self, node: Node, position: int) -> list[tuple[int, int]]:
        found = []
        shapes = self._analysis.graph.input_shapes(node)
        for input_index, path in enumerate(node.inputs):
            if path not in self._row_of:
                continue
            row = self._row_of[path]
            count, frames = len(self.rows[row].features), shapes[input_index].get(TIME)
            reads = axis_reads(node, shapes, input_index, TIME)
            if count < min(frames, MOST_COLUMNS):  # the row is of a tensor whose frames lie in a dimension with others
                reads = WholeAxisRead.ALL
            found += [(row, column) for column in columns(reads, position, min(count, frames))]
        return list(dict.fromkeys(found))


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
    """`t=(1,2)`, as a lecturer writes it."""
    if last < first:
        return "t=()"
    listed = f"t=({','.join(str(frame + 1) for frame in range(first, min(last, first + LISTED) + 1))})"
    if last - first < 2 or (last - first < LISTED and len(listed) <= LETTERS):
        return listed
    return f"t=({first + 1},…,{last + 1})"
