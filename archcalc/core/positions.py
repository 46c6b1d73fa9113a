"""Sets of positions along one axis, kept as arithmetic progressions, so that long axes cost no more than short ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise
from math import lcm
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHORT = 64
"""Largest gap of a progression that is split into positions when sets are united."""


@dataclass(frozen=True, slots=True)
class Positions:
    """A set of positions: disjoint `range`s with positive steps, sorted by their first position.

    `of` builds one from any ranges. Iterating gives the positions run by run.
    """

    runs: tuple[range, ...]

    @classmethod
    def of(cls, ranges: Iterable[range]) -> Positions:
        """Return the union of some ranges, which may overlap; each has a positive step."""
        dense: list[range] = []
        sparse: list[range] = []
        for each in ranges:
            if each.step == 1 or len(each) <= 1:
                dense.append(range(each.start, each.start + len(each)))
            elif len(each) <= SHORT:
                dense.extend(range(position, position + 1) for position in each)
            else:
                sparse.append(each)
        merged = _merged(dense)
        return cls(tuple(_joined(_swept(merged, sparse) if sparse else merged)))

    @property
    def first(self) -> int:
        """The lowest position of a set that is not empty."""
        return self.runs[0].start

    @property
    def last(self) -> int:
        """The highest position of a set that is not empty."""
        return max(run[-1] for run in self.runs)

    @property
    def count(self) -> int:
        """How many positions there are."""
        return sum(map(len, self.runs))

    def __bool__(self) -> bool:
        return bool(self.runs)

    def __contains__(self, position: object) -> bool:
        return any(position in run for run in self.runs)

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self.runs)

    def union(self, other: Positions) -> Positions:
        """Return the positions of either set."""
        return self if other == self else Positions.of((*self.runs, *other.runs))

    def __str__(self) -> str:
        return ", ".join(map(_run_text, self.runs)) or "none"


def _run_text(run: range) -> str:
    if len(run) == 1:
        return str(run.start)
    return f"{run.start} to {run[-1]}" + (f" by {run.step}" if run.step > 1 else "")


def _merged(dense: list[range]) -> list[range]:
    """Ranges of step 1, sorted, those that overlap or touch made one."""
    merged: list[range] = []
    for each in sorted((each for each in dense if each), key=lambda each: each.start):
        if merged and each.start <= merged[-1].stop:
            merged[-1] = range(merged[-1].start, max(merged[-1].stop, each.stop))
        else:
            merged.append(each)
    return merged


def _swept(dense: list[range], sparse: list[range]) -> list[range]:
    """The union of ranges of step 1 and others: between two ends of ranges it repeats after the steps' multiple."""
    period = lcm(*(each.step for each in sparse))
    everything = [*dense, *sparse]
    cuts = sorted({end for each in everything for end in (each.start, each[-1] + 1)})
    pieces: list[range] = []
    for start, stop in pairwise(cuts):
        active = [each for each in everything if each.start <= start and each[-1] + 1 >= stop]
        pieces += _pattern(active, start, stop, period)
    return sorted(pieces, key=lambda each: each.start)


def _pattern(active: list[range], start: int, stop: int, period: int) -> list[range]:
    if any(each.step == 1 for each in active):
        return [range(start, stop)]
    once = min(stop, start + period)
    found = sorted({position for each in active for position in _within(each, start, once)})
    gaps = {after - before for before, after in pairwise((*found, found[0] + period))} if found else set()
    if len(found) == once - start:
        return [range(start, stop)]
    step = gaps.pop() if len(gaps) == 1 else period
    repeated = (range(position, stop, step) for position in (found[:1] if step < period else found))
    return [each if len(each) > 1 else range(each.start, each.start + 1) for each in repeated]


def _within(run: range, start: int, stop: int) -> range:
    return range(start + (run.start - start) % run.step, stop, run.step)


def _joined(runs: list[range]) -> list[range]:
    """Sorted disjoint ranges, those that follow one another with the same step made one."""
    joined: list[range] = []
    following: dict[int, int] = {}
    for run in runs:
        at = following.pop(run.start, None)
        if at is not None and _fits(joined[at], run):
            joined[at] = range(joined[at].start, run[-1] + 1, joined[at].step)
        elif joined and _begins(joined[-1], run):
            at, step = len(joined) - 1, run.start - joined[-1].start
            joined[at] = range(joined[at].start, run[-1] + 1, step)
        else:
            at = len(joined)
            joined.append(run)
        following[joined[at][-1] + joined[at].step] = at
    return joined


def _fits(run: range, more: range) -> bool:
    return len(more) == 1 or more.step == run.step


def _begins(single: range, run: range) -> bool:
    """Whether a lone position and what comes next make a progression."""
    gap = run.start - single.start
    return len(single) == 1 and (len(run) == 1 or run.step == gap)
