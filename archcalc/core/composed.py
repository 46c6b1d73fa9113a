"""Runs at the positions that other runs give: what a function becomes that is looked up by another."""

from __future__ import annotations

from bisect import bisect_right
from math import gcd, inf
from typing import TYPE_CHECKING

from archcalc.core.joined import Joined
from archcalc.core.runs import RUN, Runs, sampled
from archcalc.core.work import spend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.core.runs import Part, Pattern, Value


CLOSE = 4
"""Positions of a pattern below so many times their number are looked up in the first stretch of the function."""


LOOK_UP = 3
"""To find the value of a pattern at a position takes as much work as so many values of a pattern."""
SEARCH = 10
"""To find the run of a position takes as much work as so many values of a pattern."""


def composed(function: Runs, index: Runs) -> Runs:
    """`function` at the positions that `index` gives; where that is an infinity, the result is the same infinity."""
    if function.parts == _ITSELF:
        return index
    joined = Joined()
    for count, values, jump in index.counted():
        if len(values) > 1:
            _compose_pattern(function, values, jump, count, joined)
        elif values[0] in (inf, -inf):
            joined.add(count, values, 0)
        else:
            _compose_line(function, int(values[0]), jump, count, joined)
    found = joined.runs(rising=True if function.rising and index.rising else None)
    spend(RUN * len(found.parts))
    return found


_ITSELF: tuple[Part, ...] = (((0,), 1),)


def _compose_line(function: Runs, position: int, step: int, count: int, joined: Joined) -> None:
    """Return `function` at `count` positions, every `step`-th from `first` on."""
    edges, parts = function.edges, function.parts
    run = _run_at(edges, position)
    while count:
        end = edges[run + 1]
        inside = count if step == 0 else min(count, -((position - end) // step))
        values, jump = parts[run]
        if len(values) == 1:
            joined.add(inside, (values[0] + (position - edges[run]) * jump,), step * jump)
        else:
            joined.add(inside, *sampled((values, jump), position - edges[run], step, inside))
        count -= inside
        position += inside * step
        while count and edges[run + 1] <= position:
            run += 1


def _run_at(edges: Sequence[int], position: int) -> int:
    """The run that holds a position."""
    return bisect_right(edges, position) - 1 if position else 0


def clamped(function: Runs, first: int, step: int, count: int) -> Runs:
    """Return `function` at `first`, `first + step` and so on; positions outside its range have its nearest value.

    This common case is computed run by run, without joining what stays the same.
    """
    edges, parts, last = function.edges, function.parts, function.length - 1
    ends: list[int] = [0]
    found: list[Part] = []
    done = min(count, -(first // step)) if first < 0 else 0
    if done:
        found.append((parts[0][0][:1], 0))
        ends.append(done)
    inside = min(count, (last - first) // step + 1)
    position = first + done * step
    run = _run_at(edges, position)
    while done < inside:
        start, (values, jump) = edges[run], parts[run]
        run += 1
        until = min(inside, done - (position - edges[run]) // step)
        if until <= done:
            continue
        if len(values) > 1:
            part = sampled((values, jump), position - start, step, until - done)
        else:
            part = (values[0] + (position - start) * jump,), jump * step
        _add(ends, found, until, part)
        position += (until - done) * step
        done = until
    if done < count:
        _add(ends, found, count, ((function.at(last),), 0))
    spend(RUN * len(found))
    return Runs(tuple(ends), tuple(found), rising=function.rising)


def _add(ends: list[int], parts: list[Part], end: int, part: Part) -> None:
    """Add a run up to a position; one value that stays the same belongs to the run before."""
    if parts and part == parts[-1] and part[1] == 0 and len(part[0]) == 1:
        ends[-1] = end
    else:
        ends.append(end)
        parts.append(part)


def _compose_pattern(function: Runs, values: Pattern, jump: int, count: int, joined: Joined) -> None:
    """Return `function` at positions in a pattern; repeats within one run of `function` are computed together."""
    spend(len(values))
    period = len(values)
    low, high = _bounds(values) or (0, 0)
    repeat, repeats = 0, -(-count // period)
    while repeat < repeats:
        run = min(bisect_right(function.edges, low + repeat * jump), len(function.parts)) - 1
        end = function.edges[run + 1]
        moved = tuple([value + repeat * jump for value in values]) if repeat and jump else values
        left = count - repeat * period
        if high + repeat * jump >= end:
            joined.add(min(left, period), _looked_up(function, moved[:left]), 0)
            repeat += 1
            continue
        inside = repeats - repeat if jump == 0 else min(repeats - repeat, (end - 1 - high) // jump - repeat + 1)
        inner = min(left, inside * period)
        joined.add(inner, *_inside(function.parts[run], function.edges[run], moved, jump, inner))
        repeat += inside


def _bounds(positions: Pattern) -> tuple[int, int] | None:
    """The least and the greatest position of a pattern, infinities left out; None where there are only those."""
    if _finite(positions):
        return int(min(positions)), int(max(positions))
    finite = [int(value) for value in positions if abs(value) != inf]
    return (min(finite), max(finite)) if finite else None


def _looked_up(function: Runs, positions: Pattern) -> Pattern:
    """Return `function` at positions that lie in several of its runs; those close together in one stretch of it."""
    bounds = _bounds(positions)
    if bounds is None:
        return positions
    stop = bounds[1] + 1
    if stop > CLOSE * len(positions):
        spend(SEARCH * len(positions))
        return tuple([value if abs(value) == inf else function.at(int(value)) for value in positions])
    spend(stop)
    stretch = function.stretch(0, stop)
    if _finite(positions):
        return tuple(map(stretch.__getitem__, positions))  # type: ignore[arg-type]
    return tuple([value if abs(value) == inf else stretch[int(value)] for value in positions])


def _inside(part: Part, start: int, positions: Pattern, jump: int, count: int) -> Part:
    """Return a run at positions in a pattern that are all inside it."""
    values, step = part
    period = len(values)
    if period == 1:
        first = values[0]
        if abs(first) == inf:
            return tuple([at if abs(at) == inf else first for at in positions]), 0
        return tuple([at if abs(at) == inf else first + (at - start) * step for at in positions]), jump * step
    repeats = min(period // gcd(period, jump), -(-count // len(positions)))
    spend(LOOK_UP * repeats * len(positions))
    moves = range(-start, repeats * jump - start, jump) if jump else (-start,) * repeats
    found = [value for move in moves for value in _moved_into(values, step, positions, move)]
    return tuple(found), repeats * jump // period * step


def _moved_into(values: Pattern, step: int, positions: Pattern, move: int) -> list[Value]:
    """Values of a run at positions that are counted from its start once they are moved."""
    period = len(values)
    if _finite(positions):
        return [values[at % period] + at // period * step for at in [int(each) + move for each in positions]]
    known = iter(_moved_into(values, step, tuple([at for at in positions if abs(at) != inf]), move))
    return [at if abs(at) == inf else next(known) for at in positions]


def _finite(positions: Pattern) -> bool:
    return abs(min(positions, default=0)) != inf and abs(max(positions, default=0)) != inf
