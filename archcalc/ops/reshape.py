"""Rearrangements that drop axes, add them or put them into the channels."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import ChannelFold, ChannelReads
from archcalc.core.messages import counted
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead, fixed
from archcalc.core.shape import DEPTH_AXES, Shape
from archcalc.core.tape import Held, grid_only
from archcalc.core.window import Window, block_window
from archcalc.ops.arguments import AxisSizes
from archcalc.ops.axes import PerAxis, axis_pairs, require_axes, require_no_tokens
from archcalc.ops.axis_factors import AxisFactors
from archcalc.ops.base import (
    AliasOp,
    IndexIndependent,
    Inputs,
    OwnChannels,
    Rearrangement,
    TokensPass,
    Windowless,
    require_at_least,
    single,
)
from archcalc.ops.folding import FIRST
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class StackFrames(AliasOp, Windowless, TokensPass):
    """Stacks all frames as channels (early fusion): C * T channels, in which the frames of a channel are neighbors.

    Example: `stack_frames`. No arithmetic, no copy.
    Saved for backward: nothing.
    Reference: torch.reshape of C, T into C * T.
    """

    title: ClassVar[str] = "StackFrames"

    def output_shape(self, inputs: Inputs) -> Shape:
        """C * T channels, and no T."""
        shape = single(inputs)
        require_axes(shape, ("T",))
        require_no_tokens(shape, self.title)
        return shape.without(("T",)).with_channels(shape.channels * shape["T"])

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """All of T; other axes are pointwise."""
        del inputs, input_index
        return WholeAxisRead.ALL if axis == "T" else POINTWISE

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each output channel reads one frame of an input channel."""
        shape = inputs[input_index]
        return ChannelFold(shape.channels, (("T", shape["T"]),), moves=False)

    def channels_formula(self, inputs: Inputs) -> str:
        """Return the channels times the frames."""
        (shape,) = inputs
        return f"{shape.channels} * {shape['T']}"

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Each frame becomes channels of its own."""
        del inputs
        return axis == "T"

    def summary(self, inputs: Inputs) -> str:
        """Return the number of stacked frames for the label."""
        return counted(single(inputs)["T"], "frame")

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return a view, or a copy if the frames of a channel are not contiguous; nothing is saved."""
        del inputs
        return grid_only(given[0], lambda grid: tape.flatten(grid, 1, 2))


