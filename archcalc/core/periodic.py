"""Unclipped receptive fields along one axis: a quasi-affine map from output position to an interval of inputs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

from archcalc.core.hulls import Hulls
from archcalc.core.problem import OperatorError

if TYPE_CHECKING:
    from archcalc.core.reads import Taps

Interval = tuple[int, int]
"""First and last position, both included."""

MOST_PHASES = 10_000


def join(first: Interval | None, second: Interval | None) -> Interval | None:
    """The hull of two intervals, either of which may be missing."""
    if first is None or second is None:
        return first or second
    return min(first[0], second[0]), max(first[1], second[1])


def length(interval: Interval | None) -> int:
    """How many positions an interval spans; 0 when there is none."""
    return 0 if interval is None else interval[1] - interval[0] + 1


@dataclass(frozen=True, slots=True)
class Periodic:
    """Output `q * period + p` sees the interval `spans[p]` moved by `q * jump`; a phase may see nothing.

    A chain of convolutions has one phase; upsampling, transposed convolution, adaptive pooling and windows of
    attention have several.
    """

    spans: tuple[Interval | None, ...]
    jump: int

    @property
    def period(self) -> int:
        """After how many output positions the pattern repeats."""
        return len(self.spans)

    @property
    def rate(self) -> Fraction:
        """Input positions per output position."""
        return Fraction(self.jump, self.period)

    @property
    def size(self) -> int:
        """The largest interval over the phases."""
        return max(length(span) for span in self.spans)

    def at(self, position: int) -> Interval | None:
        """What one output position sees on an endless input."""
        turn, phase = divmod(position, self.period)
        span = self.spans[phase]
        return None if span is None else (span[0] + turn * self.jump, span[1] + turn * self.jump)

    def over(self, size: int) -> Interval | None:
        """The hull of what the first `size` output positions see."""
        hull = None
        for phase in range(min(self.period, size)):
            last = size - 1 - (size - 1 - phase) % self.period
            hull = join(hull, join(self.at(phase), self.at(last)))
        return hull

    def hulls(self, size: int) -> Hulls:
        """What each of the first `size` output positions sees."""
        return Hulls.of(map(self.at, range(size)))

    def read(self, taps: Taps) -> Periodic:
        """The map after a layer that reads this tensor through a pattern of taps."""
        if self.period == 1 and taps.period == 1 and self.spans[0] and taps.phases[0]:
            (lo, hi), window = self.spans[0], taps.phases[0]
            return Periodic(((lo + window[0] * self.jump, hi + window[-1] * self.jump),), self.jump * taps.move)
        period = _checked(taps.period * (self.period // gcd(self.period, taps.move)))
        moved = period // taps.period * taps.move
        return Periodic(tuple(self._seen(taps, out) for out in range(period)), moved * self.jump // self.period)

    def _seen(self, taps: Taps, out: int) -> Interval | None:
        turn, phase = divmod(out, taps.period)
        hull = None
        for tap in taps.phases[phase]:
            hull = join(hull, self.at(turn * taps.move + tap))
        return hull

    def union(self, other: Periodic) -> Periodic:
        """Position by position the hull of two maps that move at the same rate."""
        if other == self:
            return self
        period = _checked(lcm(self.period, other.period))
        spans = tuple(join(self.at(position), other.at(position)) for position in range(period))
        return Periodic(spans, period // self.period * self.jump)


def _checked(period: int) -> int:
    if period > MOST_PHASES:
        raise OperatorError(
            f"the receptive field repeats only after {period:,} positions",
            f"a pattern that repeats within {MOST_PHASES:,}",
            hint="adaptive pools and resampling between sizes without a common divisor multiply the pattern",
        )
    return period


IDENTITY = Periodic(((0, 0),), 1)
