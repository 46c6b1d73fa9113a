"""An isometric box as SVG: its faces, shaded, and lines between its positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render import svg
from archcalc.render.isometric import ALONG, DOWN
from archcalc.render.palette import blend

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from archcalc.render.isometric import Box, Isometric
    from archcalc.render.palette import Theme

EDGE_STEPS = (ALONG, -DOWN), (0.0, 1.0), (ALONG, DOWN)
"""Where depth, height and width point on the page."""

SMALLEST_CELL = 3.5
SHADES = {"top": 0.0, "front": 0.07, "side": 0.18}
"""How much of the color of lines each face has, so that faces differ in gray print too."""


def box_faces(box: Box, view: Isometric, fill: str, colors: Theme, *, faint: bool = False, class_: str = "box"
              ) -> list[Element]:  # fmt: skip
    """The three faces that are seen, under one group."""
    line: dict[str, str | float] = {"stroke": colors.line, "stroke_width": 0.8 if faint else 1.2}
    faces = [
        svg.polygon(corners, fill=blend(fill, colors.text, SHADES[name] * (0.5 if faint else 1)), class_=name, **line)
        for name, corners in (("top", box.top(view)), ("front", box.front(view)), ("side", box.side(view)))
    ]
    return [svg.group(faces, class_=class_)]


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
