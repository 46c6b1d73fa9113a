"""The form of a U: feature maps on the way down one below the other, those on the way up beside them, skips across."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.render.svg import text_width
from archcalc.render.volume_arrows import AWAY, Route
from archcalc.render.volume_layout import CAPTION_LEFT, LEAD, MARGIN, NAME, SMALL, Spot, caption_width, side_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.drawings.volume import VolumeArrow, VolumeBox, VolumeDrawing
    from archcalc.render.volume_layout import Scale

SHAFT = 70
"""The least length of an arrow from box to box."""
UNDER, CAPTION_HEIGHT, LINE = 12, 96, 17
"""From the arrow that leaves a box to its caption, and how high that is without a line for other sources."""
ABOVE, BETWEEN = 24, 34
"""Above the boxes of a row, for their sizes, and below them, for the arrows to the next row."""
TURN = 16


@dataclass(frozen=True, slots=True)
class _Arms:
    """The numbers of the boxes in each row: on the way down, at the bottom, and on the way up."""

    down: tuple[tuple[int, ...], ...]
    bottom: tuple[int, ...]
    up: tuple[tuple[int, ...], ...]


def ladder(drawing: VolumeDrawing, scale: Scale, top: float) -> tuple[list[Spot], float, float]:
    """Return a spot for each box of a nested drawing, and where it ends below and to the right."""
    arms, boxes = _arms(drawing), drawing.boxes
    cells = [_Cell.of(box, scale) for box in boxes]
    middles, end = _middles(drawing, cells, top)
    x: dict[int, float] = {}
    inner = _place_down(arms, cells, x)
    start = inner + max(cells[row[-1]].center for row in arms.down) + TURN
    for number in arms.bottom:
        x[number] = start
        start += cells[number].width
    left = max(cells[row[0]].center for row in arms.up)
    begin = max([start + TURN - left, *(inner + cells[row[-1]].width for row in arms.down)])
    for row in arms.up:
        at = begin + left - cells[row[0]].center
        for number in row:
            x[number] = at
            at += cells[number].width
    spots = [_spot(cell, x[number], middles[boxes[number].row]) for number, cell in enumerate(cells)]
    return spots, end, max(x[number] + cell.width for number, cell in enumerate(cells))


@dataclass(frozen=True, slots=True)
class _Cell:
    """A box with its sizes to the left and its caption to the right: the parts of its width, and its height."""

    side: float
    box: float
    caption: float
    height: float

    @classmethod
    def of(cls, box: VolumeBox, scale: Scale) -> _Cell:
        width, height = scale.outline(box)
        return cls(LEAD + side_width(box), width, max(SHAFT, caption_width(box, scale)), height)

    @property
    def center(self) -> float:
        """Return how far from the left the middle of the box is."""
        return self.side + self.box / 2

    @property
    def width(self) -> float:
        """Return the width with an end that stays free."""
        return self.side + self.box + self.caption + AWAY


def _arms(drawing: VolumeDrawing) -> _Arms:
    rows = [box.row for box in drawing.boxes]
    deepest = [number for number, row in enumerate(rows) if row == max(rows)]
    first, last = deepest[0], deepest[-1]
    every = range(max(rows))
    return _Arms(
        tuple(tuple(number for number in range(first) if rows[number] == row) for row in every),
        tuple(range(first, last + 1)),
        tuple(tuple(number for number in range(last + 1, len(rows)) if rows[number] == row) for row in every),
    )


def _middles(drawing: VolumeDrawing, cells: Sequence[_Cell], top: float) -> tuple[list[float], float]:
    """Return where the middle of each row is, and where the last one ends."""
    middles = []
    more = LINE if _has_others(drawing) else 0
    for row in range(drawing.rows):
        half = max(cell.height / 2 for cell, box in zip(cells, drawing.boxes, strict=True) if box.row == row)
        middles.append(top + ABOVE + half)
        top = middles[-1] + max(half + LINE, UNDER + CAPTION_HEIGHT + more) + BETWEEN
    return middles, top - BETWEEN / 2


def _has_others(drawing: VolumeDrawing) -> bool:
    """Return whether a caption names a source from which no arrow is drawn."""
    return any(_is_neither(drawing, arrow) for arrow in drawing.arrows)


def _is_neither(drawing: VolumeDrawing, arrow: VolumeArrow) -> bool:
    rows = [box.row for box in drawing.boxes]
    return arrow.target != arrow.source + 1 and not _is_skip(rows, arrow)


def _is_skip(rows: Sequence[int], arrow: VolumeArrow) -> bool:
    """Return whether an arrow leads from the way down to the way up, over all that is deeper."""
    between = rows[arrow.source + 1 : arrow.target]
    return rows[arrow.source] == rows[arrow.target] and bool(between) and min(between) > rows[arrow.source]


def _place_down(arms: _Arms, cells: Sequence[_Cell], x: dict[int, float]) -> float:
    """Place the way down, the last boxes of all rows below one another; return the left end of the widest of these."""
    before = max(sum(cells[number].width for number in row[:-1]) for row in arms.down)
    center = max(cells[row[-1]].center for row in arms.down)
    for row in arms.down:
        at = MARGIN + before + center - cells[row[-1]].center
        for number in reversed(row):
            x[number] = at if number == row[-1] else at - cells[number].width
            at = x[number]
    return MARGIN + before


def _spot(cell: _Cell, x: float, middle: float) -> Spot:
    left = x + cell.side
    return Spot(
        column=left + cell.box + AWAY - CAPTION_LEFT,
        line=0,
        left=left,
        middle=middle,
        width=cell.box,
        height=cell.height,
        below=middle + UNDER,
        room=cell.caption,
    )


def ladder_routes(drawing: VolumeDrawing, spots: Sequence[Spot]) -> dict[VolumeArrow, Route]:
    """Return a route for each arrow from a box to the next one, and for each skip."""
    rows = [box.row for box in drawing.boxes]
    found: dict[VolumeArrow, Route] = {}
    for arrow in drawing.arrows:
        one, other = spots[arrow.source], spots[arrow.target]
        if arrow.target == arrow.source + 1 and rows[arrow.source] != rows[arrow.target]:
            stop = other.left - side_width(drawing.boxes[arrow.target])
            found[arrow] = _turned(arrow, one, other, rows, stop)
        elif not _is_neither(drawing, arrow):
            start, stop = one.right + AWAY, other.left - side_width(drawing.boxes[arrow.target])
            found[arrow] = Route(((start, one.middle), (stop, other.middle)), ((start + stop) / 2, one.middle - 9))
    return found


def _turned(arrow: VolumeArrow, one: Spot, other: Spot, rows: Sequence[int], stop: float) -> Route:
    """Down or up to another row; into the bottom from the left, up to `stop`, and out of it to the right."""
    deepest = max(rows)
    begin, end = one.left + one.width / 2, other.left + other.width / 2
    beside = text_width(arrow.words, SMALL) / 2 + AWAY
    if rows[arrow.target] == deepest:
        leave = one.middle + one.height / 2 + AWAY
        into = ((begin, leave), (begin, other.middle), (stop, other.middle))
        return Route(into, (begin + beside, (leave + other.middle) / 2))
    if rows[arrow.source] == deepest:
        enter = other.middle + other.height / 2 + NAME
        out = ((one.right + AWAY, one.middle), (end, one.middle), (end, enter))
        return Route(out, (end + beside, (enter + one.middle) / 2))
    down = rows[arrow.target] > rows[arrow.source]
    sign = 1 if down else -1
    leave = one.middle + sign * (one.height / 2 + AWAY)
    enter = other.middle - sign * (other.height / 2 + (AWAY if down else NAME))
    points = ((begin, leave), *_aside(begin, end, leave + sign * TURN), (end, enter))
    return Route(points, (end + beside, (leave + enter) / 2))


def _aside(begin: float, end: float, at: float) -> Iterator[tuple[float, float]]:
    """Yield the corners of a line between two boxes that are not below one another."""
    if abs(begin - end) > 1:
        yield from ((begin, at), (end, at))
