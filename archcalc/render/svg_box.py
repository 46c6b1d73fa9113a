"""An isometric box as SVG: its faces, shaded, and lines between its positions."""

from __future__ import annotations

from math import dist
from typing import TYPE_CHECKING

from archcalc.render import svg
from archcalc.render.isometric import ALONG, DOWN
from archcalc.render.palette import blend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from archcalc.render.isometric import Box, Isometric
    from archcalc.render.palette import Paint, Theme

EDGE_STEPS = (ALONG, -DOWN), (0.0, 1.0), (ALONG, DOWN)
"""Where depth, height and width point on the page."""

HATCH = 9.0
"""Between the lines of a hatch, along an edge."""
SMALLEST_CELL = 3.5
SHADES = {"top": 0.0, "front": 0.07, "side": 0.18}
"""How much of the color of lines each face has, so that faces differ in gray print too."""


def box_faces(box: Box, view: Isometric, painted: Paint, colors: Theme, *, faint: bool = False, class_: str = "box"
              ) -> list[Element]:  # fmt: skip
    """The three faces that are seen, under one group; a hatch lies on the front."""
    line: dict[str, str | float] = {"stroke": colors.line, "stroke_width": 0.8 if faint else 1.2 * painted.width**0.5}
    if painted.dashes:
        line["stroke_dasharray"] = painted.dashes
    corners = {"top": box.top(view), "front": box.front(view), "side": box.side(view)}
    faces = [
        svg.polygon(corners[name], fill=blend(painted.fill, colors.text, shade * (0.5 if faint else 1)), class_=name,
                    **line)
        for name, shade in SHADES.items()
    ]  # fmt: skip
    lines = hatch(corners["front"], painted.hatch)
    drawn = [svg.polyline(each, stroke=colors.line, stroke_width=0.6) for each in lines]
    return [svg.group(faces, class_=class_), *([svg.group(drawn, class_="hatch")] if drawn else [])]


def hatch(corners: Sequence[svg.Point], directions: int) -> list[list[svg.Point]]:
    """Return parallel lines across a parallelogram, from one side to the next, in one direction or in two."""
    first, second, third, fourth = corners
    turned = ((first, second, fourth, third), (second, first, third, fourth))[:directions]
    return [line for origin, along, across, far in turned for line in _diagonals(origin, along, across, far)]


def _diagonals(origin: svg.Point, along: svg.Point, across: svg.Point, far: svg.Point) -> list[list[svg.Point]]:
    """Return lines between points as far along one side as along the other, and the same from the far corner."""
    long, wide = dist(origin, along), dist(origin, across)
    count = int((long + wide) / HATCH)
    found = []
    for number in range(1, count):
        at = number * (long + wide) / count
        start = _on(origin, along, at, long) if at <= long else _on(along, far, at - long, wide)
        end = _on(origin, across, at, wide) if at <= wide else _on(across, far, at - wide, long)
        found.append([start, end])
    return found


def _on(start: svg.Point, end: svg.Point, at: float, length: float) -> svg.Point:
    share = at / length if length else 0.0
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def cells(box: Box, view: Isometric, color: str, axes: str) -> list[Element]:
    """Lines between the positions along some axes on the faces; none if positions are too small to be distinguished."""
    if view.scale < SMALLEST_CELL:
        return []
    lines: list[list[svg.Point]] = []
    t, h, w = (round(size) for size in box.size)
    for axis, count in (("T", t), ("H", h), ("W", w)):
        if axis in axes:
            lines += [around(box, view, axis, place / count) for place in range(1, count)]
    return [svg.group([svg.polyline(line, stroke=color, stroke_width=0.6) for line in lines])] if lines else []


def around(box: Box, view: Isometric, axis: str, share: float) -> list[svg.Point]:
    """The line at a share of one axis over the two faces that show this axis."""
    corners = {
        "T": ((share, 0, 0), (share, 0, 1), (share, 1, 1)),
        "H": ((0, share, 0), (0, share, 1), (1, share, 1)),
        "W": ((1, 0, share), (0, 0, share), (0, 1, share)),
    }[axis]
    return [view.at(*box.corner(*each)) for each in corners]
