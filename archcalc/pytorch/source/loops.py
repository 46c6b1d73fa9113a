"""Runs of equal parts as loops."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from archcalc.pytorch.expressions import Const
from archcalc.pytorch.source.class_body import ClassBody, Loop

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from collections.abc import Set as AbstractSet

    from archcalc.pytorch.source.class_body import Statement, Step
    from archcalc.pytorch.source.tree import Part

NUMBERED = re.compile(r"(.*?)(\d+)")
LONGEST_PERIOD = 4
"""The largest number of different layers in one loop."""


class Pattern(NamedTuple):
    """The parts of a loop: the prefix of their names, the first number, and the number of different parts per step."""

    prefix: str
    start: int
    period: int


def patterns(body: ClassBody) -> set[Pattern]:
    """Return the loops of a body."""
    loops = [step for step in body.steps if isinstance(step, Loop)]
    return {Pattern(loop.prefix, loop.start, len(loop.modules)) for loop in loops}


def folded(part: Part, items: Sequence[Statement], wanted: Collection[Pattern] = ()) -> ClassBody:
    """Return the body of a part, with loops instead of runs of equal parts.

    A loop of a `wanted` pattern is made for a single iteration too, so that the body is equal to those of longer ones.
    """
    kept = {path for path, count in Counter(path for item in items for path in item.reads).items() if count > 1}
    kept.update(part.outputs)
    ends = _chain_ends(items, kept)
    steps: list[Step] = []
    at = 0
    while at < len(items):
        period, turns = _loop_at(items, at, ends[at], wanted)
        looped = items[at : at + period * turns] if turns else items[at : at + 1]
        steps += [_loop(looped, period)] if turns else looped
        at += len(looped)
    return ClassBody(part, tuple(steps))


def _chain_ends(items: Sequence[Statement], kept: AbstractSet[str]) -> list[int]:
    """Return for each item the end of the chain of items that each follow the previous one."""
    ends = list(range(1, len(items) + 1))
    for at in range(len(items) - 2, -1, -1):
        if _follows(items[at], items[at + 1], kept):
            ends[at] = ends[at + 1]
    return ends


def _loop_at(items: Sequence[Statement], at: int, end: int, wanted: Collection[Pattern]) -> tuple[int, int]:
    """Return period and iterations of the loop of most items from `at` to `end`; 0 iterations if there is none."""
    number = NUMBERED.fullmatch(items[at].attribute)
    asked = {pattern.period for pattern in wanted if number and pattern[:2] == (number[1], int(number[2]))}
    found = [(period, _iterations(items, at, end, period)) for period in range(1, LONGEST_PERIOD + 1)]
    able = [each for each in found if each[1] > 1 or (each[1] == 1 and each[0] in asked and items[at].as_module)]
    return max(able, key=lambda each: each[0] * each[1], default=(1, 0))


def _iterations(items: Sequence[Statement], at: int, end: int, period: int) -> int:
    """Return how often the first `period` items are repeated, the first time included."""
    position = at
    while position < end and items[position].as_module == items[at + (position - at) % period].as_module:
        position += 1
    return (position - at) // period


def _follows(one: Statement, other: Statement, kept: AbstractSet[str]) -> bool:
    """Return whether the second has the next number and alone reads the result of the first, and both can be looped."""
    mine, theirs = (NUMBERED.fullmatch(item.attribute) for item in (one, other))
    if mine is None or theirs is None or one.as_module is None or other.as_module is None:
        return False
    in_order = mine[1] == theirs[1] and int(mine[2]) + 1 == int(theirs[2])
    return in_order and other.reads == one.gives and kept.isdisjoint(one.gives)


def _loop(items: Sequence[Statement], period: int) -> Loop:
    match = NUMBERED.fullmatch(items[0].attribute)
    assert match is not None, "only numbered items make a loop"
    stop = Const(int(match[2]) + len(items), "depth")
    modules = tuple(item.as_module for item in items[:period] if item.as_module is not None)
    return Loop(match[1], int(match[2]), stop, modules, items[0].reads, items[-1].gives)
