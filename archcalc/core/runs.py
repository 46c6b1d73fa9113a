"""Functions of a position that are regular almost everywhere, kept as runs.

A run is a stretch of positions over which a pattern of values repeats and moves by a fixed jump with each repeat. Most
runs have one value: a straight line. Receptive fields are such functions: a border, a middle that moves by a fixed
step, a border. What is done to them costs time with the number of runs and the length of their patterns, not with the
number of positions.
"""

from __future__ import annotations

from bisect import bisect_right
from math import gcd, inf
from operator import le
from typing import TYPE_CHECKING

from archcalc.core.work import spend

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Value = float
"""An integer as an int, or an infinity: the position has no value. Python compares and adds the two exactly."""

Pattern = tuple[Value, ...]

Part = tuple[Pattern, int]
"""Values that repeat, and by how much each repeat moves; the jump is never negative."""

SLICED = 8
"""So many values that are handed on as they are take as much work as one that is computed."""
RUN = 20
"""A run takes as much work as so many values of a pattern."""


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
        if self._rising:
            return self.parts[0][0][0]
        return min(min(values[:count]) for count, values, _ in self.counted())

    @property
    def greatest(self) -> Value:
        """The greatest value: that of a run is among its last values, as many as its pattern has."""
        if self._rising:
            return self.at(self.length - 1)
        return max(max(back((values, jump), count, len(values))) for count, values, jump in self.counted())

    def values(self) -> list[Value]:
        """Return the values of all positions, one by one."""
        return [value for count, values, jump in self.counted() for value in expanded((values, jump), count)]

    def stretch(self, first: int, stop: int) -> list[Value]:
        """Return the values of the positions from `first` to before `stop`, one by one."""
        values: list[Value] = []
        run = bisect_right(self.edges, first) - 1
        while first < stop:
            end = min(stop, self.edges[run + 1])
            values += expanded(self.piece(run, first, end - first), end - first)
            first, run = end, run + 1
        return values

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
    if move == 0:
        return values
    spend(len(values) // 2)
    return tuple([value + move for value in values])


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
    spend(found // SLICED if step == 1 else 2 * found)
    if step == 1:
        move = repeat * jump
        head = values[phase : phase + found]
        tail = values[: found - len(head)]
        return _moved(head, move) + _moved(tail, move + jump), jump if found == longest else 0
    sample = tuple(
        values[at % period] + at // period * jump for at in range(first, first + found * step, step)
    ) if step else (values[phase] + repeat * jump,)  # fmt: skip
    return sample, repeats * jump if found == longest else 0


def line(length: int, first: Value = 0, step: int = 1) -> Runs:
    """A function that moves by the same step from each position to the next."""
    return Runs((0, length), (((first,), step),), rising=step >= 0 and abs(first) != inf)
