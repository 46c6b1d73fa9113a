"""Exactly which positions of a tensor some positions of a later one read, along one axis, gaps included."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from math import lcm
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.positions import Positions
from archcalc.core.reads import AxisReads, Taps, WholeAxisRead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NONE = Positions(())


@dataclass(frozen=True, eq=False, slots=True)
class ReadTrace:
    """How a tensor with `size` positions came from the source, step by step; the source itself has no steps.

    Each of the `parts` is a trace that is read, and how. `depth` is larger than that of every part. Compared by
    identity.
    """

    holds_what_it_reads: ClassVar[bool] = True

    size: int
    parts: tuple[tuple[ReadTrace, AxisReads], ...] = ()
    depth: int = 0

    def __len__(self) -> int:
        """Return the positions of the tensor along the axis."""
        return self.size

    def read(self, reads: AxisReads, size: int) -> ReadTrace | None:
        """Return the trace of a layer with `size` positions that reads the tensor so; None when it reads nothing."""
        if reads is WholeAxisRead.NOTHING:
            return None
        return ReadTrace(size, ((self, reads),), self.depth + 1)

    def union(self, others: Sequence[ReadTrace]) -> ReadTrace:
        """Return the trace of a layer that reads several tensors position by position."""
        together = (self, *others)
        parts = tuple((each, _OWN) for each in together)
        return ReadTrace(self.size, parts, 1 + max(each.depth for each in together))

    def back(self, positions: Positions) -> Positions:
        """Return the positions of the source that these positions read; none where they read padding alone."""
        wanted: dict[ReadTrace, Positions] = {self: positions}
        deepest = [(-self.depth, 0, self)]
        while deepest:
            trace = heappop(deepest)[2]
            if not trace.parts:
                return wanted[trace]
            chosen = wanted.pop(trace)
            for part, reads in trace.parts:
                found = positions_taken(chosen, reads, part.size)
                if not found:
                    continue
                if part not in wanted:
                    heappush(deepest, (-part.depth, id(part), part))
                wanted[part] = found.union(wanted.get(part, NONE))
        return NONE


_OWN = Taps((0,), (0,))


def positions_taken(positions: Positions, reads: AxisReads, size: int) -> Positions:
    """Return which of `size` positions of a tensor are read for some positions of a layer."""
    if not positions or reads is WholeAxisRead.NOTHING:
        return NONE
    if isinstance(reads, Taps):
        return Positions.of(_within(each, size) for run in positions.runs for each in _taken(run, reads))
    first = positions.first if reads is WholeAxisRead.FUTURE else 0
    last = positions.last if reads is WholeAxisRead.PAST else size - 1
    return Positions.of([_within(range(first, last + 1), size)])


def _taken(run: range, taps: Taps) -> Iterator[range]:
    """Return what the positions of a run read, padding included, as progressions."""
    apart = lcm(run.step, taps.period)
    for start in range(run.start, min(run.stop, run.start + apart), run.step):
        count = len(range(start, run.stop, apart))
        first, step = taps.at(start), apart // taps.period * taps.move
        if first:
            yield from _moved(first, step, count)


def _moved(taps: range, step: int, count: int) -> Iterator[range]:
    """Return taps, and the same moved by one step, two and so on up to `count` of them, as few progressions."""
    reach = (count - 1) * step
    if reach == 0:
        yield taps
    elif step % taps.step == 0 and step <= len(taps) * taps.step:
        yield range(taps.start, taps[-1] + reach + 1, taps.step)
    elif taps.step % step == 0 and taps.step <= count * step:
        yield range(taps.start, taps[-1] + reach + 1, step)
    elif len(taps) <= count:
        yield from (range(tap, tap + reach + 1, step) for tap in taps)
    else:
        yield from (range(taps.start + move, taps[-1] + move + 1, taps.step) for move in range(0, reach + 1, step))


def _within(run: range, size: int) -> range:
    """Return the positions of a progression that are no padding."""
    skipped = max(0, -(run.start // run.step)) if run.start < 0 else 0
    return range(run.start + skipped * run.step, min(run.stop, size), run.step)
