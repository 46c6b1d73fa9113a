"""A factor for each axis, as arguments of an operator."""

from __future__ import annotations

from dataclasses import dataclass

from archcalc.ops.arguments import AxisFactorsArgument
from archcalc.ops.base import require_at_least


@dataclass(frozen=True, kw_only=True)
class AxisFactors:
    """The factors by which positions move into channels, or channels into positions."""

    per_axis: AxisFactorsArgument = ()

    def __post_init__(self) -> None:
        for axis, factor in self.per_axis:
            require_at_least(1, axis, factor)

    @property
    def factors(self) -> dict[str, int]:
        """Return the factor of each axis, for those where it is more than one."""
        return {axis: factor for axis, factor in self.per_axis if factor > 1}
