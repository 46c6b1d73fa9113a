"""The smallest or largest value of a function among the positions that each output reads."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from archcalc.core.composed import composed
from archcalc.core.joined import Joined
from archcalc.core.merged import merged
from archcalc.core.runs import Runs, line

if TYPE_CHECKING:
    from archcalc.core.merged import Pick
    from archcalc.core.reads import Taps
    from archcalc.core.runs import Value


def searched(function: Runs, taps: Taps, size: int, pick: Pick) -> Runs:
    """What `pick` (`min` or `max`) finds among the taps of each output; the infinity it never picks for none.

    Windows of as many taps as the shortest has are searched at every position, by doubling; longer ones are covered by
    several of them.
    """
    nothing = inf if pick(0, 1) == 0 else -inf
    lengths = [len(taps.at(phase)) for phase in range(taps.period)]
    shortest = min((length for length in lengths if length), default=0)
    if not shortest:
        return line(size, nothing, 0)
    before = max(0, -min(taps.first))
    repeats = (size - 1) // taps.period
    top = max(len(function), max(taps.last) + repeats * taps.move + 1)
    table = _table(_padded(function, before, top - len(function), nothing), shortest, taps.step, pick, nothing)
    found = None
    for cover in range(-(-max(lengths) // shortest)):
        index = tuple([
            min(first + cover * shortest * taps.step, last - (shortest - 1) * taps.step) + before
            if first <= last else nothing
            for first, last in zip(taps.first, taps.last, strict=True)
        ])  # fmt: skip
        joined = Joined()
        joined.add(size, index, taps.move)
        part = composed(table, joined.runs())
        found = part if found is None else merged(found, part, pick)
    assert found is not None, "a window has at least one tap"
    return found


def _padded(function: Runs, before: int, after: int, nothing: Value) -> Runs:
    joined = Joined()
    joined.add(before, (nothing,), 0)
    joined.extend(function)
    joined.add(after, (nothing,), 0)
    return joined.runs()


def _table(function: Runs, length: int, step: int, pick: Pick, nothing: Value) -> Runs:
    """Return what `pick` selects among `count` positions from each position on, at distances of `step`."""
    width, table = 1, function
    while 2 * width <= length:
        table = merged(table, _later(table, width * step, nothing), pick)
        width *= 2
    return table if width == length else merged(table, _later(table, (length - width) * step, nothing), pick)


def _later(function: Runs, by: int, nothing: Value) -> Runs:
    """Return the function shifted so that each position has the value of a later one."""
    joined = Joined()
    for run, (start, end) in enumerate(pairwise(function.edges)):
        if end > by:
            first = max(start, by)
            joined.add(end - first, *function.piece(run, first, end - first))
    joined.add(min(by, len(function)), (nothing,), 0)
    return joined.runs()
