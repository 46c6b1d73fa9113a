"""Runs that are put one after another; those that continue each other become one."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from archcalc.core.runs import Runs, expanded, sampled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.core.runs import Part, Pattern, Value

LONGEST_FOLD = 4096
"""Lines that repeat are joined to a pattern of at most so many values."""


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
