"""Positions moved around the ends of axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads
from archcalc.core.shape import Shape
from archcalc.core.tape import Held, grid_only
from archcalc.core.window import rolled_taps
from archcalc.ops.arguments import AxisShifts
from archcalc.ops.axes import axis_pairs, require_axes
from archcalc.ops.base import (
    IndexIndependent,
    Inputs,
    OwnChannels,
    Rearrangement,
    TokensPass,
    Windowless,
    single,
)
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.tape import Tape

COPY = Traits(family=Family.REARRANGEMENT, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE)


@dataclass(frozen=True, kw_only=True)
class Roll(Rearrangement, Windowless, OwnChannels, TokensPass, IndexIndependent):
    """Moves the positions of some axes by a number of places; what leaves at one end enters at the other.

    Example: `roll: {H: 3, W: -3}`: position i of H reads position i - 3, counted around the end. Copies, without
    arithmetic; tokens do not change.
    Saved for backward: nothing.
    Reference: torch.roll.
    """

    title: ClassVar[str] = "Roll"
    traits: ClassVar[Traits] = COPY

    per_axis: AxisShifts = ()

    @property
    def shifts(self) -> dict[str, int]:
        """Return by how many places each axis is moved, for those that are."""
        return {axis: shift for axis, shift in self.per_axis if shift}

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return that of the input; OperatorError without an axis that is moved, or if none is."""
        shape = single(inputs)
        if not self.shifts:
            raise OperatorError("a roll along no axis", "a number of places for an axis: {H: 1}")
        require_axes(shape, self.shifts)
        return shape

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Each position reads the one so many places before it, around the end."""
        del input_index
        shift, size = self.shifts.get(axis, 0), single(inputs)[axis]
        return rolled_taps(size, shift) if shift % size else POINTWISE

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; nothing is saved."""
        del inputs
        return grid_only(given[0], tape.elementwise)

    def summary(self, inputs: Inputs) -> str:
        """Return the places by axis."""
        del inputs
        return axis_pairs(self.shifts)
