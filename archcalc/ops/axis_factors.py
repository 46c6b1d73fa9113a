"""A factor for each axis, as arguments of an operator."""

from __future__ import annotations

from dataclasses import dataclass

from archcalc.core.shape import GRID_AXES
from archcalc.ops.base import require_at_least


@dataclass(frozen=True, kw_only=True)
class AxisFactors:
    """The factors by which positions move into channels, or channels into positions."""

    T: int = 1
    D: int = 1
    H: int = 1
    W: int = 1

    def __post_init__(self) -> None:
        for axis in GRID_AXES:
            require_at_least(1, axis, getattr(self, axis))

    @property
    def factors(self) -> dict[str, int]:
        """Return the factor of each axis, for those where it is more than one."""
        return {axis: getattr(self, axis) for axis in GRID_AXES if getattr(self, axis) > 1}
