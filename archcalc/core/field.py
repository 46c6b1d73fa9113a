"""The receptive field of one tensor along one axis of one network input, in three views."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.clipped_extents import ClippedExtents, identity
from archcalc.core.interval import Interval, join
from archcalc.core.quasi_affine import IDENTITY, QuasiAffineMap, widest
from archcalc.core.reads import AxisReads, Taps, WholeAxisRead
from archcalc.core.work import spend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction


RATE = 100
"""A map of a rate of its own takes as much work as so many values of a pattern."""


@dataclass(frozen=True, eq=False)
class AxisField:
    """What the positions of a tensor along one axis depend on in a network input; compared by identity.

    Three views. `clipped` holds both ends of what each position really reads. `windows` are the unclipped maps of the
    paths that lead through windows alone, one for each rate at which branches move; more than one means that they are
    not aligned, none that every path passes an operation that is global on this axis. `whole` is there where some path
    does: per position the hull, on an unbounded input, of what the global operations on the way read, joined with the
    windows. Tensors have ends from such an operation on, so that windows over its output stay inside them. `measured`
    says that nothing is known but what is really read at the given size: `whole` is then the same as `clipped`.
    """

    holds_what_it_reads: ClassVar[bool] = True

    clipped: ClippedExtents
    windows: tuple[QuasiAffineMap, ...] = ()
    whole: ClippedExtents | None = None
    measured: bool = False

    @property
    def sees_all(self) -> bool:
        """Whether some path passes an operation that is global on this axis."""
        return self.whole is not None and not self.measured

    def __len__(self) -> int:
        """Positions of the tensor along the axis."""
        return self.clipped.length

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
    def start(self) -> Interval | None:
        """What output position 0 sees through windows; None where there are none, or they disagree."""
        return self.windows[0].at(0) if len(self.windows) == 1 else None

    @property
    def window_size(self) -> int | None:
        """The extent of the windows; None where no path leads through windows alone.

        Windows that disagree have no one extent: the largest over the real positions is taken.
        """
        if not self.windows:
            return None
        return widest(self.windows, len(self.clipped))

    @property
    def full_size(self) -> int:
        """The extent of all that a position depends on; never smaller than the windows or the clipped field."""
        whole = 0 if self.whole is None else self.whole.size
        return max(whole, self.window_size or 0)

    def window_at(self, position: int) -> Interval | None:
        """Return what one position depends on through windows only, on an unbounded input."""
        return reduce(join, (window.at(position) for window in self.windows), None)

    def full_at(self, position: int) -> Interval | None:
        """Return what one position depends on, on an unbounded input."""
        return self.window_at(position) if self.whole is None else self.whole.at(position)

    @cached_property
    def real(self) -> ClippedExtents:
        """Return what each position depends on, on an unbounded input."""
        if self.whole is not None:
            return self.whole
        return reduce(ClippedExtents.union, (window.hulls(len(self.clipped)) for window in self.windows))

    def _with_windows(self) -> ClippedExtents:
        """The same with the windows of every real position, which reach over the ends of the tensor."""
        return reduce(ClippedExtents.union, (window.hulls(len(self.clipped)) for window in self.windows), self.real)

    def unclipped_hull(self) -> Interval | None:
        """Return the hull of what all positions depend on, on an unbounded input."""
        ends = None if self.whole is None else self.whole.ends
        return reduce(join, (window.over(len(self.clipped)) for window in self.windows), ends)

    def read(self, reads: AxisReads, size: int) -> AxisField | None:
        """The field of a layer with `size` positions that reads this tensor so; None when it reads nothing."""
        if reads is WholeAxisRead.NOTHING:
            return None
        if isinstance(reads, Taps):
            clipped = self.clipped.read(reads, size)
            if reads.of_whole_axis:
                return AxisField(clipped, (), self._with_windows().read(reads, size))
            windows = merged([window.read(reads) for window in self.windows])
            return AxisField(clipped, windows, self._whole_through(reads, clipped))
        if reads is WholeAxisRead.PAST:
            return AxisField(self.clipped.read_past(), (), self._with_windows().read_past())
        if reads is WholeAxisRead.FUTURE:
            return AxisField(self.clipped.read_future(), (), self._with_windows().read_future())
        clipped = self.clipped.read_all(size)
        windows = self.windows if reads is WholeAxisRead.SELF_AND_ALL else ()
        return AxisField(clipped, windows, self._everything(clipped))

    def _whole_through(self, taps: Taps, clipped: ClippedExtents) -> ClippedExtents | None:
        if self.whole is None or self.whole is self.clipped:
            return None if self.whole is None else clipped
        return self.whole.read(taps, len(clipped))

    def _everything(self, clipped: ClippedExtents) -> ClippedExtents:
        """At every position all that this tensor depends on; `clipped` itself where that is the same."""
        hull = self.unclipped_hull()
        return clipped if hull == clipped.ends else ClippedExtents.all_alike(hull, len(clipped))

    def union(self, others: Sequence[AxisField]) -> AxisField:
        """The field of a layer that reads several tensors."""
        return union((self, *others))


def union(fields: Sequence[AxisField]) -> AxisField:
    """The field of a layer that reads several tensors: position by position the hull of all."""
    if len(fields) == 1:
        return fields[0]
    return AxisField(
        reduce(ClippedExtents.union, (field.clipped for field in fields)),
        merged([window for field in fields for window in field.windows]),
        reduce(ClippedExtents.union, (field.real for field in fields))
        if any(field.whole for field in fields)
        else None,
        all(field.measured for field in fields),
    )


def merged(windows: Sequence[QuasiAffineMap]) -> tuple[QuasiAffineMap, ...]:
    """One map for each rate, slowest first."""
    if len(windows) < 2:
        return tuple(windows)
    first = windows[0]
    if all(each.jump == first.jump and each.period == first.period for each in windows):
        return (reduce(QuasiAffineMap.union, windows),)
    spend(RATE * len(windows))
    by_rate: dict[tuple[int, int], QuasiAffineMap] = {}
    for window in windows:
        rate = window.rate.as_integer_ratio()
        by_rate[rate] = by_rate[rate].union(window) if rate in by_rate else window
    return tuple(sorted(by_rate.values(), key=attrgetter("rate")))


def of_input(size: int) -> AxisField:
    """The field of a network input along one of its axes: every position sees itself."""
    return AxisField(identity(size), (IDENTITY,))
