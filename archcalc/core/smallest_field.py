"""The smallest receptive field over the paths that lead to a tensor through windows, along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from math import inf, lcm
from operator import itemgetter, sub
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.interval import length
from archcalc.core.problem import OperatorError
from archcalc.core.quasi_affine import IDENTITY, MOST_PHASES, QuasiAffineMap
from archcalc.core.reads import AxisReads, Taps, WholeAxisRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_PATHS = 32
"""Paths of which none is certain to stay the smallest; with more the answer is not worked out."""


@dataclass(frozen=True, slots=True)
class SmallestField:
    """The maps of the paths that may have the smallest field; a map that contains another one is dropped.

    `known` is False if there were too many maps, or one that repeats too late.
    """

    holds_what_it_reads: ClassVar[bool] = False  # the smaller one counts

    positions: int
    maps: tuple[QuasiAffineMap, ...]
    known: bool = True

    def __len__(self) -> int:
        """Positions of the tensor along the axis."""
        return self.positions

    @property
    def size(self) -> int | None:
        """The smallest extent of a path over its real positions, each at its largest; None where it is not known."""
        if not self.known:
            return None
        if len(self.maps) == 1:
            return self.maps[0].widest_of(self.positions)
        smallest = 0
        for least, path in sorted(((length(each.at(0)), each) for each in self.maps), key=itemgetter(0)):
            if smallest and least >= smallest:
                break  # what a path sees at its widest is no smaller than what it sees at one position
            size = path.widest_of(self.positions)
            smallest = min(size, smallest or size) if size else smallest
        return smallest

    def read(self, reads: AxisReads, size: int) -> SmallestField | None:
        """Return the field of a layer that reads the tensor so; None where no path leads through windows alone."""
        if reads is WholeAxisRead.SELF_AND_ALL:
            return self
        if not isinstance(reads, Taps) or reads.of_whole_axis:
            return None
        try:
            return SmallestField(size, tuple(each.read(reads) for each in self.maps), self.known)
        except OperatorError:
            return SmallestField(size, (), known=False)

    def union(self, others: Sequence[SmallestField]) -> SmallestField:
        """Return the field of a layer that reads several tensors."""
        fields = (self, *others)
        maps = _smallest(dict.fromkeys(each for field in fields for each in field.maps))
        known = all(field.known for field in fields) and len(maps) <= MOST_PATHS
        return SmallestField(self.positions, tuple(maps[:MOST_PATHS]), known)


def smallest_of_input(size: int) -> SmallestField:
    """Return the field of a network input along one of its axes: every position sees itself."""
    return SmallestField(size, (IDENTITY,))


def _smallest(maps: Iterable[QuasiAffineMap]) -> list[QuasiAffineMap]:
    kept: list[QuasiAffineMap] = []
    for each in maps:
        if not any(_within(other, each) for other in kept):
            kept = [other for other in kept if not _within(each, other)] + [each]
    return kept


def _within(inner: QuasiAffineMap, outer: QuasiAffineMap) -> bool:
    """Return whether one map, shifted by some distance, is inside another, and so will be after all later layers."""
    period = lcm(inner.period, outer.period)
    if inner.rate != outer.rate or period > MOST_PHASES:
        return False
    (mine, ends), (theirs, others) = inner.ends(0, period), outer.ends(0, period)
    reading = [lo != inf for lo in mine]
    if reading != [lo != inf for lo in theirs]:  # a position that reads nothing may become the only one after a stride
        return False
    least = max(map(sub, compress(theirs, reading), compress(mine, reading)), default=-inf)
    most = min(map(sub, compress(others, reading), compress(ends, reading)), default=inf)
    return least <= most
