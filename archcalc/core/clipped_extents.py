"""Clipped receptive fields along one axis: for every output position, the hull of the inputs it really reads."""

from __future__ import annotations

from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING

from archcalc.core.composed import clamped, composed
from archcalc.core.interval import interval
from archcalc.core.joined import Joined, runs_of
from archcalc.core.merged import merged, widest
from archcalc.core.runs import Runs, line
from archcalc.core.searched import searched
from archcalc.core.touched import first_touched, last_touched
from archcalc.core.work import spend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.core.interval import Interval
    from archcalc.core.reads import Taps
    from archcalc.core.runs import Value


class ClippedExtents:
    """The lowest and highest input position that each output position reads, as runs.

    Where a position reads nothing, its ends are infinity and minus infinity: any minimum or maximum with them gives the
    other. Immutable; compared by identity, so that equal work on a shared instance is found in a cache.
    """

    __slots__ = ("_hi", "_lo", "_read", "_widest_known", "length")

    def __init__(self, lo: Runs, hi: Runs) -> None:
        self.length = lo.length
        self._lo = lo
        self._hi = hi
        self._read: dict[tuple[Taps, int], ClippedExtents] | None = None
        self._widest_known: tuple[int, int] | None = None

    @classmethod
    def of(cls, intervals: Iterable[Interval | None]) -> ClippedExtents:
        """The hulls with these ends; None for a position that reads nothing."""
        ends: list[tuple[Value, Value]] = [(inf, -inf) if each is None else each for each in intervals]
        return cls(runs_of(lo for lo, _ in ends), runs_of(hi for _, hi in ends))

    @classmethod
    def all_alike(cls, hull: Interval | None, size: int) -> ClippedExtents:
        """The same hull at each of `size` positions."""
        lo, hi = (inf, -inf) if hull is None else hull
        return cls(line(size, lo, 0), line(size, hi, 0))

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Interval | None]:
        return map(self.at, range(len(self)))

    def __repr__(self) -> str:
        return f"ClippedExtents({self._lo}, {self._hi})"

    def at(self, position: int) -> Interval | None:
        """What one output position reads, first and last; None where that is nothing."""
        return interval(self._lo.at(position), self._hi.at(position))

    def ends_by_position(self) -> tuple[list[Value], list[Value]]:
        """Return first and last input position of every output; infinity and minus infinity where it reads nothing."""
        return self._lo.values(), self._hi.values()

    @property
    def runs(self) -> tuple[Runs, Runs]:
        """Both of `ends_by_position` as runs, which are few on long axes."""
        return self._lo, self._hi

    @property
    def edges(self) -> list[int]:
        """The output positions where a run of either end begins, in order."""
        return sorted({*self._lo.edges[:-1], *self._hi.edges[:-1]})

    @property
    def _widest(self) -> tuple[int, int]:
        if self._widest_known is None:
            self._widest_known = widest(self._lo, self._hi)
        return self._widest_known

    @property
    def size(self) -> int:
        """The largest hull over the output positions; 0 when no position reads anything."""
        return self._widest[0] + 1

    @property
    def widest(self) -> int:
        """The first position whose hull is the largest."""
        return self._widest[1]

    @property
    def ends(self) -> Interval | None:
        """The hull of all positions together; None when no position reads anything."""
        return interval(self._lo.least, self._hi.greatest)

    @property
    def common(self) -> Interval | None:
        """Return the positions that lie in the hull of every output position; None when there are none."""
        return interval(self._lo.greatest, self._hi.least)

    def read(self, taps: Taps, size: int) -> ClippedExtents:
        """What `size` outputs read through a pattern of taps; taps outside the tensor are padding and read nothing.

        Ends that never move back are those of the first and the last tap that touches the tensor; others are searched.
        """
        key = taps, size
        if self._read is None:
            self._read = {}
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = self._repeated(taps, size) or self._slid(taps, size)
        return found

    def _repeated(self, taps: Taps, size: int) -> ClippedExtents | None:
        """What outputs read that all read one position; None for other patterns."""
        position = taps.first[0]
        one = taps.move == 0 and taps.single and position == taps.last[0] and 0 <= position < self.length
        return ClippedExtents.all_alike(self.at(position), size) if one else None

    def _slid(self, taps: Taps, size: int) -> ClippedExtents:
        inside = taps.always_inside(self.length, size)
        lo, hi = self._first_read(taps, size, inside=inside), self._last_read(taps, size, inside=inside)
        same = size == self.length and lo == self._lo and hi == self._hi
        return self if same else ClippedExtents(lo, hi)

    def _first_read(self, taps: Taps, size: int, *, inside: bool) -> Runs:
        if not self._lo.rising:
            return searched(self._lo, taps, size, min)
        if inside:
            return clamped(self._lo, taps.first[0], taps.move, size)
        return composed(self._lo, first_touched(taps, self.length, size))

    def _last_read(self, taps: Taps, size: int, *, inside: bool) -> Runs:
        if not self._hi.rising:
            return searched(self._hi, taps, size, max)
        if inside:
            return clamped(self._hi, taps.last[0], taps.move, size)
        return composed(self._hi, last_touched(taps, self.length, size))

    def read_all(self, size: int) -> ClippedExtents:
        """What `size` outputs read when each reads the whole axis."""
        return ClippedExtents.all_alike(self.ends, size)

    def read_past(self) -> ClippedExtents:
        """What outputs read when each reads its own position and all before."""
        return ClippedExtents(_least_so_far(self._lo), _greatest_so_far(self._hi))

    def read_future(self) -> ClippedExtents:
        """What outputs read when each reads its own position and all after it."""
        return ClippedExtents(_least_from(self._lo), _greatest_from(self._hi))

    def union(self, other: ClippedExtents) -> ClippedExtents:
        """Position by position the hull of both; a tensor of one position is stretched."""
        if other is self:
            return self
        size = max(self.length, other.length)
        mine, theirs = self._stretched(size), other._stretched(size)
        lo, hi = merged(mine._lo, theirs._lo, min), merged(mine._hi, theirs._hi, max)
        if lo is mine._lo and hi is mine._hi:
            return mine
        return theirs if lo is theirs._lo and hi is theirs._hi else ClippedExtents(lo, hi)

    def _stretched(self, size: int) -> ClippedExtents:
        return self if self.length == size else self.read_all(size)


