"""Intervals of positions along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.core.runs import Value

Interval = tuple[int, int]
"""First and last position, both included."""


def interval(lo: Value, hi: Value) -> Interval | None:
    """Return the positions from `lo` to `hi`; None where there are none."""
    return (int(lo), int(hi)) if lo <= hi else None


def join(first: Interval | None, second: Interval | None) -> Interval | None:
    """Return the hull of two intervals, either of which may be missing."""
    if first is None or second is None:
        return first or second
    return min(first[0], second[0]), max(first[1], second[1])


def length(ends: Interval | None) -> int:
    """Return how many positions an interval spans; 0 when there is none."""
    return 0 if ends is None else ends[1] - ends[0] + 1
