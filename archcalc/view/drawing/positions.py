"""Positions along one axis that a layer's windows read: padding included, as if the input had no end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.reads import POINTWISE, AxisReads, Reach, Taps

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

Positions = range | frozenset[int]
"""Positions without gaps as a range: they are read in one step, however many they are."""


def window_of(reads: AxisReads) -> Taps | None:
    """What a layer reads through a window; None for a reach that is none."""
    if reads is Reach.SELF_AND_ALL:
        return POINTWISE
    return reads if isinstance(reads, Taps) else None


def positions_read(taps: Taps, position: int) -> list[int]:
    """What one position reads; below 0 and beyond the end lies padding."""
    turn, phase = divmod(position, taps.period)
    return [turn * taps.move + tap for tap in taps.phases[phase]]


def all_read(taps: Taps, positions: Positions) -> Positions:
    """What several positions read together."""
    if isinstance(positions, range) and positions and _leaves_no_gap(taps):
        window = taps.phases[0]
        return range(positions[0] * taps.move + window[0], positions[-1] * taps.move + window[-1] + 1)
    return tidy({at for position in positions for at in positions_read(taps, position)})


def united(first: Positions, second: Positions) -> Positions:
    """Those of either."""
    if isinstance(first, range) and isinstance(second, range) and first and second:
        low, high = sorted((first, second), key=lambda each: each.start)
        if high.start <= low.stop:
            return range(low.start, max(low.stop, high.stop))
    return tidy({*first, *second})


def tidy(positions: AbstractSet[int]) -> Positions:
    """As a range where there are no gaps."""
    if not positions:
        return range(0)
    first, last = min(positions), max(positions)
    return range(first, last + 1) if len(positions) == last - first + 1 else frozenset(positions)


def _leaves_no_gap(taps: Taps) -> bool:
    window = taps.phases[0]
    gapless = bool(window) and len(window) == window[-1] - window[0] + 1
    return taps.period == 1 and gapless and len(window) >= taps.move > 0