@dataclass(frozen=True, kw_only=True)
class SpaceToDepth(AxisFactors, PerAxis, Rearrangement):
    """Moves blocks of neighboring positions into the channels (space to depth), as patch merging does.

    Example: `space_to_depth: {H: 2, W: 2}` gives C * 4 channels and half of H and W. A size that the factor does not
    divide is padded with zeros at its end, so it becomes ceil(n / factor). Copies, without arithmetic.
    Saved for backward: nothing.
    Reference: torch.nn.functional.pixel_unshuffle; Liu et al. 2021 (arXiv:2103.14030), patch merging.
    """

    title: ClassVar[str] = "SpaceToDepth"
    traits: ClassVar[Traits] = Traits(
        family=Family.REARRANGEMENT, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )

    def steps(self, shape: Shape) -> dict[str, Window]:
        """A window of `factor` positions that moves by as many, over zeros where the size ends early."""
        require_axes(shape, self.factors)
        return {axis: block_window(shape[axis], factor) for axis, factor in self.factors.items()}

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each output channel reads one position of every block of an input channel."""
        return ChannelFold(inputs[input_index].channels, tuple(self.factors.items()), moves=True)

    def channels_formula(self, inputs: Inputs) -> str:
        """Return the channels times the factors."""
        return " * ".join(str(each) for each in (single(inputs).channels, *self.factors.values()))

    def output_shape(self, inputs: Inputs) -> Shape:
        """C times all factors; each size ceil(n / factor)."""
        shape = single(inputs)
        require_no_tokens(shape, self.title)
        return self.grid_shape(inputs).with_channels(shape.channels * prod(self.factors.values()))

    def summary(self, inputs: Inputs) -> str:
        """Return the factor of each axis for the label."""
        del inputs
        return axis_pairs(self.factors)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the blocks, and a padded copy before where sizes end early; nothing is saved."""
        (shape,) = inputs
        factors = tuple(self.factors.get(axis, 1) for axis in shape.grid)
        ends = tuple((0, -shape[axis] % factor) for axis, factor in zip(shape.grid, factors, strict=True))

        def step(grid: Strided) -> Strided:
            padded = blocks = tape.pad(grid, ends)
            for at, factor in enumerate(factors):
                dim = FIRST + 2 * at
                blocks = blocks.unflatten(dim, (blocks.sizes[dim] // factor, factor))
            outer = [FIRST + 2 * at for at in range(len(factors))]
            blocks = blocks.permute(0, 1, *(dim + 1 for dim in outer), *outer)
            return tape.replaced(padded, tape.flatten(blocks, 1, 1 + len(factors)))

        return grid_only(given[0], step)


@dataclass(frozen=True, kw_only=True)
class Flatten(AliasOp, Windowless, TokensPass):
    """Flattens the grid into the channels; C is the slowest dimension.

    Example: `flatten`. No arithmetic, no copy.
    Saved for backward: nothing.
    Reference: torch.flatten from dimension 1.
    """

    title: ClassVar[str] = "Flatten"

    def output_shape(self, inputs: Inputs) -> Shape:
        """C times the size of every axis, and no axes."""
        shape = single(inputs)
        require_no_tokens(shape, self.title)
        return shape.without(shape.grid).with_channels(shape.channels * shape.cells)

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """All of every axis."""
        del inputs, input_index, axis
        return WholeAxisRead.ALL

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each output channel reads one position of an input channel."""
        shape = inputs[input_index]
        return ChannelFold(shape.channels, tuple((axis, shape[axis]) for axis in shape.grid), moves=False)

    def channels_formula(self, inputs: Inputs) -> str:
        """Return the product of all sizes."""
        return " * ".join(str(size) for _, size in single(inputs).items)

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Each position becomes channels of its own."""
        del inputs, axis
        return True

    def summary(self, inputs: Inputs) -> str:
        """Nothing: the sizes say it."""
        del inputs
        return ""

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return a view, or a copy where the numbers do not lie in order; nothing is saved."""
        del inputs
        return grid_only(given[0], lambda grid: tape.flatten(grid, 1, grid.dim - 1))


@dataclass(frozen=True, kw_only=True)
class Expand(AliasOp, Windowless, OwnChannels, TokensPass, IndexIndependent):
    """Repeats axes that have size 1 or are missing.

    Example: `expand: {T: 8}`. No arithmetic, no copy.
    Saved for backward: nothing.
    Reference: torch.Tensor.expand.
    """

    title: ClassVar[str] = "Expand"

    per_axis: AxisSizes = ()

    def __post_init__(self) -> None:
        for axis, size in self.per_axis:
            require_at_least(1, axis, size)

    @property
    def sizes(self) -> dict[str, int]:
        """The sizes asked for, by axis."""
        return dict(self.per_axis)

    def output_shape(self, inputs: Inputs) -> Shape:
        """The sizes asked for; tokens do not change."""
        shape = single(inputs)
        for axis, size in self.sizes.items():
            if shape.get(axis) not in (1, size):
                raise OperatorError(f"{axis} {size} for an axis of {shape[axis]}", "an axis of size 1", argument=axis)
        expanded = shape.resized(self.sizes)
        if all(axis in expanded for axis in DEPTH_AXES):
            raise OperatorError(f"a tensor with the axes {', '.join(expanded.axes)}", "only one of T and D")
        return expanded

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """The one position of a repeated axis; other axes are pointwise."""
        del input_index
        return fixed(0) if single(inputs)[axis] == 1 and axis in self.sizes else POINTWISE

    def summary(self, inputs: Inputs) -> str:
        """Return the size of each expanded axis for the label."""
        del inputs
        return axis_pairs(self.sizes)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return a view with strides of 0; nothing is saved."""
        shape, expanded = single(inputs), self.output_shape(inputs)
        grid, tokens = given[0]
        for at, axis in enumerate(expanded.grid):
            if axis not in shape:
                grid = grid.unsqueeze(FIRST + at)
        return Held(grid.expand(*grid.sizes[:FIRST], *(expanded[axis] for axis in expanded.grid)), tokens)
