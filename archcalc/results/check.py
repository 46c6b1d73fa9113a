"""What `check` finds of a spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.core.problem import Problem


@dataclass(frozen=True, slots=True)
class CheckedSpec:
    """A spec as it was named, its problems, and, where it can be used, how many layers it has and warnings about it.

    A search or sweep has a number of designs in place of layers.
    """

    spec: str
    layers: int | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    designs: int | None = None
