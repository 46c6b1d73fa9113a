"""Marks that distinguish points without their colors."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from archcalc.render import svg

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

    Shape = Callable[[svg.Point, float], list[svg.Point]]


def _corners(count: int, turned: float, inner: float = 1.0) -> Shape:
    """Return a polygon; `inner` is how far every second corner lies inside."""

    def shape(at: svg.Point, radius: float) -> list[svg.Point]:
        corners = []
        for number in range(count):
            far = radius * (inner if number % 2 else 1.0)
            angle = turned + 2 * pi * number / count
            corners.append((at[0] + far * sin(angle), at[1] - far * cos(angle)))
        return corners

    return shape


SHAPES: tuple[Shape | None, ...] = (
    None,  # a circle
    _corners(4, pi / 4),
    _corners(3, 0),
    _corners(4, 0),
    _corners(3, pi),
    _corners(8, 0, 0.45),
    _corners(8, pi / 4, 0.45),
    _corners(10, 0, 0.5),
)


def marker(number: int, at: svg.Point, radius: float, color: str, edge: str) -> Element:
    """Return the mark of a series, of which there are as many as `SHAPES`."""
    shape = SHAPES[number]
    if shape is None:
        return svg.element("circle", cx=at[0], cy=at[1], r=radius, fill=color, stroke=edge, stroke_width=0.8)
    return svg.polygon(shape(at, 1.2 * radius), fill=color, stroke=edge, stroke_width=0.8)
