"""Reductions over axes, which they remove: mean, sum and maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import OWN_CHANNEL, AllChannels, ChannelReads
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.tape import Held, grid_only
from archcalc.core.terms import Arithmetic, Term
from archcalc.ops.arguments import AnyAxes
from archcalc.ops.axes import axis_list, require_axes, require_no_tokens
from archcalc.ops.base import (
    IndexIndependent,
    Inputs,
    Parameterless,
    PlainChannels,
    TokensPass,
    Windowless,
    elementwise,
    single,
)
from archcalc.ops.folding import dimensions
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class Reduction(Parameterless, Windowless, PlainChannels, TokensPass, IndexIndependent):
    """A reduction over some axes, which are removed; C keeps size 1. Tokens do not change."""

    traits: ClassVar[Traits] = Traits(
        family=Family.GLOBAL_POOL, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )

    axes: AnyAxes

    def output_shape(self, inputs: Inputs) -> Shape:
        """The input without the axes, with one channel where C is among them."""
        shape = single(inputs)
        require_axes(shape, self.axes, argument="axes")
        if CHANNEL not in self.axes:
            return shape.without(self.axes)
        require_no_tokens(shape, f"{self.title} over channels")
        return shape.resized({CHANNEL: 1}).without(axis for axis in self.axes if axis != CHANNEL)

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """All of a dropped axis; other axes are pointwise."""
        del inputs, input_index
        return WholeAxisRead.ALL if axis in self.axes else POINTWISE

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """All channels where C is among the axes, otherwise the one of the same number."""
        return AllChannels(inputs[input_index].channels) if CHANNEL in self.axes else OWN_CHANNEL

    def reduced(self, tape: Tape, grid: Strided, shape: Shape) -> Strided:
        """Allocate the result for a grid of this shape."""
        dims = dimensions(shape, self.axes)
        channels = (1,) if CHANNEL in self.axes else grid.sizes[1:2]
        rest = (size for dim, size in enumerate(grid.sizes) if dim > 1 and dim not in dims)
        return tape.empty((grid.sizes[0], *channels, *rest), requires_grad=grid.requires_grad)

    def summary(self, inputs: Inputs) -> str:
        """Return the axes for the label."""
        del inputs
        return axis_list(self.axes)


class Mean(Reduction):
    """Averages over some axes, which are removed; over C, one channel is left. Tokens do not change.

    Example: `mean: {axes: [T]}`. Elementwise: one operation per input element (additions and one division).
    Saved for backward: nothing.
    Reference: torch.mean.
    """

    title: ClassVar[str] = "Mean"

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One operation per input element."""
        return elementwise("additions and divisions", single(inputs).grid_elements)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the means; nothing is saved."""
        return grid_only(given[0], lambda grid: self.reduced(tape, grid, single(inputs)))


class Sum(Reduction):
    """Adds up over some axes, which are removed; over C, one channel is left. Tokens do not change.

    Example: `sum: {axes: [H, W]}`. Elementwise: per output element, one addition fewer than it has input elements.
    Saved for backward: nothing.
    Reference: torch.sum.
    """

    title: ClassVar[str] = "Sum"

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Input elements per output - 1 additions; tokens take none."""
        return one_fewer("additions", single(inputs), self.output_shape(inputs))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the sums; nothing is saved."""
        return grid_only(given[0], lambda grid: self.reduced(tape, grid, single(inputs)))


class Max(Reduction):
    """Takes the maximum over some axes, which are removed; over C, one channel is left. Tokens do not change.

    Example: `max: {axes: [C]}`. Elementwise: per output element, one comparison fewer than it has input elements.
    Saved for backward: the input and the output.
    Reference: torch.amax.
    """

    title: ClassVar[str] = "Max"

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Input elements per output - 1 comparisons; tokens take none."""
        return one_fewer("comparisons", single(inputs), self.output_shape(inputs))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the maxima; save input and output, which tell where the maximum was."""

        def step(grid: Strided) -> Strided:
            made = self.reduced(tape, grid, single(inputs))
            tape.save(grid, made, when=made.requires_grad)
            return made

        return grid_only(given[0], step)


def one_fewer(what: str, shape: Shape, out: Shape) -> Arithmetic:
    """Return as many operations per output element as it has input elements, less one."""
    outputs = out.grid_elements
    each = shape.grid_elements // outputs
    return Arithmetic(elementwise=(Term(what, (("outputs", outputs), ("inputs of each - 1", each - 1))),))
