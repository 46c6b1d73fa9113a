"""Which positions of a tensor depend on some positions of another, along one axis."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.positions import Positions
from archcalc.core.reads import AxisReads, Taps, WholeAxisRead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class ReachedAxis:
    """The positions, of `size` along the axis, that depend on the source: exact, holes included, and never none."""

    holds_what_it_reads: ClassVar[bool] = False  # not made use of: a union of positions is cheap

    size: int
    positions: Positions

    def __len__(self) -> int:
        """Positions of the tensor along the axis, reached or not."""
        return self.size

    def read(self, reads: AxisReads, size: int) -> ReachedAxis | None:
        """Return what is reached of a layer with `size` positions that reads the tensor so; None for nothing."""
        if reads is WholeAxisRead.NOTHING:
            return None
        if isinstance(reads, Taps):
            positions = image(self.positions, reads, size)
        else:
            first = self.positions.first if reads is WholeAxisRead.PAST else 0
            last = self.positions.last if reads is WholeAxisRead.FUTURE else size - 1
            positions = Positions.of([range(first, last + 1)])
        return ReachedAxis(size, positions) if positions else None

    def union(self, others: Sequence[ReachedAxis]) -> ReachedAxis:
        """Return what is reached of a layer through several tensors."""
        return ReachedAxis(self.size, Positions.of(run for each in (self, *others) for run in each.positions.runs))


def image(positions: Positions, taps: Taps, size: int) -> Positions:
    """Return which of `size` outputs read any of the positions."""
    if taps.period > 1 and _sliding(taps) and all(run.step == 1 for run in positions.runs):
        return Positions.of(_between(run, taps, size) for run in positions.runs)
    return Positions.of(
        outputs
        for phase in range(taps.period)
        for taps_of_phase in _groups(taps.at(phase))
        for run in positions.runs
        for iterations in _iterations(run, taps_of_phase, taps.move, -(-(size - phase) // taps.period))
        for outputs in [_outputs(iterations, taps.period, phase)]
    )


def _outputs(iterations: range, period: int, phase: int) -> range:
    """Return the outputs `iteration * period + phase` for a progression of iterations."""
    return range(iterations.start * period + phase, iterations.stop * period + phase, iterations.step * period)


def _groups(taps: range) -> list[tuple[int, int]]:
    """First and last of the taps that follow one another without a gap."""
    if not taps:
        return []
    return [(taps[0], taps[-1])] if taps.step == 1 else [(tap, tap) for tap in taps]


def _iterations(run: range, taps: tuple[int, int], move: int, count: int) -> Iterator[range]:
    """Return the iterations q below `count` for which some q * step + tap is in the run."""
    first, last = taps
    if move == 0:
        if any(tap in run for tap in range(first, last + 1)):
            yield range(count)
    elif last - first + 1 >= run.step or len(run) == 1:
        yield range(max(0, -((last - run.start) // move)), min(count, (run[-1] - first) // move + 1))
    else:
        for tap in range(first, last + 1):
            yield _congruent(run, tap, move, count)


def _congruent(run: range, tap: int, move: int, count: int) -> range:
    """Return the iterations q below `count` for which q * step + tap is a position of the run."""
    common = gcd(move, run.step)
    offset, rest = divmod(run.start - tap, common)
    if rest:
        return range(0)
    step = run.step // common
    residue = offset * pow(move // common, -1, step) % step if step > 1 else 0
    lowest = max(0, -((tap - run.start) // move))
    highest = min(count - 1, (run[-1] - tap) // move)
    return range(lowest + (residue - lowest) % step, highest + 1, step)


@lru_cache(maxsize=256)
def _sliding(taps: Taps) -> bool:
    """Whether outputs read intervals whose ends never move back."""
    phases = [taps.at(phase) for phase in range(taps.period)]
    if not all(phases) or any(phase[-1] - phase[0] >= len(phase) for phase in phases):
        return False
    following = pairwise((*phases, taps.at(taps.period)))
    return all(before[0] <= after[0] and before[-1] <= after[-1] for before, after in following)


def _between(run: range, taps: Taps, size: int) -> range:
    """The outputs whose interval meets the run, when the intervals never move back."""
    outputs = range(size)
    start = bisect_left(outputs, run.start, key=lambda output: taps.at(output)[-1])
    return range(start, bisect_right(outputs, run[-1], key=lambda output: taps.at(output)[0]))
