"""Labels of points that keep clear of each other, of points and of lines: what finds no room is left out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

    Spot = tuple[float, float]

OFFSETS = ((8, -4, "left"), (-8, 4, "right"), (8, 6, "left"), (-8, -10, "right"), (10, -16, "left"), (-10, 16, "right"))
"""Points of the page from a spot to where its label begins or ends."""
STEP = 5.0


def label_spots(axes: Axes, labels: Iterable[tuple[Spot, str]], lines: Sequence[Sequence[Spot]], size: float,
                colour: str, *, once: bool = False) -> list[str]:  # fmt: skip
    """Write labels beside spots, the first ones first; `lines` are what they must not cover. Those written.

    `once`: words that stand beside one of their spots are not written beside the others.
    """
    taken = [spot for line in lines for spot in _along(axes, line)]
    boxes: list[Bbox] = []
    written = []
    for spot, words in labels:
        if once and words in written:
            continue
        box = _place(axes, spot, words, taken, boxes, size, colour)
        if box is not None:
            boxes.append(box)
            written.append(words)
    return written


def _place(axes: Axes, spot: Spot, words: str, taken: Sequence[Spot], boxes: Sequence[Bbox], size: float, colour: str
           ) -> Bbox | None:  # fmt: skip
    whole = axes.get_window_extent()
    for right, up, anchor in OFFSETS:
        text = axes.annotate(words, spot, (right, up), textcoords="offset points", ha=anchor, size=size, color=colour,
                             parse_math=False, annotation_clip=False)  # fmt: skip
        box = text.get_window_extent().padded(1.5)
        inside = whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1
        if (
            inside
            and not any(box.overlaps(other) for other in boxes)
            and not any(box.contains(*each) for each in taken)
        ):
            return box
        text.remove()
    return None


def _along(axes: Axes, line: Sequence[Spot]) -> list[Spot]:
    """Spots of the page along a line, close enough that no letter fits between them."""
    corners = [tuple(each) for each in axes.transData.transform(line)]
    spots = [corners[0]]
    for (x0, y0), (x1, y1) in pairwise(corners):
        parts = max(1, int((abs(x1 - x0) + abs(y1 - y0)) / STEP))
        spots += [(x0 + (x1 - x0) * k / parts, y0 + (y1 - y0) * k / parts) for k in range(1, parts + 1)]
    return [(float(x), float(y)) for x, y in spots]
