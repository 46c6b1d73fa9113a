"""The positions of the boxes of feature maps on a page, and their scale."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from archcalc.render.isometric import DOWN, Isometric, Sizes, fits, outline
from archcalc.render.svg import text_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.drawings.box_edges import Extent
    from archcalc.drawings.volume import VolumeBox, VolumeDrawing

ROOM = 150
"""The largest box fits in a square of this."""
SHORTEST, THINNEST, RIBBON = (6.0, 7.0, 7.0, 0.0), 5, 14
"""Where an edge of several positions would be shorter, lengths are square, cube and fourth roots; no edge is drawn
shorter than the second; one that a tensor of a single axis lacks is as long as the third."""
BAR = 84
"""The most channels."""
LEAD, SIZES, SHAFT = 26, 50, 70
"""Left of a box the end of an arrow, then its sizes; right of it the start of the next arrow."""
EVEN = 20
"""By so much lines are shortened as long as they do not become more."""
CAPTION, CAPTION_LEFT, CAPTION_FREE = 150, 12, 24
PAGE, MARGIN, HEAD, AGAIN = 1200, 26, 66, 76
"""A page of the web, about 900 pixels wide, shows a line of so much in letters that can be read."""
ABOVE, BELOW = 22, 126
NAME, SMALL = 15, 13
WIDER, MOST_NAME = 1.06, 190
"""Bold letters are so much wider; a longer word of a name is cut off."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How long an edge is drawn: by a root of its size, 1 for the size itself; channels by their square roots."""

    step: float
    per_root_channel: float
    root: int

    def size(self, box: VolumeBox) -> Sizes:
        """Edges in units of `step`."""
        ribbon = RIBBON if len(box.axes) == 1 else THINNEST
        t, h, w = (
            max(each, (THINNEST if axis in box.axes else ribbon) / self.step)
            for axis, each in zip(box.edges, _roots(box.size, self.root), strict=True)
        )
        return t, h, w

    def is_lengthened(self, box: VolumeBox) -> bool:
        """Return whether an edge is drawn longer than its size says."""
        plain = _roots(box.size, self.root)
        return not box.is_vector and any(each * self.step < THINNEST for each in plain)

    def bar(self, channels: int) -> float:
        """The length of a bar for channels."""
        return max(2.0, self.per_root_channel * sqrt(channels))

    def outline(self, box: VolumeBox) -> tuple[float, float]:
        """How wide and high a box, or the bar of a vector, is on the page."""
        return (self.bar(box.channels), 18) if box.is_vector else outline(self.size(box), self.step)


