"""Equal parts in a row as loops."""

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
"""So many layers may take turns in a loop."""


class Pattern(NamedTuple):
    """The parts that a loop takes up: their name before the number, the first number, how many take turns."""

    prefix: str
    start: int
    period: int


def patterns(body: ClassBody) -> set[Pattern]:
    """The loops of a body."""
    loops = [step for step in body.steps if isinstance(step, Loop)]
    return {Pattern(loop.prefix, loop.start, len(loop.modules)) for loop in loops}


def folded(part: Part, items: Sequence[Statement], wanted: Collection[Pattern] = ()) -> ClassBody:
    """The body of a part, with loops in place of equal parts in a row as far as they go.

    A loop of a `wanted` pattern stands for a single turn too, so that the body is like those of longer ones.
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
    """For each item, where the chain of items ends that each follow the one before."""
    ends = list(range(1, len(items) + 1))
    for at in range(len(items) - 2, -1, -1):
        if _follows(items[at], items[at + 1], kept):
            ends[at] = ends[at + 1]
    return ends


def _loop_at(items: Sequence[Statement], at: int, end: int, wanted: Collection[Pattern]) -> tuple[int, int]:
    """The period and iterations of the loop that takes most items from `at` to `end`; none where there is no loop."""
    number = NUMBERED.fullmatch(items[at].attribute)
    asked = {pattern.period for pattern in wanted if number and pattern[:2] == (number[1], int(number[2]))}
    found = [(period, _iterations(items, at, end, period)) for period in range(1, LONGEST_PERIOD + 1)]
    able = [each for each in found if each[1] > 1 or (each[1] == 1 and each[0] in asked and items[at].as_module)]
    return max(able, key=lambda each: each[0] * each[1], default=(1, 0))


def _iterations(items: Sequence[Statement], at: int, end: int, period: int) -> int:
    """How often the first `period` items come again in a row, themselves included."""
    position = at
    while position < end and items[position].as_module == items[at + (position - at) % period].as_module:
        position += 1
    return (position - at) // period


def _follows(one: Statement, other: Statement, kept: AbstractSet[str]) -> bool:
    """Whether the second is numbered behind the first and alone reads what that gives, and both may be in a loop."""
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
