"""Positions along one axis that a layer's windows read: padding included, as if the input had no end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.reads import POINTWISE, AxisReads, Taps, WholeAxisRead

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

Positions = range | frozenset[int]
"""Positions without gaps as a range: they are read in one step, however many they are."""


def window_of(reads: AxisReads) -> Taps | None:
    """What a layer reads through a window; None for a reach that is none."""
    if reads is WholeAxisRead.SELF_AND_ALL:
        return POINTWISE
    return reads if isinstance(reads, Taps) else None


def all_read(taps: Taps, positions: Positions) -> Positions:
    """What several positions read together."""
    if isinstance(positions, range) and positions and _leaves_no_gap(taps):
        return range(taps.at(positions[0])[0], taps.at(positions[-1])[-1] + 1)
    return tidy({at for position in positions for at in taps.at(position)})


def united(first: Positions, second: Positions) -> Positions:
    """Return the union of two sets of positions."""
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
    window = taps.at(0)
    gapless = bool(window) and len(window) == window[-1] - window[0] + 1
    return taps.single and gapless and len(window) >= taps.move > 0
