"""Functions of a position that are regular almost everywhere, kept as runs.

A run is a stretch of positions over which a pattern of values repeats and moves by a fixed jump with each repeat. Most
runs have one value: a straight line. Receptive fields are such functions: a border, a middle that moves by a fixed
step, a border. What is done to them costs time with the number of runs and the length of their patterns, not with the
number of positions.
"""

from __future__ import annotations

from bisect import bisect_right
from math import gcd, inf, lcm
from operator import le, sub
from typing import TYPE_CHECKING

from archcalc.core.work import spend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Value = float
"""An integer as an int, or an infinity: the position has no value. Python compares and adds the two exactly."""

Pattern = tuple[Value, ...]

Part = tuple[Pattern, int]
"""Values that repeat, and by how much each repeat moves; the jump is never negative."""

RUN = 20
"""A run takes as much work as so many values of a pattern."""
LONGEST_FOLD = 4096
"""Lines that repeat are joined to a pattern of at most so many values."""


class Runs:
    """A function on the positions from 0; immutable, equal where the runs are.

    `edges` are the first positions of the runs and the end of the last, `parts` what the runs hold.
    """

    __slots__ = ("_rising", "edges", "length", "parts")

    def __init__(self, edges: Sequence[int], parts: Sequence[Part], *, rising: bool | None = None) -> None:
        self.edges = edges
        self.parts = parts
        self.length = edges[-1]
        self._rising = rising

    def __len__(self) -> int:
        return self.length

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Runs) and self.edges == other.edges and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(tuple(self.edges))

    def __repr__(self) -> str:
        return f"Runs({self.edges}, {self.parts})"

    def at(self, position: int) -> Value:
        """The value at one position."""
        run = bisect_right(self.edges, position) - 1
        values, jump = self.parts[run]
        repeat, phase = divmod(position - self.edges[run], len(values))
        return values[phase] + repeat * jump

    def counted(self) -> Iterator[tuple[int, Pattern, int]]:
        """The runs one after another: how many positions, and what they hold."""
        start = 0
        for end, (values, jump) in zip(self.edges[1:], self.parts, strict=True):
            yield end - start, values, jump
            start = end

    @property
    def rising(self) -> bool:
        """Whether every position has a value, and none is below the one before."""
        if self._rising is None:
            self._rising = self._rises()
        return self._rising

    def _rises(self) -> bool:
        before: Value = -inf
        for count, values, jump in self.counted():
            if values[0] < before or values[0] == -inf:
                return False
            if len(values) == 1:
                before = values[0] + (count - 1) * jump
                continue
            if not _rises(values, jump, count):
                return False
            before = back((values, jump), count, 1)[0]
        return before != inf

    @property
    def least(self) -> Value:
        """The least value: that of a run is in its first repeat, for none moves back."""
        return min(min(values[:count]) for count, values, _ in self.counted())

    @property
    def greatest(self) -> Value:
        """The greatest value: that of a run is among its last values, as many as its pattern has."""
        return max(max(back((values, jump), count, len(values))) for count, values, jump in self.counted())

    def values(self) -> list[Value]:
        """Return the values of all positions, one by one."""
        return [value for count, values, jump in self.counted() for value in expanded((values, jump), count)]

    def piece(self, run: int, first: int, count: int) -> Part:
        """Return `count` positions of a run, from `start` on, as a run."""
        values, jump = self.parts[run]
        if len(values) == 1:
            return (values[0] + (first - self.edges[run]) * jump,), jump
        return sampled((values, jump), first - self.edges[run], 1, count)


def _rises(values: Pattern, jump: int, count: int) -> bool:
    return all(map(le, values, values[1:])) and (count <= len(values) or values[-1] <= values[0] + jump)


