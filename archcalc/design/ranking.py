"""How good a design is: its goals as numbers of which less is better, and how far it misses requirements."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from archcalc.design.outcomes import limits_of, shortfall

if TYPE_CHECKING:
    from archcalc.design.designs import Design, Designs
    from archcalc.design.model import SearchFile
    from archcalc.design.outcomes import Outcome

Vector = tuple[float, ...]


def vector_of(search: SearchFile, outcome: Outcome) -> Vector:
    """Return the goals of a design that can be built, in order; less is better, and no figure is infinitely bad."""
    figures = outcome.figures or {}
    vector = []
    for goal in search.goals:
        value = figures[goal.measure.label]
        number = next(iter(value.values()), None) if isinstance(value, dict) else value
        vector.append(inf if number is None else -number if goal.largest else number)
    return tuple(vector)


def misses_of(search: SearchFile, designs: Designs, design: Design, outcome: Outcome) -> dict[str, float]:
    """Return how far a design misses each requirement that it does not meet, as parts of what is required."""
    figures = outcome.figures or {}
    misses: dict[str, float] = {}
    for each in search.requirements:
        short = shortfall(figures[each.measure.label], *limits_of(each, designs, design))
        if short:
            label = each.measure.label
            misses[label] = max(short, misses.get(label, 0.0))
    return misses


def dominates(one: Vector, other: Vector) -> bool:
    """Whether a design is as good as another one in all goals, and better in one."""
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
