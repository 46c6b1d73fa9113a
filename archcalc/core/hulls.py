"""Clipped receptive fields along one axis: for every output position, the hull of the inputs it really reads."""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate
from operator import le, sub
from sys import maxsize
from typing import TYPE_CHECKING

from archcalc.core.problem import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archcalc.core.periodic import Interval
    from archcalc.core.reads import Taps

EMPTY_LO, EMPTY_HI = maxsize, -maxsize
"""Ends of the hull of nothing: any minimum or maximum with them gives the other, below 0 too."""

MOST_READS = 10_000_000


class Hulls:
    """The lowest and highest input position that each output position reads; `lo > hi` where it reads nothing.

    Immutable; compared by identity, so that equal work on a shared instance is found in a cache without hashing the
    positions.
    """

    def __init__(self, lo: Sequence[int], hi: Sequence[int]) -> None:
        self.lo = tuple(lo)
        self.hi = tuple(hi)

    @classmethod
    def of(cls, intervals: Iterable[Interval | None]) -> Hulls:
        """The hulls with these ends; None for a position that reads nothing."""
        ends = [(EMPTY_LO, EMPTY_HI) if each is None else each for each in intervals]
        return cls([lo for lo, _ in ends], [hi for _, hi in ends])

    def __len__(self) -> int:
        return len(self.lo)

    def __iter__(self) -> Iterator[Interval | None]:
        return map(self.at, range(len(self)))

    def at(self, position: int) -> Interval | None:
        """What one output position reads, first and last; None where that is nothing."""
        lo, hi = self.lo[position], self.hi[position]
        return None if lo > hi else (lo, hi)

    def __repr__(self) -> str:
        return f"Hulls({list(zip(self.lo, self.hi, strict=True))})"

    @cached_property
    def size(self) -> int:
        """The largest hull over the output positions; 0 when no position reads anything."""
        widest: int = max(map(sub, self.hi, self.lo))
        return max(0, widest + 1)

    @property
    def widest(self) -> int:
        """The first position whose hull is the largest."""
        return max(range(len(self)), key=lambda position: self.hi[position] - self.lo[position])

    @cached_property
    def ends(self) -> Interval | None:
        """The hull of all positions together; None when no position reads anything."""
        lo, hi = min(self.lo), max(self.hi)
        return None if lo > hi else (lo, hi)

    @cached_property
    def ordered(self) -> bool:
        """Whether every position reads something and both ends never move back."""
        return EMPTY_HI not in self.hi and all(map(le, self.lo, self.lo[1:])) and all(map(le, self.hi, self.hi[1:]))

    def read(self, taps: Taps, size: int) -> Hulls:
        """What `size` outputs read through a pattern of taps; taps outside the tensor are padding and read nothing."""
        if taps.period == 1 and self.ordered and _is_inner_window(taps, size, len(self)):
            return self._read_window(taps.phases[0], taps.move, size)
        return self._read_taps(taps, size)

    def _read_window(self, window: tuple[int, ...], move: int, size: int) -> Hulls:
        """The same for a window without holes that always touches the tensor: slices instead of a search."""
        first, last = window[0], window[-1]
        clipped = min(size, -(first // move)) if first < 0 else 0
        lo = (self.lo[0],) * clipped + self.lo[clipped * move + first :: move][: size - clipped]
        hi = self.hi[last::move][:size]
        return Hulls(lo, hi + (self.hi[-1],) * (size - len(hi)))

    def _read_taps(self, taps: Taps, size: int) -> Hulls:
        work = size * max(len(phase) for phase in taps.phases)
        if work > MOST_READS:
            raise OperatorError(f"{work:,} reads along one axis", f"at most {MOST_READS:,}")
        lo, hi = [], []
        period, move, n = taps.period, taps.move, len(self)
        for out in range(size):
            start = out // period * move
            touched = [start + tap for tap in taps.phases[out % period] if 0 <= start + tap < n]
            lo.append(min((self.lo[i] for i in touched), default=EMPTY_LO))
            hi.append(max((self.hi[i] for i in touched), default=EMPTY_HI))
        return Hulls(lo, hi)

    def read_all(self, size: int) -> Hulls:
        """What `size` outputs read when each reads the whole axis."""
        lo, hi = self.ends or (EMPTY_LO, EMPTY_HI)
        return Hulls((lo,) * size, (hi,) * size)

    def read_past(self) -> Hulls:
        """What outputs read when each reads its own position and all before."""
        return Hulls(tuple(accumulate(self.lo, min)), tuple(accumulate(self.hi, max)))

    def union(self, other: Hulls) -> Hulls:
        """Position by position the hull of both; a tensor of one position is stretched."""
        if other is self:
            return self
        size = max(len(self), len(other))
        mine, theirs = self._stretched(size), other._stretched(size)
        return Hulls(tuple(map(min, mine.lo, theirs.lo)), tuple(map(max, mine.hi, theirs.hi)))

    def _stretched(self, size: int) -> Hulls:
        return self if len(self) == size else self.read_all(size)


def _is_inner_window(taps: Taps, size: int, n: int) -> bool:
    window = taps.phases[0]
    if not window or taps.move < 1 or window[-1] - window[0] != len(window) - 1:
        return False
    return window[-1] >= 0 and (size - 1) * taps.move + window[0] < n


def identity(size: int) -> Hulls:
    """Every position reads itself: a network input."""
    return Hulls(tuple(range(size)), tuple(range(size)))
