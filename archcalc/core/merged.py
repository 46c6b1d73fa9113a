"""Two functions kept as runs, position by position: the smaller or the larger of both, and their distance."""

from __future__ import annotations

from math import inf, lcm
from operator import sub
from typing import TYPE_CHECKING

from archcalc.core.joined import Joined
from archcalc.core.runs import RUN, Runs, expanded
from archcalc.core.work import spend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archcalc.core.runs import Part, Pattern, Value

    Pick = Callable[[Value, Value], Value]


def merged(first: Runs, second: Runs, pick: Pick) -> Runs:
    """Position by position the smaller (`min`) or the larger (`max`) of two functions of the same length."""
    if first is second or first == second:
        return first
    everywhere = _with_a_constant(first, second, pick) or _with_a_constant(second, first, pick)
    if everywhere is not None:
        return everywhere
    joined = Joined()
    for one, other, start, count in _overlaid(first, second):
        _merge(first.piece(one, start, count), second.piece(other, start, count), count, pick, joined)
    found = joined.runs()
    spend(RUN * len(found.parts))
    return found


def _with_a_constant(constant: Runs, other: Runs, pick: Pick) -> Runs | None:
    """Whichever is picked at all positions, where one function has a single value; None where both are."""
    values, jump = constant.parts[0]
    if len(constant.parts) > 1 or len(values) > 1 or jump:
        return None
    value, ends = values[0], (other.least, other.greatest)
    if all(pick(value, end) == value for end in ends):
        return constant
    return other if all(pick(value, end) == end for end in ends) else None


def _overlaid(first: Runs, second: Runs) -> Iterator[tuple[int, int, int, int]]:
    """Yield the ranges that are inside one run of each function: both runs, first position and length."""
    ends, others = first.edges, second.edges
    one = other = start = 0
    while start < first.length:
        end, stop = ends[one + 1], others[other + 1]
        upto = min(end, stop)
        yield one, other, start, upto - start
        one += end == upto
        other += stop == upto
        start = upto


def _merge(one: Part, other: Part, count: int, pick: Pick, joined: Joined) -> None:
    period = min(count, lcm(len(one[0]), len(other[0])))
    spend(period)
    first, second = _repeated(one, period, count), _repeated(other, period, count)
    (mine, jump), (theirs, step) = first, second
    if period == count or jump == step:
        joined.add(count, tuple(map(pick, mine, theirs)), jump)
    elif _nothing(mine) or _nothing(theirs):
        joined.add(count, *(second if _nothing(mine) else first))
    else:
        _cross(first, second, count, pick, joined)


def _nothing(values: Pattern) -> bool:
    return abs(values[0]) == inf and values.count(values[0]) == len(values)


def _repeated(part: Part, period: int, count: int) -> Part:
    """The same run with a longer pattern."""
    values, jump = part
    if len(values) == period:
        return part
    return tuple(expanded(part, period)), 0 if period == count else period // len(values) * jump


def _cross(one: Part, other: Part, count: int, pick: Pick, joined: Joined) -> None:
    """Two runs of different slopes: before all crossings the one is picked, after them the other, between them both."""
    (mine, jump), (theirs, step) = one, other
    period = len(mine)
    ahead = [a - b for a, b in zip(mine, theirs, strict=True) if abs(a) != inf and abs(b) != inf]
    repeats = -(-count // period)
    partly = len(ahead) < period  # some phases have no value on one side: no slope is that of all
    if jump > step:
        crossings = [-int(difference // (jump - step)) for difference in ahead]
    else:
        crossings = [-int(-difference // (step - jump)) for difference in ahead]
    first, last = (0, repeats) if partly else (min(crossings), max(crossings))
    first, last = max(0, min(first, repeats)), max(0, min(last + 1, repeats))
    spend((last - first) * period)
    for start, stop in ((0, first), (first, last), (last, repeats)):
        inner = min(count, stop * period) - start * period
        if inner <= 0:
            continue
        left = tuple([value + start * jump for value in mine]), jump
        right = tuple([value + start * step for value in theirs]), step
        if (start, stop) == (first, last):
            joined.add(inner, tuple(map(pick, expanded(left, inner), expanded(right, inner))), 0)
        else:
            joined.add(inner, *(left if pick(left[0][0], right[0][0]) == left[0][0] else right))


def widest(low: Runs, high: Runs) -> tuple[int, int]:
    """The largest distance from the one function up to the other, and the first position where it is; -1 for none."""
    best, place = -1, 0
    ends, others, lines, highs = low.edges, high.edges, low.parts, high.parts
    one = other = start = 0
    while start < low.length:
        end, stop = ends[one + 1], others[other + 1]
        upto = min(end, stop)
        (mine, jump), (theirs, step) = lines[one], highs[other]
        if len(mine) == 1 == len(theirs):
            at = upto - 1 if step > jump else start
            distance = theirs[0] + (at - others[other]) * step - mine[0] - (at - ends[one]) * jump
            if distance > best:
                best, place = int(distance), at
        else:
            count = upto - start
            for distance, at in _distances(low.piece(one, start, count), high.piece(other, start, count), count):
                if distance > best:
                    best, place = int(distance), start + at
        one += end == upto
        other += stop == upto
        start = upto
    return best, place


def _distances(lo: Part, hi: Part, count: int) -> Iterable[tuple[Value, int]]:
    """The largest distance in the first repeat of two runs and in the last, which are the largest of all."""
    period = min(count, lcm(len(lo[0]), len(hi[0])))
    spend(period)
    (lows, jump), (highs, step) = _repeated(lo, period, count), _repeated(hi, period, count)
    found = [_largest(list(map(sub, highs, lows)), 0)]
    repeats, rest = divmod(count, period)
    if step > jump and count > period:
        last = [
            b - a + (step - jump) * (repeats if phase < rest else repeats - 1)
            for phase, (a, b) in enumerate(zip(lows, highs, strict=True))
        ]
        distance, phase = _largest(last, 0)
        found.append((distance, phase + period * (repeats if phase < rest else repeats - 1)))
    return found


def _largest(distances: list[Value], start: int) -> tuple[Value, int]:
    largest = max(distances)
    return largest, start + distances.index(largest)
