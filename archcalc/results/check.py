"""What `check` finds of a spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.core.problem import Problem


@dataclass(frozen=True, slots=True)
class CheckedSpec:
    """A spec as it was named, its problems, and, where it can be used, how many layers it has and warnings about it."""

    spec: str
    layers: int | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
