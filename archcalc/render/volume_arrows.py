"""Arrows between the boxes of feature maps: straight within a row, by the gap between two columns from row to row."""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign
from typing import TYPE_CHECKING

from archcalc.render import svg
from archcalc.render.volume_layout import AGAIN, LEAD, SHAFT, SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from archcalc.drawings.volume import VolumeArrow, VolumeDrawing
    from archcalc.render.palette import Theme
    from archcalc.render.svg import Point
    from archcalc.render.volume_layout import Spot

AWAY, SIDE = 8, 16
"""How far from a box arrows begin, and how far from the middle those that leave the row."""
THICK, HEAD = 5, 13


@dataclass(frozen=True, slots=True)
class Route:
    """The corners of an arrow, and the middle of the words at it; `before` is where it leaves the line above."""

    points: tuple[Point, ...]
    words: Point
    before: tuple[Point, ...] = ()


def routes_of(drawing: VolumeDrawing, spots: Sequence[Spot]) -> dict[VolumeArrow, Route]:
    """A route for each arrow that can be drawn without crossing a box; the others are missing."""
    taken = {(box.row, box.column) for box in drawing.boxes}
    if drawing.cut:
        taken |= {(row, drawing.cut[0]) for row in range(drawing.rows)}
    found: dict[VolumeArrow, Route] = {}
    for arrow in drawing.arrows:
        route = _route(drawing, spots, arrow, taken)
        if route:
            found[arrow] = route
    return found


def _route(drawing: VolumeDrawing, spots: Sequence[Spot], arrow: VolumeArrow, taken: set[tuple[int, int]]
           ) -> Route | None:  # fmt: skip
    source, target = drawing.boxes[arrow.source], drawing.boxes[arrow.target]
    begin, end = spots[arrow.source], spots[arrow.target]
    between = range(source.column + 1, target.column)
    along_source = not any((source.row, column) in taken for column in between)
    along_target = not any((target.row, column) in taken for column in between)
    if begin.line != end.line:
        next_in_row = source.row == target.row and along_source and end.line == begin.line + 1
        return _on_new_line(begin, end) if next_in_row else None
    if source.row == target.row:
        return _straight(drawing, arrow, begin, end) if along_source else None
    if not (along_source or along_target):
        return None
    return _by_gap(drawing, spots, arrow, late=along_source)


def _head(end: Spot) -> float:
    """Where arrows into a box end."""
    return end.column + LEAD


def _straight(drawing: VolumeDrawing, arrow: VolumeArrow, begin: Spot, end: Spot) -> Route:
    """Words below the line where an arrow leaves upwards."""
    row = drawing.boxes[arrow.source].row
    upwards = any(each.source == arrow.source and drawing.boxes[each.target].row < row for each in drawing.arrows)
    start, stop = begin.right + AWAY, _head(end)
    return Route(
        ((start, begin.middle), (stop, end.middle)), ((start + stop) / 2, begin.middle + (18 if upwards else -9))
    )


def _on_new_line(begin: Spot, end: Spot) -> Route:
    start, leave = end.column - AGAIN + 8, begin.right + AWAY
    points = ((start, end.middle), (_head(end), end.middle))
    before = ((leave, begin.middle), (leave + SHAFT - 2 * AWAY, begin.middle))
    return Route(points, ((start + _head(end)) / 2, end.middle - 9), before)


def _by_gap(drawing: VolumeDrawing, spots: Sequence[Spot], arrow: VolumeArrow, *, late: bool) -> Route:
    """Route along the row of the source to the gap before the target, or along the row of the target."""
    source, target = drawing.boxes[arrow.source], drawing.boxes[arrow.target]
    begin, end = spots[arrow.source], spots[arrow.target]
    down = target.row > source.row
    side = SIDE if down else -SIDE
    leave = begin.middle + side * _has_straight(drawing, arrow.source, "source")
    arrive = end.middle - side * _has_straight(drawing, arrow.target, "target")
    start, stop = begin.right + AWAY, _head(end)
    gap = end.column if late else begin.right + AWAY + 14
    words_y = leave + (15 if down else -8) if late else arrive - 8
    words_x = (start + gap) / 2 - 3 if late else (gap + stop) / 2
    return Route(((start, leave), (gap, leave), (gap, arrive), (stop, arrive)), (words_x, words_y))


def _has_straight(drawing: VolumeDrawing, number: int, end: str) -> bool:
    rows = [box.row for box in drawing.boxes]
    return any(getattr(each, end) == number and rows[each.source] == rows[each.target] for each in drawing.arrows)


def arrow_shape(route: Route, fill: str | None, words: str, colors: Theme) -> Element:
    """The line in its color with an edge around it, the head, and the words."""
    drawn = _line(route.before, fill, colors) if route.before else []
    drawn += _line(route.points, fill, colors)
    if words:
        drawn.append(svg.text(route.words, words, SMALL, colors.text, "middle", font_weight="bold", class_="time"))
    return svg.group(drawn, class_="arrow")


def _line(points: Sequence[Point], fill: str | None, colors: Theme) -> list[Element]:
    (x0, y0), (x, y) = points[-2:]
    along = (copysign(1, x - x0), 0.0) if abs(x - x0) > abs(y - y0) else (0.0, copysign(1, y - y0))
    neck = x - HEAD * along[0], y - HEAD * along[1]
    corners = [*points[:-1], neck]
    lines = [(colors.line, THICK + 1.6), (fill, THICK)] if fill else [(colors.line, 2.6)]
    drawn = [svg.polyline(corners, stroke=color, stroke_width=thick, stroke_linejoin="round")
             for color, thick in lines]  # fmt: skip
    wide = 7 * along[1], 7 * along[0]
    head = [(x, y), (neck[0] - wide[0], neck[1] - wide[1]), (neck[0] + wide[0], neck[1] + wide[1])]
    return [*drawn, svg.polygon(head, fill=fill or colors.line, stroke=colors.line, stroke_width=0.9)]
