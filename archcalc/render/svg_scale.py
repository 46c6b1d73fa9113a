"""Scales of plots: from numbers to places on a page, and the round numbers that are marked."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDE = 8.0
"""From this ratio of the largest to the least number on, a scale is logarithmic."""
ROOM = 0.05
"""Part of a scale that is left free at each end."""
ALIKE = 1e-9
"""Numbers that differ by a smaller part are one number to a reader."""
MOST_TICKS = 12
MOST_DECADES = 2.5
STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic scale from `low` to `high`, drawn from `start` to `end`."""

    low: float
    high: float
    logarithmic: bool
    start: float
    end: float

    @classmethod
    def around(cls, values: Iterable[float], start: float, end: float) -> Scale:
        """Return a scale that shows all values; logarithmic where they are above 0 and differ much."""
        found = list(values) or [0.0, 1.0]
        low, high = min(found), max(found)
        if low > 0 and high / low >= WIDE:
            room = (high / low) ** ROOM
            return cls(low / room, high * room, True, start, end)
        alike = high - low <= ALIKE * max(abs(low), abs(high))
        room = ROOM * (high - low) if not alike else 0.1 * abs(high) or 1.0
        return cls(low - room, high + room, False, start, end)

    def at(self, value: float) -> float:
        """Return the place of a number."""
        if self.logarithmic:
            part = log10(value / self.low) / log10(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return the round numbers that are marked."""
        return self._decades() if self.logarithmic else self._steps()

    def _decades(self) -> list[float]:
        first, last = floor(log10(self.low)), ceil(log10(self.high))
        distance = ceil((last - first) / MOST_TICKS)
        steps: Sequence[int] = STEPS if log10(self.high / self.low) <= MOST_DECADES else (1,)
        found = (step * 10.0**power for power in range(first, last + 1, distance) for step in steps)
        return [each for each in found if self.low <= each <= self.high]

    def _steps(self) -> list[float]:
        rough = (self.high - self.low) / 6
        power = 10.0 ** floor(log10(rough))
        step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough)
        first = ceil(self.low / step)
        return [float(f"{place * step:.12g}") for place in range(first, floor(self.high / step) + 1)]
