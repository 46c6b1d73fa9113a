"""Equal iterations of a repeat as loops."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from archcalc.pytorch.expressions import Const
from archcalc.pytorch.source.class_body import ClassBody, Loop
from archcalc.pytorch.source.names import numbered

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from collections.abc import Set as AbstractSet

    from archcalc.core.scopes import Scope
    from archcalc.pytorch.source.class_body import Statement, Step
    from archcalc.pytorch.source.tree import Part

LONGEST_PERIOD = 4
"""The largest number of different iterations in one loop."""


class Pattern(NamedTuple):
    """The names in a loop, a prefix and numbers from `start`; and how many iterations differ, which are one step."""

    prefix: str
    start: int
    period: int


def patterns(body: ClassBody) -> set[Pattern]:
    """Return the loops of a body."""
    loops = [step for step in body.steps if isinstance(step, Loop)]
    return {Pattern(loop.prefix, loop.start, len(loop.modules)) for loop in loops}


def folded(part: Part, items: Sequence[Statement], wanted: Collection[Pattern] = ()) -> ClassBody:
    """Return the body of a part, with loops instead of equal iterations of repeats.

    A loop of a `wanted` pattern is made for a single iteration too, so that the body is equal to those of longer ones.
    """
    kept = {path for path, count in Counter(path for item in items for path in item.reads).items() if count > 1}
    kept.update(part.outputs)
    ends = _chain_ends(items, kept)
    steps: list[Step] = []
    at = 0
    while at < len(items):
        period, times = _loop_at(items, at, ends[at], wanted)
        looped = items[at : at + period * times] if times else items[at : at + 1]
        steps += [_loop(looped, period)] if times else looped
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
    name = numbered(items[at].attribute)
    asked = {pattern.period for pattern in wanted if (pattern.prefix, pattern.start) == name and items[at].iteration}
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
    """Return whether the second is the next iteration, alone reads the result of the first, and both can be looped."""
    name, next_name = numbered(one.attribute), numbered(other.attribute)
    if one.as_module is None or other.as_module is None or name is None or not _is_next(one.iteration, other.iteration):
        return False
    return next_name == (name[0], name[1] + 1) and other.reads == one.gives and kept.isdisjoint(one.gives)


def _is_next(one: Scope | None, other: Scope | None) -> bool:
    """Return whether the second is the iteration after the first, of the same repeat."""
    if one is None or other is None or one.index is None or one.parent is not other.parent:
        return False
    return other.index == one.index + 1


def _loop(items: Sequence[Statement], period: int) -> Loop:
    name = numbered(items[0].attribute)
    assert name is not None, "only numbered items make a loop"
    prefix, start = name
    modules = tuple(item.as_module for item in items[:period] if item.as_module is not None)
    return Loop(prefix, start, Const(start + len(items), "depth"), modules, items[0].reads, items[-1].gives)
