"""What every position of a tensor reads along one axis, all at once: a bit for each position of the input."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from archcalc.core.reads import Taps, WholeAxisRead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.core.read_trace import ReadTrace
    from archcalc.core.reads import AxisReads

MOST_BITS = 4_000_000
"""Of one tensor; a longer axis is described by both ends alone."""

MOST_READS = 2_000_000
"""Of all tensors together; from there on they are described by both ends alone."""

Masks = list[int]


class EveryPosition:
    """Masks of traces that lead back to inputs; a trace that several layers share is worked out once."""

    def __init__(self) -> None:
        self._known: dict[ReadTrace, Masks | None] = {}
        self._left = MOST_READS

    def of(self, trace: ReadTrace) -> Masks | None:
        """Return for each position a number whose bit p is set where it reads position p of the input.

        None where that takes more than is left of the work.
        """
        waiting = [trace]
        while waiting:
            last = waiting[-1]
            missing = [part for part, _ in last.parts if part not in self._known]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if last not in self._known:
                self._known[last] = self._masks(last)
        return self._known[trace]

    def _masks(self, trace: ReadTrace) -> Masks | None:
        if not trace.parts:
            return [1 << position for position in range(trace.size)]
        found = [0] * trace.size
        for part, reads in trace.parts:
            masks = self._known[part]
            if masks is None:
                return None
            self._left -= trace.size * (min(reads.longest, len(masks)) if isinstance(reads, Taps) else 1)
            if self._left < 0:
                return None
            found = [one | other for one, other in zip(found, _read(masks, reads, trace.size), strict=True)]
        return found


def _read(masks: Sequence[int], reads: AxisReads, size: int) -> Masks:
    if isinstance(reads, Taps):
        inside = (reads.inside(position, len(masks)) for position in range(size))
        return [reduce(or_, (masks[at] for at in taps), 0) for taps in inside]
    if reads is WholeAxisRead.PAST:
        return _accumulated(masks)
    if reads is WholeAxisRead.FUTURE:
        return _accumulated(masks[::-1])[::-1]
    return [reduce(or_, masks, 0)] * size


def _accumulated(masks: Sequence[int]) -> Masks:
    found, so_far = [], 0
    for mask in masks:
        so_far |= mask
        found.append(so_far)
    return found


def runs_of(mask: int) -> list[tuple[int, int]]:
    """Return the first and the last position of each run of set bits."""
    return list(_runs(mask))


def _runs(mask: int) -> Iterator[tuple[int, int]]:
    at = 0
    while mask:
        empty = (mask & -mask).bit_length() - 1
        at, mask = at + empty, mask >> empty
        count = (~mask & (mask + 1)).bit_length() - 1
        yield at, at + count - 1
        at, mask = at + count, mask >> count