def expanded(part: Part, count: int) -> Sequence[Value]:
    """The values of the first positions of a run, one by one."""
    values, jump = part
    if len(values) == 1:
        first = values[0]
        if jump == 0 or first in (inf, -inf):
            return values * count
        return range(int(first), int(first) + count * jump, jump)
    if count <= len(values):
        return values[:count]
    if jump == 0:
        return (values * -(-count // len(values)))[:count]
    return [value + move for move in range(0, -(-count // len(values)) * jump, jump) for value in values][:count]


def back(part: Part, count: int, wanted: int) -> list[Value]:
    """Return the last `count` values of a run in reverse order."""
    values, jump = part
    period = len(values)
    return [values[at % period] + at // period * jump for at in range(count - 1, max(-1, count - 1 - wanted), -1)]


def _moved(values: Pattern, move: int) -> Pattern:
    return values if move == 0 else tuple([value + move for value in values])


def sampled(part: Part, first: int, step: int, count: int) -> Part:
    """Return every `step`-th position of a run from `start` on, as a run; a step of 0 repeats one position."""
    values, jump = part
    period = len(values)
    if period == 1:
        return (values[0] + first * jump,), step * jump
    repeat, phase = divmod(first, period)
    repeats = step // gcd(step, period)
    found = period // gcd(step, period) if step else 1
    found, longest = min(found, count), found
    spend(found)
    if step == 1:
        move = repeat * jump
        head = values[phase : phase + found]
        tail = values[: found - len(head)]
        return _moved(head, move) + _moved(tail, move + jump), jump if found == longest else 0
    sample = tuple(
        values[at % period] + at // period * jump for at in range(first, first + found * step, step)
    ) if step else (values[phase] + repeat * jump,)  # fmt: skip
    return sample, repeats * jump if found == longest else 0


class Joined:
    """Concatenates runs and merges a run that continues the previous one."""

    def __init__(self) -> None:
        self.length = 0
        self._edges: list[int] = []
        self._parts: list[Part] = []

    def add(self, count: int, values: Pattern, jump: int) -> None:
        """Append `count` positions of a run."""
        if count <= 0:
            return
        if len(values) > 1:
            values, jump = _plain(values[:count], jump, count)
        if len(values) == 1 and values[0] in (inf, -inf):
            jump = 0
        parts, edges = self._parts, self._edges
        if not parts or not self._continued(count, values, jump):
            edges.append(self.length)
            parts.append((values, jump))
        self.length += count
        if len(parts) > 1 and self.length - edges[-1] == edges[-1] - edges[-2]:
            self._fold()

    def _continued(self, count: int, values: Pattern, jump: int) -> bool:
        """Whether a run is the continuation of the last one, which then holds it too."""
        before, step = self._parts[-1]
        held = self.length - self._edges[-1]
        period = len(before)
        if period == 1:
            return len(values) == 1 and self._straight_on(before[0], step, held, values[0], jump, count)
        if len(values) == 1:
            if count > period or held <= period:
                return False
        elif len(values) != period or jump != step:
            return False
        return sampled((before, step), held, 1, count)[0] == tuple(expanded((values, jump), min(count, period)))

    def _straight_on(self, first: Value, step: int, held: int, value: Value, jump: int, count: int) -> bool:
        if held > 1:
            return value == first + held * step and (count == 1 or jump == step)
        step = jump if count > 1 else _step(first, value)
        if step < 0 or value != first + step:
            return False
        self._parts[-1] = (first,), step
        return True

    def _fold(self) -> None:
        """Join two lines of the same length and slope to a pattern that repeats."""
        (values, jump), (before, step) = self._parts[-1], self._parts[-2]
        count = self.length - self._edges[-1]
        if len(values) > 1 or len(before) > 1 or jump != step or not 1 < count <= LONGEST_FOLD or abs(before[0]) == inf:
            return
        move = values[0] - before[0]
        if 0 <= move < inf:
            self._parts[-2:] = [(tuple(expanded((before, step), count)), int(move))]
            self._edges.pop()

    def extend(self, runs: Runs) -> None:
        """Add all runs of a function."""
        for run in runs.counted():
            self.add(*run)

    def runs(self, *, rising: bool | None = None) -> Runs:
        """All that was added; `rising` where that is known."""
        return Runs((*self._edges, self.length), tuple(self._parts), rising=rising)


def _step(first: Value, second: Value) -> int:
    """From one value to the next; 0 between two positions without a value, below 0 where there is none."""
    if first == second:
        return 0
    return -1 if inf in (abs(first), abs(second)) else int(second - first)


def _plain(values: Pattern, jump: int, count: int) -> Part:
    """A pattern that is a line as a line; one that does not repeat has no jump."""
    period = len(values)
    if period == 1:
        return values, 0
    jump = jump if count > period else 0
    step = _step(values[0], values[1])
    if step >= 0 and (count <= period or step * period == jump) and _is_line(values, step):
        return values[:1], step
    return values, jump


def _is_line(values: Pattern, step: int) -> bool:
    if values[-1] != values[0] + (len(values) - 1) * step:
        return False
    return values == tuple(expanded((values[:1], step), len(values)))


def runs_of(values: Iterable[Value]) -> Runs:
    """A function from the values of its positions."""
    joined = Joined()
    for value in values:
        joined.add(1, (value,), 0)
    return joined.runs()


def line(length: int, first: Value = 0, step: int = 1) -> Runs:
    """A function that moves by the same step from each position to the next."""
    return Runs((0, length), (((first,), step),))


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
    run = bisect_right(edges, position) - 1 if position else 0
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


def clamped(function: Runs, first: int, step: int, count: int) -> Runs:
    """Return `function` at `first`, `first + step` and so on; positions outside its range have its nearest value.

    This common case is computed run by run, without joining what stays the same.
    """
    edges, parts, length = function.edges, function.parts, function.length
    before = min(count, max(0, -(first // step)))
    inside = min(count, max(before, (length - 1 - first) // step + 1))
    done, found, position = before, [(parts[0][0][:1], 0)] if before else [], first + before * step
    ends = [0, before] if before else [0]
    run = bisect_right(edges, position) - 1 if position else 0
    while done < inside:
        until = min(inside, done - (position - edges[run + 1]) // step)
        values, jump = parts[run]
        if len(values) > 1:
            part = sampled((values, jump), position - edges[run], step, until - done)
        else:
            part = (values[0] + (position - edges[run]) * jump,), jump * step
        if found and part == found[-1] and part[1] == 0:
            ends[-1] = until
        else:
            ends.append(until)
            found.append(part)
        position += (until - done) * step
        done = until
        while done < inside and edges[run + 1] <= position:
            run += 1
    if inside < count:
        values, jump = parts[-1]
        held = length - edges[-2]
        last = values[0] + (held - 1) * jump if len(values) == 1 else function.at(length - 1)
        part = (last,), 0
        if found and part == found[-1]:
            ends[-1] = count
        else:
            ends.append(count)
            found.append(part)
    spend(RUN * len(found))
    return Runs(tuple(ends), tuple(found), rising=function.rising)


def _compose_pattern(function: Runs, values: Pattern, jump: int, count: int, joined: Joined) -> None:
    """Return `function` at positions in a pattern; repeats within one run of `function` are computed together."""
    spend(len(values))
    period = len(values)
    finite = [int(value) for value in values if abs(value) != inf]
    low, high = (min(finite), max(finite)) if finite else (0, 0)
    repeat, repeats = 0, -(-count // period)
    while repeat < repeats:
        run = min(bisect_right(function.edges, low + repeat * jump), len(function.parts)) - 1
        end = function.edges[run + 1]
        moved = tuple([value + repeat * jump for value in values]) if repeat and jump else values
        left = count - repeat * period
        if high + repeat * jump >= end:
            joined.add(min(left, period), tuple([_at(function, value) for value in moved[:left]]), 0)
            repeat += 1
            continue
        inside = repeats - repeat if jump == 0 else min(repeats - repeat, (end - 1 - high) // jump - repeat + 1)
        inner = min(left, inside * period)
        joined.add(inner, *_inside(function.parts[run], function.edges[run], moved, jump, inner))
        repeat += inside


def _at(function: Runs, value: Value) -> Value:
    return value if abs(value) == inf else function.at(int(value))


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
    spend(repeats * len(positions))
    found: list[Value] = []
    for move in range(repeats):
        for at in positions:
            if abs(at) == inf:
                found.append(at)
            else:
                repeat, phase = divmod(int(at) + move * jump - start, period)
                found.append(values[phase] + repeat * step)
    return tuple(found), repeats * jump // period * step


def merged(first: Runs, second: Runs, pick: Callable[[Value, Value], Value]) -> Runs:
    """Position by position the smaller (`min`) or the larger (`max`) of two functions of the same length."""
    if first is second or first == second:
        return first
    joined = Joined()
    for one, other, start, count in _overlaid(first, second):
        _merge(first.piece(one, start, count), second.piece(other, start, count), count, pick, joined)
    found = joined.runs()
    spend(RUN * len(found.parts))
    return found


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


def _merge(one: Part, other: Part, count: int, pick: Callable[[Value, Value], Value], joined: Joined) -> None:
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


def _cross(one: Part, other: Part, count: int, pick: Callable[[Value, Value], Value], joined: Joined) -> None:
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
    first, last = max(0, min(first - 1, repeats)), max(0, min(last + 1, repeats))
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
    ends, others = low.edges, high.edges
    one = other = start = 0
    while start < low.length:
        stop = min(ends[one + 1], others[other + 1])
        (lows, jump), (highs, step) = low.parts[one], high.parts[other]
        if len(lows) == 1 == len(highs):
            at = stop - 1 if step > jump else start
            distance = highs[0] + (at - others[other]) * step - lows[0] - (at - ends[one]) * jump
            found: Iterable[tuple[Value, int]] = ((distance, at - start),)
        else:
            count = stop - start
            found = _distances(low.piece(one, start, count), high.piece(other, start, count), count)
        for distance, at in found:
            if distance > best:
                best, place = int(distance), start + at
        one += ends[one + 1] == stop
        other += others[other + 1] == stop
        start = stop
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
