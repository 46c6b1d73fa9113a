"""The smallest receptive field over the paths that lead to a tensor through windows, along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING

from archcalc.core.periodic import IDENTITY, MOST_PHASES, Periodic, length
from archcalc.core.problem import OperatorError
from archcalc.core.reads import AxisReads, Reach, Taps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_PATHS = 32
"""Paths of which none is certain to stay the smallest; with more the answer is not worked out."""


@dataclass(frozen=True, slots=True)
class SmallestField:
    """Maps of the paths that may turn out smallest: of two, the one that lies within the other is kept.

    `known` is False where there were too many of them, or a map that repeats too late.
    """

    positions: int
    maps: tuple[Periodic, ...]
    known: bool = True

    def __len__(self) -> int:
        """Positions of the tensor along the axis."""
        return self.positions

    @property
    def size(self) -> int | None:
        """The smallest extent of a path over its real positions, each at its largest; None where it is not known."""
        sizes = [_extent(each, self.positions) for each in self.maps]
        return min((size for size in sizes if size), default=0) if self.known else None

    def read(self, reads: AxisReads, size: int) -> SmallestField | None:
        """Return the field of a layer that reads the tensor so; None where no path leads through windows alone."""
        if reads is Reach.SELF_AND_ALL:
            return self
        if not isinstance(reads, Taps):
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


def _extent(path: Periodic, positions: int) -> int:
    return max(length(path.at(position)) for position in range(min(path.period, positions)))


def _smallest(maps: Iterable[Periodic]) -> list[Periodic]:
    kept: list[Periodic] = []
    for each in maps:
        if not any(_within(other, each) for other in kept):
            kept = [other for other in kept if not _within(each, other)] + [each]
    return kept


def _within(inner: Periodic, outer: Periodic) -> bool:
    """Whether one map, moved by some distance, lies within another: then it does behind every layer to come."""
    period = lcm(inner.period, outer.period)
    if inner.rate != outer.rate or period > MOST_PHASES:
        return False
    least, most = None, None
    for position in range(period):
        mine, theirs = inner.at(position), outer.at(position)
        if mine is None and theirs is None:
            continue
        if mine is None or theirs is None:  # what reads nothing here may read nothing at all behind a stride
            return False
        least = theirs[0] - mine[0] if least is None else max(least, theirs[0] - mine[0])
        most = theirs[1] - mine[1] if most is None else min(most, theirs[1] - mine[1])
    return least is None or most is None or least <= most
