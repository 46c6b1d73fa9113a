"""Boxes of T x H x W in isometric projection.

A frame faces the reader's left, H goes down, time goes away to the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.render.svg import Point

ALONG, DOWN = sqrt(3) / 2, 0.5
"""A step along T or W goes this far to the right, and this far up (T) or down (W)."""

Sizes = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Isometric:
    """The position of the origin of T, H and W on the page, and the length of one position."""

    x: float
    y: float
    scale: float

    def at(self, t: float, h: float, w: float) -> Point:
        """The point of the page for a point of space."""
        return self.x + (w + t) * ALONG * self.scale, self.y + (h + (w - t) * DOWN) * self.scale


@dataclass(frozen=True, slots=True)
class Box:
    """A box from a corner on, with its three faces that are seen."""

    start: Sizes
    size: Sizes

    def front(self, view: Isometric) -> list[Point]:
        """H x W: what a frame shows."""
        return [view.at(*self.corner(0, h, w)) for h, w in ((0, 0), (0, 1), (1, 1), (1, 0))]

    def side(self, view: Isometric) -> list[Point]:
        """T x H, to the right."""
        return [view.at(*self.corner(t, h, 1)) for t, h in ((0, 0), (1, 0), (1, 1), (0, 1))]

    def top(self, view: Isometric) -> list[Point]:
        """Return the corners of the top face (T x W)."""
        return [view.at(*self.corner(t, 0, w)) for t, w in ((0, 0), (1, 0), (1, 1), (0, 1))]

    def corner(self, t: float, h: float, w: float) -> Sizes:
        """The point at these shares of its edges."""
        (t0, h0, w0), (length, height, width) = self.start, self.size
        return t0 + t * length, h0 + h * height, w0 + w * width


def fits(size: Sizes, width: float, height: float) -> float:
    """The largest scale at which a box of this size stays within a width and a height."""
    t, h, w = size
    return min(width / ((t + w) * ALONG), height / (h + (t + w) * DOWN))


def outline(size: Sizes, scale: float) -> tuple[float, float]:
    """How wide and how high a box is on the page; its origin lies T * DOWN * scale below the top."""
    t, h, w = size
    return (t + w) * ALONG * scale, (h + (t + w) * DOWN) * scale
