"""Labels of points that keep clear of each other, of points and of lines: what finds no room is left out."""

from __future__ import annotations

from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING

from archcalc.render import svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree.ElementTree import Element

OFFSETS = (
    (13, 4, "start"), (-10, -6, "end"), (13, -8, "start"), (-10, 16, "end"), (12, 22, "start"), (-12, -22, "end"),
)  # fmt: skip
"""From a spot to the foot of its label, and where the label is anchored there."""
STEP = 6.0
"""Distance of the spots on a line that a label may not cover."""
PADDING = 2.0

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def labels(
    wanted: Iterable[tuple[svg.Point, str, str]], lines: Sequence[Sequence[svg.Point]], inside: Box, size: float
) -> list[Element]:
    """Return labels (spot, words, color) next to their spots, the first ones first; lines and others stay free."""
    taken = [spot for line in lines for spot in _along(line)]
    boxes: list[Box] = []
    drawn = []
    for spot, words, color in wanted:
        for right, down, anchor in OFFSETS:
            at = spot[0] + right, spot[1] + down
            box = _box(at, words, size, anchor)
            if _within(box, inside) and not any(_overlap(box, other) for other in boxes) and _clear(box, taken):
                boxes.append(box)
                drawn.append(svg.text(at, words, size, color, anchor, class_="label"))
                break
    return drawn


def _box(at: svg.Point, words: str, size: float, anchor: str) -> Box:
    width = svg.text_width(words, size)
    left = at[0] if anchor == "start" else at[0] - width
    return left - PADDING, at[1] - 0.8 * size - PADDING, left + width + PADDING, at[1] + 0.25 * size + PADDING


def _along(line: Sequence[svg.Point]) -> list[svg.Point]:
    spots = list(line[:1])
    for (x0, y0), (x1, y1) in pairwise(line):
        steps = max(1, int(hypot(x1 - x0, y1 - y0) / STEP))
        spots += [(x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps) for step in range(1, steps + 1)]
    return spots


def _within(box: Box, inside: Box) -> bool:
    return inside[0] <= box[0] and inside[1] <= box[1] and box[2] <= inside[2] and box[3] <= inside[3]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _clear(box: Box, spots: Sequence[svg.Point]) -> bool:
    return not any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in spots)
