"""The receptive field of one tensor along one axis of one network input, in both views."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from archcalc.core.hulls import Hulls, identity
from archcalc.core.periodic import IDENTITY, Interval, Periodic, join, length
from archcalc.core.reads import AxisReads, Reach, Taps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction


@dataclass(frozen=True, slots=True, eq=False)
class AxisField:
    """What the positions of a tensor along one axis have seen of a network input; compared by identity.

    `clipped` holds both ends of what is really read, per position. `windows` are the unclipped maps, one for each rate
    at which branches move; more than one means that they are not aligned. `everything` is the unclipped hull of what
    came through operations that are global on this axis, and `sees_all` says that some path did.
    """

    clipped: Hulls
    windows: tuple[Periodic, ...] = ()
    everything: Interval | None = None
    sees_all: bool = False

    def __len__(self) -> int:
        """Positions of the tensor along the axis."""
        return len(self.clipped)

    @property
    def clipped_size(self) -> int:
        """The largest clipped field over the positions; 0 when none reads anything."""
        return self.clipped.size

    @property
    def aligned(self) -> bool:
        """Whether all paths move at one rate."""
        return len(self.windows) <= 1

    @property
    def jump(self) -> Fraction | None:
        """Input positions per output position; None where there are no windows or they disagree."""
        return self.windows[0].rate if len(self.windows) == 1 else None

    @property
    def full_size(self) -> int:
        """The extent of the windows where there are any, else of what global operations saw.

        Windows that disagree have no one extent: the largest over the real positions is taken.
        """
        if not self.windows:
            return length(self.everything)
        if self.aligned:
            return self.windows[0].size
        return max(length(self.seen_at(position)) for position in range(len(self.clipped)))

    def seen_at(self, position: int) -> Interval | None:
        """What one position sees through windows on an endless input."""
        return reduce(join, (window.at(position) for window in self.windows))

    def unclipped_hull(self) -> Interval | None:
        """The unclipped hull of all real positions together."""
        seen = (window.over(len(self.clipped)) for window in self.windows)
        return reduce(join, seen, self.everything)

    def read(self, reads: AxisReads, size: int) -> AxisField | None:
        """The field of a layer with `size` positions that reads this tensor so; None when it reads nothing."""
        if reads is Reach.NOTHING:
            return None
        if isinstance(reads, Taps):
            windows = merged([window.read(reads) for window in self.windows])
            return AxisField(self.clipped.read(reads, size), windows, self.everything, self.sees_all)
        if reads is Reach.SELF_AND_ALL:
            return AxisField(self.clipped.read_all(size), self.windows, self.unclipped_hull(), sees_all=True)
        past = reads is Reach.PAST
        clipped = self.clipped.read_past() if past else self.clipped.read_all(size)
        return AxisField(clipped, (), self.unclipped_hull(), sees_all=True)

    def union(self, others: Sequence[AxisField]) -> AxisField:
        """The field of a layer that reads several tensors."""
        return union((self, *others))


def union(fields: Sequence[AxisField]) -> AxisField:
    """The field of a layer that reads several tensors: position by position the hull of all."""
    if len(fields) == 1:
        return fields[0]
    return AxisField(
        reduce(Hulls.union, (field.clipped for field in fields)),
        merged([window for field in fields for window in field.windows]),
        reduce(join, (field.everything for field in fields)),
        any(field.sees_all for field in fields),
    )


def merged(windows: Sequence[Periodic]) -> tuple[Periodic, ...]:
    """One map for each rate, slowest first."""
    if len(windows) < 2:
        return tuple(windows)
    first = windows[0]
    if all(each.jump == first.jump and each.period == first.period for each in windows):
        return (reduce(Periodic.union, windows),)
    by_rate: dict[Fraction, Periodic] = {}
    for window in windows:
        by_rate[window.rate] = by_rate[window.rate].union(window) if window.rate in by_rate else window
    return tuple(by_rate[rate] for rate in sorted(by_rate))


def of_input(size: int) -> AxisField:
    """The field of a network input along one of its axes: every position sees itself."""
    return AxisField(identity(size), (IDENTITY,))
