"""Unclipped receptive fields along one axis: a quasi-affine map from output position to an interval of inputs."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from math import gcd, inf, lcm
from operator import le, sub
from typing import TYPE_CHECKING

from archcalc.core.clipped_extents import ClippedExtents
from archcalc.core.interval import Interval, interval
from archcalc.core.joined import Joined
from archcalc.core.pattern import Base, Joint, Pattern, Woven, taps_rise
from archcalc.core.work import spend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.core.reads import Taps
    from archcalc.core.runs import Value

MOST_PHASES = 10_000
"""Longer patterns are looked at where there are real positions, instead of phase by phase."""


LONG = 50_000
"""Maps of more real positions are united as runs."""
CLOSE = 20
"""Reads whose outputs read positions this close together are looked up in one stretch of the map."""
MOST_RATES = 256
"""Rates that are kept: most layers of a network move at a few."""
PICKED = 8
"""A phase of such a read takes as much work as so many values of a pattern."""
SLICED = 4
"""So many taps of a window that are looked at together take as much work as one value of a pattern."""
COSTLY = 60
"""A phase that is read from a map with phases takes as much work as so many values of a pattern."""


class QuasiAffineMap:
    """Output `o` sees from the first end of `base` at `step * o + lo` to its last end at `step * o + hi`.

    The base is a pattern that repeats, so that this is one too: after `period` outputs it has moved by `jump` inputs. A
    chain of convolutions has one phase, and the base that sees itself; upsampling, transposed convolution, adaptive
    pooling and windows of attention have several. A window over a map whose ends never move back is another view of the
    same base, and so is the union of two of its views that move alike.
    """

    __slots__ = ("__dict__", "base", "hi", "lo", "step")

    def __init__(self, base: Base, step: int = 1, lo: int = 0, hi: int = 0) -> None:
        self.base = base
        self.step = step
        self.lo = lo
        self.hi = hi

    @classmethod
    def of(cls, spans: Sequence[Interval | None], jump: int) -> QuasiAffineMap:
        """Output `q * period + p` sees the interval `spans[p]` moved by `q * jump`; a phase may see nothing."""
        ends: list[tuple[Value, Value]] = [(inf, -inf) if span is None else span for span in spans]
        return _view_of(tuple(lo for lo, _ in ends), tuple(hi for _, hi in ends), jump)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, QuasiAffineMap):
            return False
        if self.base is other.base and (self.step, self.lo, self.hi) == (other.step, other.lo, other.hi):
            return True
        alike = hash(self) == hash(other) and self.written and other.written
        return alike and self.rate == other.rate and self.spans == other.spans

    def __hash__(self) -> int:
        if self.base is SELF:
            return hash((self.step, self.lo, self.hi))
        return hash((self.period, self.at(0)))

    def __repr__(self) -> str:
        return f"QuasiAffineMap({self.base}, {self.step}, {self.lo}, {self.hi})"

    @property
    def period(self) -> int:
        """After how many output positions the pattern repeats."""
        return self.base.period // gcd(self.base.period, self.step)

    @property
    def jump(self) -> int:
        """How many input positions it moves in a period."""
        return self.period * self.step // self.base.period * self.base.jump

    @property
    def rate(self) -> Fraction:
        """Input positions per output position."""
        return _rate(self.base.jump * self.step, self.base.period)

    @property
    def written(self) -> bool:
        """Whether the phases are known one by one; a longer pattern is known position by position."""
        return isinstance(self.base, Pattern)

    @property
    def spans(self) -> tuple[Interval | None, ...]:
        """What each phase of a written pattern sees."""
        return tuple(map(interval, *self.ends(0, self.period)))

    @cached_property
    def size(self) -> int:
        """The largest interval over the phases of a written pattern."""
        return self.widest_of(self.period)

    def widest_of(self, size: int) -> int:
        """The largest interval that one of the first `size` output positions sees."""
        if self.base is SELF:
            return self.hi - self.lo + 1
        return _largest(*self.ends(0, min(self.period, size)))

    def ends(self, first: int, count: int) -> tuple[Sequence[Value], Sequence[Value]]:
        """Return the first and the last position that `count` outputs read, from `start` on; infinities for none."""
        at = first * self.step
        return (
            self.base.low(at + self.lo, self.step, count),
            self.base.high(at + self.hi, self.step, count),
        )

    def at(self, position: int) -> Interval | None:
        """Return what one output position reads, on an unbounded input."""
        if self.base is SELF:
            return position * self.step + self.lo, position * self.step + self.hi
        (lo,), (hi,) = self.ends(position, 1)
        return interval(lo, hi)

    def over(self, size: int) -> Interval | None:
        """The hull of what the first `size` output positions see."""
        if self.base.rising:
            return interval(self.ends(0, 1)[0][0], self.ends(size - 1, 1)[1][0])
        phases = min(size, self.period)
        return interval(min(self.ends(0, phases)[0]), max(self.ends(size - phases, phases)[1]))

    def hulls(self, size: int) -> ClippedExtents:
        """What each of the first `size` output positions sees."""
        count = min(size, self.period)
        lo, hi = Joined(), Joined()
        for joined, values in zip((lo, hi), self.ends(0, count), strict=True):
            joined.add(size, tuple(values), self.jump)
        return ClippedExtents(lo.runs(), hi.runs())

    def read(self, taps: Taps) -> QuasiAffineMap:
        """The map after a layer that reads this tensor through a pattern of taps."""
        if self.base.rising and taps.single and taps.first[0] <= taps.last[0]:
            lo, hi = self.lo + taps.first[0] * self.step, self.hi + taps.last[0] * self.step
            return QuasiAffineMap(self.base, self.step * taps.move, lo, hi)
        if self.base is SELF:  # a view of the input itself may be shared by all networks, and would keep all reads
            return self._through_pattern(taps)
        found = self._known.get(taps)
        if found is None:
            found = self._known[taps] = self._through_pattern(taps)
        return found

    @cached_property
    def _known(self) -> dict[Taps, QuasiAffineMap]:
        """What was read before of a map with phases: explanations ask again for what an analysis found."""
        return {}

    def _through_pattern(self, taps: Taps) -> QuasiAffineMap:
        period = taps.period * (self.period // gcd(self.period, taps.move))
        if period > MOST_PHASES and self.base.rising and taps_rise(taps):
            return QuasiAffineMap(Woven(self, taps))
        jump = period // taps.period * taps.move * self.jump // self.period
        if period // taps.period * taps.move <= CLOSE * period:
            spend(PICKED * period)
            first, last = _phases(taps, period)
            if self.base.rising:
                return _view_of(*self._seen_in_order(first, last), jump)
            return _view_of(*self._seen_together(first, last, taps.step), jump)
        spend(COSTLY * period)
        return QuasiAffineMap.of([self._seen(taps.at(out)) for out in range(period)], jump)

    def _seen_in_order(self, first: Sequence[int], last: Sequence[int]) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
        """Both ends that outputs see, of a map that rises: what their first and their last taps see."""
        low, high = min(first), min(last)
        lows, highs = self.ends(low, max(first) - low + 1)[0], self.ends(high, max(last) - high + 1)[1]
        if all(map(le, first, last)):
            return _picked(lows, first, low), _picked(highs, last, high)
        reading = list(map(le, first, last))
        return (
            tuple([lows[at - low] if reads else inf for at, reads in zip(first, reading, strict=True)]),
            tuple([highs[at - high] if reads else -inf for at, reads in zip(last, reading, strict=True)]),
        )

    def _seen_together(
        self, first: Sequence[int], last: Sequence[int], step: int
    ) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
        """Both ends that outputs see, of any map: the least and the greatest that their taps see."""
        start = min(first)
        lows, highs = self.ends(start, max(*last, start) - start + 1)
        reach = (self.period // gcd(self.period, step) - 1) * step  # further taps see the same, moved on
        taps = [(at - start, to - start) for at, to in zip(first, last, strict=True)]
        spend(sum(min(to - at, reach) for at, to in taps if at < to) // (SLICED * step))
        return (
            tuple([min(lows[at : min(to, at + reach) + 1 : step]) if at <= to else inf for at, to in taps]),
            tuple([max(highs[max(at, to - reach) : to + 1 : step]) if at <= to else -inf for at, to in taps]),
        )

    def _seen(self, read: range) -> Interval | None:
        """The hull of what several positions see: the first ones decide the first end, the last ones the last."""
        if not read:
            return None
        deciding = 1 if self.base.rising else min(len(read), self.period // gcd(self.period, read.step))
        spend(deciding // 2)
        step = self.step * read.step
        lo = min(self.base.low(read[0] * self.step + self.lo, step, deciding))
        hi = max(self.base.high(read[-deciding] * self.step + self.hi, step, deciding))
        return interval(lo, hi)

    def union(self, other: QuasiAffineMap) -> QuasiAffineMap:
        """Position by position the hull of two maps that move at the same rate."""
        if self.base is other.base and self.step == other.step and self.base.rising:
            return QuasiAffineMap(self.base, self.step, min(self.lo, other.lo), max(self.hi, other.hi))
        period = lcm(self.period, other.period)
        if period > MOST_PHASES or not (self.written and other.written):
            return QuasiAffineMap(Joint((self, other), self.rate))
        (lows, highs), (others, ends) = self.ends(0, period), other.ends(0, period)
        jump = period // self.period * self.jump
        return _view_of(tuple(map(min, lows, others)), tuple(map(max, highs, ends)), jump)


def _phases(taps: Taps, period: int) -> tuple[Sequence[int], Sequence[int]]:
    """The first and the last position that so many outputs read; `period` is a multiple of that of the taps."""
    repeats = period // taps.period
    if repeats == 1:
        return taps.first, taps.last_read
    moves = range(0, repeats * taps.move, taps.move) if taps.move else (0,) * repeats
    first, last = ([at + move for move in moves for at in ends] for ends in (taps.first, taps.last_read))
    return first, last


def _picked(values: Sequence[Value], positions: Sequence[int], start: int) -> tuple[Value, ...]:
    """The values at some positions, out of those from `start` on."""
    return tuple(map(values.__getitem__, positions if start == 0 else [at - start for at in positions]))


@lru_cache(maxsize=MOST_RATES)
def _rate(move: int, outputs: int) -> Fraction:
    return Fraction(move, outputs)


def _view_of(low: tuple[Value, ...], high: tuple[Value, ...], jump: int) -> QuasiAffineMap:
    """A pattern; one of a single phase that sees something is a view of what sees itself."""
    if len(low) == 1 and low[0] <= high[0]:
        return QuasiAffineMap(SELF, jump, int(low[0]), int(high[0]))
    return QuasiAffineMap(Pattern(low, high, jump))


def _largest(lows: Sequence[Value], highs: Sequence[Value]) -> int:
    spend(len(lows))
    return int(max(-1, max(map(sub, highs, lows)))) + 1


def widest(maps: Sequence[QuasiAffineMap], count: int) -> int:
    """The largest interval that a position sees through some maps together.

    Over all phases of a single map whose phases are known one by one, else over the `count` real positions.
    """
    if len(maps) == 1:
        (only,) = maps
        if only.base is SELF:
            return only.hi - only.lo + 1
        if only.written:
            return only.size
    return _largest(*_together(maps, count)) if count <= LONG else _united(maps, count).size


def widest_position(maps: Sequence[QuasiAffineMap], count: int) -> int:
    """The first position whose interval is the largest, as `widest` finds it."""
    if len(maps) == 1 and maps[0].written:
        count = maps[0].period
    elif count > LONG:
        return _united(maps, count).widest
    sizes = list(map(sub, *reversed(_together(maps, count))))
    return sizes.index(max(sizes))


def _united(maps: Sequence[QuasiAffineMap], count: int) -> ClippedExtents:
    return reduce(ClippedExtents.union, (each.hulls(count) for each in maps))


def _together(maps: Sequence[QuasiAffineMap], count: int) -> tuple[Sequence[Value], Sequence[Value]]:
    """Both ends of what each position sees through some maps together."""
    first = maps[0]
    if len(maps) == 1:
        return first.ends(0, count)
    if all((each.step, each.lo, each.hi) == (first.step, first.lo, first.hi) and each.base.rising for each in maps):
        joint = QuasiAffineMap(_joint(tuple(each.base for each in maps)), first.step, first.lo, first.hi)
    else:
        joint = QuasiAffineMap(Joint(tuple(maps), first.rate))
    return joint.ends(0, count)


@lru_cache(maxsize=64)
def _joint(bases: tuple[Base, ...]) -> Joint:
    """Views of several patterns that differ in nothing else are one view of all of them together."""
    maps = tuple(QuasiAffineMap(base) for base in bases)
    return Joint(maps, maps[0].rate)


SELF = Pattern((0,), (0,), 1)
IDENTITY = QuasiAffineMap(SELF)
