"""Patterns of intervals that repeat along an unbounded axis, stored or computed on demand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from math import inf, lcm
from operator import le
from typing import TYPE_CHECKING, Protocol

from archcalc.core.runs import sampled
from archcalc.core.work import spend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from archcalc.core.reads import Taps
    from archcalc.core.runs import Value


STRETCH = 2
"""A position of a pattern that is computed on demand takes as much work as so many values of one that is stored."""


class Base(ABC):
    """Both ends of an interval for every integer position; after `period` of them they have moved by `jump`."""

    period: int
    jump: int

    @property
    @abstractmethod
    def rising(self) -> bool:
        """Whether every position sees something, and neither end ever moves back."""

    @abstractmethod
    def low(self, first: int, step: int, count: int) -> Sequence[Value]:
        """Return the first end at `count` positions, every `step`-th from `start`; infinity where nothing is read."""

    @abstractmethod
    def high(self, first: int, step: int, count: int) -> Sequence[Value]:
        """The same for the last end; minus infinity where nothing is seen."""


class Pattern(Base):
    """A pattern whose phases are written down."""

    def __init__(self, low: tuple[Value, ...], high: tuple[Value, ...], jump: int) -> None:
        self.period = len(low)
        self.jump = jump
        self._low = low
        self._high = high

    def __repr__(self) -> str:
        return f"Pattern({self._low}, {self._high}, {self.jump})"

    @cached_property
    def rising(self) -> bool:
        """Whether every phase sees something, and neither end moves back, from one repeat to the next either."""
        return inf not in self._low and all(_rises(ends, self.jump) for ends in (self._low, self._high))

    def low(self, first: int, step: int, count: int) -> Sequence[Value]:
        """The phases that these positions have, moved."""
        return _ends(self._low, self.jump, first, step, count)

    def high(self, first: int, step: int, count: int) -> Sequence[Value]:
        """The phases that these positions have, moved."""
        return _ends(self._high, self.jump, first, step, count)


def _rises(ends: tuple[Value, ...], jump: int) -> bool:
    return jump >= 0 and all(map(le, ends, ends[1:])) and ends[-1] <= ends[0] + jump


def _ends(ends: tuple[Value, ...], jump: int, first: int, step: int, count: int) -> Sequence[Value]:
    if count == 1:
        repeat, phase = divmod(first, len(ends))
        return (ends[phase] + repeat * jump,)
    values, move = sampled((ends, jump), first, step, count)
    if len(values) >= count:
        return values
    spend(count)
    return [value + repeat * move for repeat in range(-(-count // len(values))) for value in values][:count]


class Lazy(Base):
    """A pattern too long to be stored: its ends are computed for a part of the positions and kept.

    A part that turns out too short grows by a quarter of its length at least.
    """

    def __init__(self) -> None:
        self._first = 0
        self._kept: tuple[Sequence[Value], Sequence[Value]] = (), ()

    @abstractmethod
    def _work_out(self, first: int, count: int) -> tuple[Sequence[Value], Sequence[Value]]:
        """Compute both ends at `count` positions from `start` on."""

    def low(self, first: int, step: int, count: int) -> Sequence[Value]:
        """Out of the stretch that is kept."""
        return self._sliced(0, first, step, count)

    def high(self, first: int, step: int, count: int) -> Sequence[Value]:
        """Out of the stretch that is kept."""
        return self._sliced(1, first, step, count)

    def _sliced(self, end: int, first: int, step: int, count: int) -> Sequence[Value]:
        last = first + (count - 1) * step
        if not (self._first <= first and last < self._first + len(self._kept[end])):
            self._keep(min(first, last), max(first, last) + 1)
        values = self._kept[end]
        start = first - self._first
        return values[start : last - self._first + 1 : step] if step else [values[start]] * count

    def _keep(self, first: int, stop: int) -> None:
        """Compute a stretch that holds these positions and those that are kept.

        Only a stretch that grows is made longer than asked for: a pattern that reads this one already asks for more
        than it needs, and in a long chain of them the margins would multiply.
        """
        kept = len(self._kept[0])
        if kept:
            start, end, margin = self._first, self._first + kept, kept // 4
            first = min(first, start - margin) if first < start else start
            stop = max(stop, end + margin) if stop > end else end
        spend(STRETCH * (stop - first))
        self._kept = self._work_out(first, stop - first)
        self._first = first


class PatternedMap(Protocol):
    """What patterns ask of a map from outputs to intervals of inputs."""

    base: Base

    @property
    def period(self) -> int:
        """Outputs after which the intervals repeat."""

    @property
    def jump(self) -> int:
        """Inputs by which they have moved then."""

    def ends(self, first: int, count: int) -> tuple[Sequence[Value], Sequence[Value]]:
        """Return the first and the last ends of `count` intervals from output `first` on."""


class Woven(Lazy):
    """What a pattern of taps with phases reads of a map; the ends of both never move back."""

    rising = True

    def __init__(self, source: PatternedMap, taps: Taps) -> None:
        super().__init__()
        self._source, self._taps = source, taps
        repeats = lcm(source.period, taps.move) // taps.move if taps.move else 1
        self.period = repeats * taps.period
        self.jump = repeats * taps.move * source.jump // source.period

    def _work_out(self, first: int, count: int) -> tuple[Sequence[Value], Sequence[Value]]:
        taps = self._taps
        read = [_ends(ends, taps.move, first, 1, count) for ends in (taps.first, taps.last_read)]
        return self._seen(0, read[0]), self._seen(1, read[1])

    def _seen(self, end: int, positions: Sequence[Value]) -> Sequence[Value]:
        start = int(positions[0])
        values = self._source.ends(start, int(positions[-1]) - start + 1)[end]
        return [values[position - start] for position in positions]  # type: ignore[call-overload]


class Joint(Lazy):
    """Position by position the hull of several maps; they need not move at the same rate."""

    def __init__(self, maps: tuple[PatternedMap, ...], rate: Fraction) -> None:
        super().__init__()
        self._maps = maps
        self.period = lcm(rate.denominator, *(each.period for each in maps))
        self.jump = int(self.period * rate)

    @cached_property
    def rising(self) -> bool:
        """Whether all of them rise."""
        return all(each.base.rising for each in self._maps)

    def _work_out(self, first: int, count: int) -> tuple[Sequence[Value], Sequence[Value]]:
        lows, highs = zip(*(each.ends(first, count) for each in self._maps), strict=True)
        return list(map(min, *lows)), list(map(max, *highs))


def taps_rise(taps: Taps) -> bool:
    """Whether every output reads something, and neither its first tap nor its last ever moves back."""
    reads = all(map(le, taps.first, taps.last))
    return reads and _rises(taps.first, taps.move) and _rises(taps.last, taps.move)
