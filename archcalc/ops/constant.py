"""Tensors that depend on no input: numbers that are all equal, or learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import ChannelReads, ChannelSlices
from archcalc.core.problem import OperatorError
from archcalc.core.reads import AxisReads, TokenFlow, WholeAxisRead
from archcalc.core.shape import CHANNEL, DEPTH_AXES, Shape
from archcalc.core.tape import Held
from archcalc.core.terms import NO_ARITHMETIC, NO_PARAMETERS, Arithmetic, Parameters, Term
from archcalc.ops.arguments import AxisSizesWithChannels
from archcalc.ops.axes import require_no_tokens
from archcalc.ops.base import IndexIndependent, Inputs, PlainChannels, Windowless, require_at_least, single
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.tape import Tape

NO_CHANNELS = ChannelSlices(())


@dataclass(frozen=True, kw_only=True)
class Constant(Windowless, PlainChannels, IndexIndependent):
    """Makes a tensor that does not depend on its input: all values are `value`, or they are learned.

    Example: `constant: {value: 0}` has the shape of its input, as a state before the first step; `constant: {C: 256,
    T: 100, learned: true}` is a list of 100 learned queries. Without sizes it has those of its input; with sizes it has
    the axes that are written, and the channels of its input unless C is among them.
    Parameters: one weight per value if learned. Elementwise: none.
    Saved for backward: nothing.
    Reference: torch.full; learned queries: Carion et al. 2020 (arXiv:2005.12872).
    """

    title: ClassVar[str] = "Constant"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )

    value: float = 0.0
    learned: bool = False
    per_axis: AxisSizesWithChannels = ()

    def __post_init__(self) -> None:
        for axis, size in self.sizes.items():
            require_at_least(1, axis, size)
        if all(axis in self.sizes for axis in DEPTH_AXES):
            raise OperatorError("both T and D", "one of them", argument="D")
        if self.learned and self.value:
            raise OperatorError(f"a learned tensor with the value {self.value:g}", "one of them", argument="value")

    @property
    def sizes(self) -> dict[str, int]:
        """Return the sizes that are written, by axis."""
        return dict(self.per_axis)

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return the sizes that are written, or those of the input."""
        shape = single(inputs)
        require_no_tokens(shape, self.title)
        if not self.sizes:
            return shape
        return Shape.of({CHANNEL: shape.channels, **self.sizes}, heads=shape.heads)

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Return that nothing is read."""
        del inputs, input_index, axis
        return WholeAxisRead.NOTHING

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Return that no channel is read."""
        del inputs, input_index
        return NO_CHANNELS

    def token_flow(self, input_index: int, inputs: Inputs) -> TokenFlow:
        """Return that nothing comes from grid or tokens."""
        del input_index, inputs
        return TokenFlow(kept=False, grid=False)

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return one weight per value if they are learned."""
        if not self.learned:
            return NO_PARAMETERS
        return Parameters(weights=(Term("values", self.output_shape(inputs).items),))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return no arithmetic: values are only filled in."""
        del inputs
        return NO_ARITHMETIC

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the values of every sample; nothing is saved."""
        batch = given[0].grid.sizes[0]
        return Held(tape.empty((batch, *self.output_shape(inputs).sizes.values()), requires_grad=self.learned))

    def summary(self, inputs: Inputs) -> str:
        """Return the value, or that it is learned."""
        del inputs
        return "learned" if self.learned else f"{self.value:g}"
