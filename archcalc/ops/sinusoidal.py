"""Sinusoidal positions, which are computed and not learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads
from archcalc.core.shape import Shape
from archcalc.core.tape import grid_only
from archcalc.core.terms import Arithmetic, Parameters, Term
from archcalc.ops.arguments import GridAxis
from archcalc.ops.axes import require_axes
from archcalc.ops.base import Inputs, OwnChannels, TokensPass, Windowless, elementwise, single
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.tape import Held, Tape


@dataclass(frozen=True, kw_only=True)
class SinusoidalPosition(Windowless, OwnChannels, TokensPass):
    """Adds sines and cosines of the position along an axis, with a frequency for each pair of channels.

    Example: `sinusoidal_position: {over: T}`. C has to be even: the first half are sines, the second half cosines, with
    the frequencies 10000^(-2i / C). Parameters: none; buffers: C * the size of the axis. Elementwise: one addition per
    element of the grid; tokens do not change.
    Saved for backward: nothing.
    Reference: Vaswani et al. 2017 (arXiv:1706.03762).
    """

    title: ClassVar[str] = "SinusoidalPosition"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )

    over: GridAxis = "T"

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return that of the input; OperatorError without the axis or for an odd number of channels."""
        shape = single(inputs)
        require_axes(shape, (self.over,), argument="over")
        if shape.channels % 2:
            raise OperatorError(f"sinusoidal positions on {shape.channels} channels", "an even number of channels")
        return shape

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Each position reads itself."""
        del inputs, input_index, axis
        return POINTWISE

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Each position of the axis has a value of its own."""
        del inputs
        return axis == self.over

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return the table as a buffer."""
        shape = single(inputs)
        return Parameters(buffers=(Term("positions", (("channels", shape.channels), (self.over, shape[self.over]))),))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One addition per element of the grid."""
        return elementwise("additions", single(inputs).grid_elements)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the sums; nothing is saved."""
        del inputs
        return grid_only(given[0], tape.elementwise)

    def summary(self, inputs: Inputs) -> str:
        """Return the axis for the label: `T`."""
        del inputs
        return self.over