@dataclass(frozen=True, slots=True)
class Spot:
    """A box on the page: the corner of its column, the line of the page it is in, and the box itself.

    Its caption begins at `below` and is no wider than `room`.
    """

    column: float
    line: int
    left: float
    middle: float
    width: float
    height: float
    below: float
    room: float

    @property
    def right(self) -> float:
        """Where the box ends."""
        return self.left + self.width

    def view(self, size: Sizes, step: float) -> Isometric:
        """The view that draws a box of a size here."""
        return Isometric(self.left, self.middle - self.height / 2 + size[0] * DOWN * step, step)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column begins, in which line of the page, and how wide it is."""

    starts: tuple[float, ...]
    lines: tuple[int, ...]
    widths: tuple[float, ...]


def scale_of(drawings: Sequence[VolumeDrawing]) -> Scale:
    """One for all: sizes as they are if the shortest edge can still be seen, else the first roots with which it can."""
    boxes = [box for drawing in drawings for box in drawing.boxes]
    most = max(box.channels for box in boxes)
    solid = [box for box in boxes if not box.is_vector]
    least = min((size for box in solid for size in box.size if size > 1), default=1)
    for root, shortest in enumerate(SHORTEST, 1):
        step = min((fits(_roots(box.size, root), ROOM, ROOM) for box in solid), default=1.0)
        if step * least ** (1 / root) >= shortest:
            break
    return Scale(step, BAR / sqrt(most), root)


def columns_of(drawings: Sequence[VolumeDrawing], scale: Scale, room: float = PAGE) -> Columns:
    """Return the columns of all drawings, equal for equal depths; what is too wide continues in a new line."""
    widths = [float(CAPTION)] * max((drawing.columns for drawing in drawings), default=1)
    for drawing in drawings:
        for number, box in enumerate(drawing.boxes):
            shaft = max([SHAFT, *_words(drawing, number)])
            wide = LEAD + side_width(box) + scale.outline(box)[0] + shaft
            widths[box.column] = max(widths[box.column], wide, caption_width(box, scale))
    starts, lines = _in_lines(widths, room)
    while lines[-1] and room > max(widths) and _in_lines(widths, room - EVEN)[1][-1] == lines[-1]:
        room -= EVEN
    starts, lines = _in_lines(widths, room)
    return Columns(starts, lines, tuple(widths))


def _words(drawing: VolumeDrawing, number: int) -> Iterator[float]:
    """Yield the width of the texts at the arrows that leave a box; those to another row bend after the text."""
    for arrow in drawing.arrows:
        if arrow.source == number and arrow.words:
            bends = drawing.boxes[arrow.target].row != drawing.boxes[number].row
            yield text_width(arrow.words, SMALL) + (18 if bends else 0)


def _in_lines(widths: Sequence[float], room: float) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Where columns begin and in which line each is, if no line is longer than the room (but for a single column)."""
    starts, lines, x, line = list[float](), list[int](), float(MARGIN), 0
    for width in widths:
        if x + width > room - MARGIN and x > MARGIN + AGAIN:
            x, line = float(MARGIN + AGAIN), line + 1
        starts.append(x)
        lines.append(line)
        x += width
    return tuple(starts), tuple(lines)


def side_width(box: VolumeBox) -> float:
    """Room for the sizes left of a box; a bar has none."""
    return 14 if box.is_vector else max(SIZES, *(text_width(f"H {size}", SMALL) + 10 for size in box.size[1:]))


def caption_width(box: VolumeBox, scale: Scale) -> float:
    """What channels, shape and field need, which are never cut off, and within reason the longest word of the name."""
    name = max((text_width(word, NAME * WIDER) for word in box.name.split(" ")), default=0.0)
    bar = 0 if box.is_vector else scale.bar(box.channels) + 6
    lines = (
        bar + text_width(f"C {box.channels}", SMALL),
        text_width(box.shape, NAME),
        text_width(box.field_words, SMALL),
    )
    return CAPTION_FREE + max(*lines, min(name, MOST_NAME))


def spots_of(drawing: VolumeDrawing, scale: Scale, columns: Columns, top: float) -> tuple[list[Spot], float]:
    """A spot for each box from `top` down, and where the drawing ends: in each line of the page only rows in use."""
    tall: dict[tuple[int, int], float] = {}
    for box in drawing.boxes:
        place = columns.lines[box.column], box.row
        tall[place] = max(tall.get(place, 0), scale.outline(box)[1])
    tops: dict[tuple[int, int], float] = {}
    for place in sorted(tall):
        tops[place] = top + ABOVE
        top += ABOVE + tall[place] + BELOW
    return [_spot(box, scale, columns, tops, tall) for box in drawing.boxes], top


def _spot(box: VolumeBox, scale: Scale, columns: Columns, tops: dict[tuple[int, int], float],
          tall: dict[tuple[int, int], float]) -> Spot:  # fmt: skip
    start, place = columns.starts[box.column], (columns.lines[box.column], box.row)
    width, height = scale.outline(box)
    return Spot(
        column=start,
        line=place[0],
        left=start + LEAD + side_width(box),
        middle=tops[place] + tall[place] / 2,
        width=width,
        height=height,
        below=tops[place] + tall[place] + 20,
        room=columns.widths[box.column] - CAPTION_FREE,
    )


def _roots(extent: Extent, root: int) -> Sizes:
    t, h, w = (each ** (1 / root) for each in extent)
    return t, h, w