def _least_so_far(function: Runs) -> Runs:
    """The least value up to each position: within a run it is found in the first repeat, for none moves back."""
    joined, least = Joined(), inf
    for count, values, _ in function.counted():
        found = tuple(accumulate(values[:count], min, initial=least))[1:]
        joined.add(len(found), found, 0)
        least = found[-1]
        joined.add(count - len(found), (least,), 0)
    return joined.runs()


def _greatest_so_far(function: Runs) -> Runs:
    """The greatest value up to each position: from the second repeat of a run on it moves as the run does."""
    if function.rising:
        return function
    joined, greatest = Joined(), -inf
    for count, values, jump in function.counted():
        alone, first = Joined(), tuple(accumulate(values[:count], max))
        alone.add(len(first), first, 0)
        alone.add(count - len(first), tuple([max(first[-1], value + jump) for value in first]), jump)
        together = merged(alone.runs(), line(count, greatest, 0), max)
        joined.extend(together)
        greatest = together.at(count - 1)
    return joined.runs()


def _least_from(function: Runs) -> Runs:
    """Return the least value from each position on."""
    if function.rising:
        return function
    return _written_out(accumulate(reversed(function.values()), min))


def _greatest_from(function: Runs) -> Runs:
    """Return the greatest value from each position on."""
    if function.rising:
        return line(function.length, function.greatest, 0)
    return _written_out(accumulate(reversed(function.values()), max))


def _written_out(backward: Iterable[Value]) -> Runs:
    values = tuple(backward)[::-1]
    spend(len(values))
    return runs_of(values)


def identity(size: int) -> ClippedExtents:
    """Every position reads itself: a network input."""
    return ClippedExtents(line(size), line(size))
