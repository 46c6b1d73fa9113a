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
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.graph import NetworkInput, Node

MOST_COLUMNS = 10
"""Number of features drawn per row; longer rows show the first features and a continuation mark."""
MOST_FRAMES = 64
"""The longest window of frames that is drawn."""
MOST_ROWS = 60
"""Of more rows the first and the last half."""
NOTHING = (0, -1)
LISTED, LETTERS = 4, 11
"""Largest numbers of frames and characters for which frames are listed; otherwise the first and the last are named."""


@dataclass(frozen=True, slots=True)
class Feature:
    """The frames, counted from 0, that a position of a row depends on, and the features that it reads (row, column).

    `reads_before` and `reads_after`: it also reads features before or after those that are drawn.
    """

    label: str
    reads: tuple[tuple[int, int], ...] = ()
    reads_before: bool = False
    reads_after: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A layer or the input: its features in time, how many are not drawn after and before them, its temporal effect.

    `paths` are the layers in the row, or the input: that of the title first, then those that leave time as it is. A row
    without features `stands_for` several that are not drawn.
    """

    title: str
    features: tuple[Feature, ...]
    left_out: int = 0
    effect: TemporalEffect | None = None
    paths: tuple[str, ...] = ()
    before: int = 0
    stands_for: int = 1

    @property
    def count(self) -> int:
        """How many features the row has, drawn or not."""
        return self.before + len(self.features) + self.left_out


class Unit(NamedTuple):
    """Layers that are one row at most, and what they are called."""

    name: str
    layers: tuple[LayerRecord, ...]


@dataclass(frozen=True, slots=True)
class UnrollDrawing:
    """The rows from the input on."""

    title: str
    rows: tuple[Row, ...]


def parse_frames(text: str) -> tuple[int, int]:
    """Return the first frame of `10:26` and the one after the last; UsageError for another form, or too many frames."""
    first, colon, after = text.partition(":")
    if not (colon and first.isdecimal() and after.isdecimal() and int(first) < int(after)):
        raise UsageError(f"frames {text!r}; expected FIRST:END, such as 10:26 for frames 10 to 25")
    if int(after) - int(first) > MOST_FRAMES:
        raise UsageError(f"{int(after) - int(first):,} frames ({text}); at most {MOST_FRAMES} are drawn")
    return int(first), int(after)


def unroll_drawing(
    analysis: Analysis, depth: int | None = None, frames: tuple[int, int] | None = None
) -> UnrollDrawing:
    """Return a row for each layer with a temporal effect; frame-wise layers are in the row of their input.

    With `depth` the layers of a part at this depth of the paths are one row, that of what the part gives. `frames` are
    the first frame that is drawn and the one after the last; of rows with fewer features those at the same time. Rows
    in succession whose drawn features depend on the same frames as those above are counted, not drawn.

    Raises:
        UsageError: the network has no input with frames, or not these.
    """
    timed = [each for each in analysis.inputs if TIME in each.shape]
    if not timed:
        raise UsageError(f"{analysis.name} has no frames to unroll")
    source = max(timed, key=lambda each: each.shape[TIME])
    if frames is not None and frames[1] > source.shape[TIME]:
        raise UsageError(f"frames {frames[0]}:{frames[1]}; {source.name} has frames 0 to {source.shape[TIME] - 1}")
    walk = _Walk(analysis, source, frames)
    for unit in _units(analysis, depth):
        walk.add(unit)
    return UnrollDrawing(shortened(analysis.title or analysis.name), abbreviated(folded(walk.rows)))


def _units(analysis: Analysis, depth: int | None) -> Iterator[Unit]:
    """The layers one by one, or those of each part together, and what they are called."""
    if depth is None:
        yield from (Unit(layer.path, (layer,)) for layer in analysis.layers)
        return
    for part, layers in groupby(analysis.layers, key=lambda layer: analysis.graph.stage(layer.path, depth)):
        yield Unit(part.path, tuple(layers))


def folded(rows: Sequence[Row]) -> list[Row]:
    """Replace rows in succession that repeat the features above them by one that says how many they are.

    A row repeats them where all else that its layer reads is padding: a dilation longer than what is drawn.
    """
    first = _first_like(rows)
    kept: list[Row] = []
    place: dict[int, int] = {}
    for repeats, run in groupby(range(len(rows)), key=lambda at: first[at] < at):
        numbers = list(run)
        if repeats and len(numbers) > 1:
            place |= {at: place[first[at]] for at in numbers}
            omitted = tuple(path for at in numbers for path in rows[at].paths)
            kept.append(Row(f"… {len(numbers):,} more rows: same frames", (), paths=omitted, stands_for=len(numbers)))
            continue
        for at in numbers:
            place[at] = len(kept)
            kept.append(replace(rows[at], features=tuple(_with_rows(each, place) for each in rows[at].features)))
    return kept


def _first_like(rows: Sequence[Row]) -> dict[int, int]:
    """For each row the one that it repeats, or itself: each feature reads that one alone, with the same frames."""
    found: dict[int, int] = {}
    for at, row in enumerate(rows):
        features = tuple(_with_rows(feature, found) for feature in row.features)
        read = {source for feature in features for source, _ in feature.reads}
        source = read.pop() if len(read) == 1 else at
        above = rows[source]
        same = tuple(Feature(feature.label, ((source, column),)) for column, feature in enumerate(above.features))
        repeats = (row.before, features, row.left_out) == (above.before, same, above.left_out)
        found[at] = source if repeats else at
    return found


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
    omitted = rows[head : head + gone]
    count, paths = sum(row.stands_for for row in omitted), tuple(path for row in omitted for path in row.paths)
    return (*kept[:head], Row(f"… {count:,} more rows", (), paths=paths, stands_for=count), *kept[head:])


def _with_rows(feature: Feature, place: Mapping[int, int]) -> Feature:
    reads = dict.fromkeys((place[row], column) for row, column in feature.reads if row in place)
    return replace(feature, reads=tuple(reads))


class _Columns(NamedTuple):
    """The columns of a row that a feature reads, and whether it reads features before or after those drawn."""

    drawn: Sequence[int]
    before: bool
    after: bool


class _Walk:
    """The rows so far, and the row of each tensor."""

    def __init__(self, analysis: Analysis, source: NetworkInput, window: tuple[int, int] | None) -> None:
        self._analysis, self._source, self._window = analysis, source, window
        count = source.shape[TIME]
        drawn = self._drawn(count)
        features = tuple(Feature(seen(frame, frame)) for frame in drawn)
        self.rows = [
            Row(shortened(source.name), features, count - drawn.stop, paths=(source.name,), before=drawn.start)
        ]
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
        drawn = self._drawn(len(clipped))
        before = unit[: unit.index(layer) + 1]
        features = tuple(self._feature(seen(*(clipped.at(at) or NOTHING)), before, at) for at in drawn)
        effect, paths = temporal_effect(self._analysis, before), tuple(each.path for each in before)
        return Row(shortened(name), features, len(clipped) - drawn.stop, effect, paths, drawn.start)

    def _drawn(self, count: int) -> range:
        """The positions of a row that are drawn: the first, or those whose middle lies in the window; at least one."""
        if self._window is None:
            return range(min(count, MOST_COLUMNS))
        frames = self._source.shape[TIME]
        first, end = (-((frames - 2 * count * frame) // (2 * frames)) for frame in self._window)
        return range(first, end) if first < end else range(min(first, count - 1), min(first, count - 1) + 1)

    def _feature(self, label: str, unit: Sequence[LayerRecord], position: int) -> Feature:
        """A position of the last of some layers, and what it reads through the others."""
        found: dict[tuple[int, int], None] = {}
        before = after = False
        wanted: dict[str, set[int]] = {each.path: set() for each in unit}
        wanted[unit[-1].path].add(position)
        for layer in reversed(unit):
            node = self._analysis.graph.nodes[layer.path]
            for input_index, path in enumerate(node.inputs):
                if path in wanted:
                    wanted[path].update(self._columns(node, input_index, wanted[layer.path]))
                elif path in self._row_of:
                    row = self._row_of[path]
                    read = self._columns_of(self.rows[row], node, input_index, wanted[layer.path])
                    found |= {(row, column): None for column in read.drawn}
                    before, after = before or read.before, after or read.after
        return Feature(label, tuple(found), before, after)

    def _columns_of(self, row: Row, node: Node, input_index: int, positions: Collection[int]) -> _Columns:
        """The columns of a row that some positions of a layer read: a line has both its ends."""
        shapes = self._analysis.graph.input_shapes(node)
        count, reads = shapes[input_index].get(TIME), axis_reads(node, shapes, input_index, TIME)
        if row.count < count:  # the row is of a tensor whose frames lie in a dimension with others
            any_read = bool(positions)
            return _Columns(range(len(row.features)), any_read and row.before > 0, any_read and row.left_out > 0)
        end = row.before + len(row.features)
        found = self._columns(node, input_index, positions, end)
        drawn = [at - row.before for at in found if at >= row.before]
        return _Columns(drawn, len(drawn) < len(found), any(reads_beyond(reads, at, end, count) for at in positions))

    def _columns(self, node: Node, input_index: int, positions: Iterable[int], end: int | None = None) -> list[int]:
        """The positions of an input, before `end`, that some positions of a layer read."""
        shapes = self._analysis.graph.input_shapes(node)
        count, reads = shapes[input_index].get(TIME), axis_reads(node, shapes, input_index, TIME)
        count = count if end is None else min(count, end)
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
    return list(reads.inside(position, count))


def reads_beyond(reads: AxisReads, position: int, end: int, count: int) -> bool:
    """Return whether one position of a layer reads any of the positions from `end` on of the `count` of a tensor."""
    if reads is WholeAxisRead.NOTHING:
        return False
    if reads is WholeAxisRead.PAST:
        return min(count, position + 1) > end
    if not isinstance(reads, Taps):
        return count > max(end, position if reads is WholeAxisRead.FUTURE else 0)
    taps = reads.at(position)
    skipped = max(0, -((taps.start - end) // taps.step))
    return skipped < len(taps) and taps[skipped] < count


def seen(first: int, last: int) -> str:
    """`t=(0,1)`: frames, counted from 0."""
    if last < first:
        return "t=()"
    listed = f"t=({','.join(str(frame) for frame in range(first, min(last, first + LISTED) + 1))})"
    if last - first < 2 or (last - first < LISTED and len(listed) <= LETTERS):
        return listed
    return f"t=({first},…,{last})"
