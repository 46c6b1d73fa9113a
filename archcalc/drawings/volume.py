"""The feature maps of a network, one box per size, with time, height, width and channels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import kinds_by_path, main_kind
from archcalc.drawings.box_edges import box_edges, extent
from archcalc.drawings.temporal_effect import TIME, TemporalEffect, temporal_effect
from archcalc.drawings.volume_parts import parts
from archcalc.tables.field_units import NO_WINDOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.records import Analysis, InputField
    from archcalc.core.shape import Shape
    from archcalc.drawings.box_edges import Edges, Extent
    from archcalc.drawings.volume_parts import Part

MOST_COLUMNS, MOST_ROWS = 16, 6
"""What is longer or wider is cut out of the middle, or off below."""
MOST_NESTED = 12
"""A U of more boxes would be so wide that nothing in it can be read on a slide."""


@dataclass(frozen=True, slots=True)
class VolumeBox:
    """A feature map of one size: the layers with this output size, and its column and row, counted from 0.

    `shape` is CxTxHxW of the last of the layers, `axes` are those of its grid. `field` is the receptive field of
    that layer in the first input that reaches it; empty for an input. `effect` is the temporal effect of the
    layers, `kind` the kind of most of their arithmetic, None for an input. `paths` are those of the layers, or the
    name of the input.
    """

    name: str
    shape: str
    axes: tuple[str, ...]
    size: Extent
    channels: int
    field: str
    effect: TemporalEffect | None
    column: int
    row: int
    paths: tuple[str, ...] = ()
    kind: str | None = None

    @property
    def field_words(self) -> str:
        """The receptive field as a caption says it."""
        return f"field {self.field}" if self.field else ""

    @property
    def edges(self) -> Edges:
        """Return the axes along depth, height and width."""
        return box_edges(self.axes)

    @property
    def is_vector(self) -> bool:
        """Whether neither time nor height nor width is left."""
        return self.size == (1, 1, 1)


@dataclass(frozen=True, slots=True)
class VolumeArrow:
    """An arrow between two boxes, given by their numbers, with the temporal effect and its text."""

    source: int
    target: int
    effect: TemporalEffect | None
    words: str


@dataclass(frozen=True, slots=True)
class VolumeDrawing:
    """The boxes of one network in the order of its layers.

    `cut` is the column in which boxes are left out and how many, `cut_rows` is how many rows are. `nested` is whether
    it has the form of a U, with skips from the way down to the way up.
    """

    name: str
    title: str
    boxes: tuple[VolumeBox, ...]
    arrows: tuple[VolumeArrow, ...]
    rf: str = "full"
    cut: tuple[int, int] | None = None
    cut_rows: int = 0
    nested: bool = False

    @property
    def columns(self) -> int:
        """Return the number of columns, including the one for omitted boxes."""
        return 1 + max(box.column for box in self.boxes)

    @property
    def rows(self) -> int:
        """How many paths run side by side."""
        return 1 + max(box.row for box in self.boxes)


def volume_drawing(analysis: Analysis, rf: str = "full", depth: int | None = None) -> VolumeDrawing:
    """The inputs, and a box for every run of layers that keeps T, H and W; the long and the wide are shortened.

    `rf` is the view of the receptive field that is shown: `full`, `window` or `clipped`. Parts of the network that pass
    through several sizes are opened, with `depth` no further than to this depth of the paths.
    """
    found = parts(analysis, depth)
    columns, kinds = _columns(found), kinds_by_path(analysis)
    levels = nested_rows([part.sources for part in found])
    rows = levels or _rows(found, columns)
    boxes, arrows = [], []
    for number, part in enumerate(found):
        incoming = [_arrow(analysis, found, source, number) for source in part.sources]
        box = _box(part, incoming[0].effect if incoming else None, columns[number], rows[number], rf)
        boxes.append(replace(box, kind=main_kind(part.layers, kinds)) if part.layers else box)
        arrows += incoming
    drawing = VolumeDrawing(analysis.name, analysis.title, tuple(boxes), tuple(arrows), rf, nested=bool(levels))
    return _shortened(drawing)


def _box(part: Part, acts: TemporalEffect | None, column: int, row: int, rf: str) -> VolumeBox:
    shape, field = part.shape, part.layers[-1].field if part.layers else None
    return VolumeBox(
        name=part.name,
        shape=str(shape),
        axes=shape.grid,
        size=extent(shape.sizes, box_edges(shape.grid)),
        channels=shape.channels,
        field=_field(field, rf) if field else "",
        effect=acts,
        column=column,
        row=row,
        paths=tuple(layer.path for layer in part.layers) or (part.name,),
    )


def _field(field: InputField, rf: str) -> str:
    return "x".join(NO_WINDOW if size is None else str(size) for size in field.sizes(rf).values())


def _arrow(analysis: Analysis, found: Sequence[Part], source: int, target: int) -> VolumeArrow:
    """Layers that read another source only, such as a convolution across from another path, do not count."""
    acts = temporal_effect(analysis, found[target].reading(found[source]))
    before, after = found[source].shape, found[target].shape
    only_dropped = (
        acts == TemporalEffect.FRAMEWISE and TIME not in after
    )  # a class token is taken; it has seen frames before
    return VolumeArrow(source, target, None if only_dropped else acts, _words(before, after, acts))


def _words(before: Shape, after: Shape, acts: TemporalEffect | None) -> str:
    if acts is None:
        return ""
    if TIME not in after:
        return f"T {before[TIME]} → gone" if TIME in before else ""
    if before.get(TIME) != after[TIME]:
        return f"T {before.get(TIME)} → {after[TIME]}"
    return ("T frame-wise", "T local", "T strided", "T global")[acts]


def _columns(found: Sequence[Part]) -> list[int]:
    """One further than the furthest of what a part reads, and then as near as can be to what reads it."""
    columns: list[int] = []
    for part in found:
        columns.append(1 + max((columns[source] for source in part.sources), default=-1))
    latest: dict[int, int] = {}
    for number in reversed(range(len(found))):
        columns[number] = latest.get(number, columns[number] + 1) - 1
        for source in found[number].sources:
            latest[source] = min(latest.get(source, columns[number]), columns[number])
    return columns


def _rows(found: Sequence[Part], columns: Sequence[int]) -> list[int]:
    """Return the row of each box: that of its first input without another successor, or the first free row."""
    until = list(columns)
    for number, part in enumerate(found):
        for source in part.sources:
            until[source] = max(until[source], columns[number] - 1)
    rows: list[int] = []
    ends: list[int] = []
    taken: set[int] = set()
    used: set[tuple[int, int]] = set()
    for number, part in enumerate(found):
        free = [source for source in part.sources if source not in taken][:1]
        taken |= set(free)
        empty = (row for row, end in enumerate(ends) if end < columns[number])
        row = rows[free[0]] if free else next(empty, len(ends))
        if (row, columns[number]) in used:
            row = next(empty, len(ends))
        used.add((row, columns[number]))
        rows.append(row)
        ends += [-1] * (row == len(ends))
        ends[row] = max(ends[row], until[number])
    return rows


def nested_rows(sources: Sequence[Sequence[int]]) -> list[int]:
    """Return rows in the form of a U: one down after each part that is read again, one up where it is.

    Nothing for networks of another form: where a part does not read the one before it, where skips are not nested, each
    within the one before, where there are fewer than two of them, or where the U would be cut off. A residual over one
    part, before or after the U, changes nothing.
    """
    if any(number - 1 not in read for number, read in enumerate(sources) if number):
        return []
    skips = sorted((source, number) for number, read in enumerate(sources) for source in read if source < number - 1)
    if not skips:
        return []
    middle = max(skips)[0] + 1
    around = [(source, target) for source, target in skips if source < middle < target]
    nested = all(one[0] < two[0] and two[1] < one[1] for one, two in pairwise(around))
    others = [target - source for source, target in skips if (source, target) not in around]
    if not nested or max(others, default=2) > 2 or not 2 <= len(around) < MOST_ROWS or len(sources) > MOST_NESTED:
        return []
    return [
        sum(source < number for source, _ in around)
        if number < around[-1][1]
        else sum(target > number for _, target in around)
        for number in range(len(sources))
    ]


def _shortened(drawing: VolumeDrawing) -> VolumeDrawing:
    """Limit the numbers of columns and rows; one column replaces those that are cut out of the middle."""
    more, head = drawing.columns - MOST_COLUMNS, MOST_COLUMNS // 2
    gone = range(head, head + more + 1) if more > 0 else range(0)
    kept = [n for n, box in enumerate(drawing.boxes) if box.column not in gone and box.row < MOST_ROWS]
    number = {old: new for new, old in enumerate(kept)}
    arrows = [
        replace(each, source=number[each.source], target=number[each.target])
        for each in drawing.arrows
        if each.source in number and each.target in number
    ]
    boxes = [drawing.boxes[old] for old in kept]
    if gone:
        boxes = [replace(box, column=box.column - more * (box.column >= gone.stop)) for box in boxes]
    within = sum(box.column in gone and box.row < MOST_ROWS for box in drawing.boxes)
    return replace(
        drawing,
        boxes=tuple(boxes),
        arrows=tuple(arrows),
        cut=(head, within) if gone else None,
        cut_rows=max(0, drawing.rows - MOST_ROWS),
    )
