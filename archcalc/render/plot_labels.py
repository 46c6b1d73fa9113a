"""Labels of points that keep clear of each other, of points and of lines: what finds no room is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

    Spot = tuple[float, float]
    Offset = tuple[int, int, str]

OFFSETS = ((8, -4, "left"), (-8, 4, "right"), (8, 6, "left"), (-8, -10, "right"), (10, -16, "left"), (-10, 16, "right"))
"""Points of the page from a spot to where its label begins or ends."""
CLOSE = OFFSETS[:4]
AWAY = (
    (14, 12), (14, -20), (22, 12), (22, -20), (30, 28), (30, -36), (46, 0), (46, 44), (46, -52), (64, 18), (64, -26),
    (80, 60), (80, -70),
)  # fmt: skip
FAR = tuple((side * right, up, "left" if side > 0 else "right") for right, up in AWAY for side in (1, -1))
"""The same where a thin line joins those that are not CLOSE to their spots."""
STEP = 5.0


def label_spots(axes: Axes, labels: Iterable[tuple[Spot, str]], lines: Sequence[Sequence[Spot]], size: float,
                color: str, *, once: bool = False, led: bool = False) -> list[str]:  # fmt: skip
    """Write labels next to spots in order of priority, without covering `lines`; return the labels that were written.

    `once`: words written at one of their spots are not repeated at the others. `led`: a label is nearer
    to its own spot than to another, or further away with a line to its spot.
    """
    points = [_on_page(axes, line)[0] for line in lines if len(line) == 1] if led else []
    writer = _Writer(axes, size, color, [spot for line in lines for spot in _along(_on_page(axes, line))], points)
    waiting, written = list(labels), []
    for offsets in (CLOSE, FAR) if led else (OFFSETS,):
        left = []
        for spot, words in waiting:
            if once and words in written:
                continue
            if writer.write(spot, words, offsets):
                written.append(words)
            else:
                left.append((spot, words))
        waiting = left
    return written


@dataclass
class _Writer:
    """What is on the page: spots that no label may cover, points that labels belong to, and labels."""

    axes: Axes
    size: float
    color: str
    taken: list[Spot]
    points: Sequence[Spot]
    boxes: list[Bbox] = field(default_factory=list)

    def write(self, spot: Spot, words: str, offsets: Sequence[Offset]) -> bool:
        """Write a label at the first of the offsets where there is room for it."""
        for offset in offsets:
            right, up, anchor = offset
            text = self.axes.annotate(words, spot, (right, up), textcoords="offset points", ha=anchor, size=self.size,
                                      color=self.color, parse_math=False, annotation_clip=False)  # fmt: skip
            box = text.get_window_extent().padded(1.5)
            lead = self._lead(spot, offset) if offset in FAR else []
            own = _on_page(self.axes, [spot])[0]
            if self._has_room(box) and (self._is_free(lead) if lead else self._is_nearest(own, box)):
                self.boxes.append(box)
                self.taken += lead
                if lead:
                    self._draw(spot, offset)
                return True
            text.remove()
        return False

    def _has_room(self, box: Bbox) -> bool:
        whole = self.axes.get_window_extent()
        inside = whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1
        clear = not any(box.overlaps(other) for other in self.boxes)
        return inside and clear and not any(box.contains(*each) for each in self.taken)

    def _is_nearest(self, own: Spot, box: Bbox) -> bool:
        return all(_distance(own, box) <= _distance(point, box) for point in self.points)

    def _is_free(self, lead: Sequence[Spot]) -> bool:
        return not any(box.contains(*each) for box in self.boxes for each in lead)

    def _lead(self, spot: Spot, offset: Offset) -> list[Spot]:
        """Spots of the page along the line from a label to its spot."""
        (x, y) = _on_page(self.axes, [spot])[0]
        pixels = self.axes.figure.dpi / 72
        return _along([(x + offset[0] * pixels, y + (offset[1] + self.size / 3) * pixels), (x, y)])

    def _draw(self, spot: Spot, offset: Offset) -> None:
        style = {"arrowstyle": "-", "color": self.color, "lw": 0.5, "shrinkA": 1, "shrinkB": 3, "alpha": 0.7}
        self.axes.annotate("", spot, (offset[0], offset[1] + self.size / 3), textcoords="offset points",
                           arrowprops=style, annotation_clip=False)  # fmt: skip


def _distance(spot: Spot, box: Bbox) -> float:
    (x, y) = spot
    return hypot(max(box.x0 - x, 0.0, x - box.x1), max(box.y0 - y, 0.0, y - box.y1))


def _on_page(axes: Axes, line: Sequence[Spot]) -> list[Spot]:
    return [(float(x), float(y)) for x, y in axes.transData.transform(line)]


def _along(corners: Sequence[Spot]) -> list[Spot]:
    """Spots of the page along a line, close enough that no letter fits between them."""
    spots = [corners[0]]
    for (x0, y0), (x1, y1) in pairwise(corners):
        parts = max(1, int((abs(x1 - x0) + abs(y1 - y0)) / STEP))
        spots += [(x0 + (x1 - x0) * k / parts, y0 + (y1 - y0) * k / parts) for k in range(1, parts + 1)]
    return spots
