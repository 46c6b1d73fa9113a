"""Channels moved into positions: depth to space, and PyTorch's pixel shuffle."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import ChannelPart, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, Taps
from archcalc.core.shape import Shape
from archcalc.core.tape import Held, grid_only
from archcalc.core.window import Multiple
from archcalc.ops.axes import axis_pairs, require_axes, require_no_tokens
from archcalc.ops.axis_factors import AxisFactors
from archcalc.ops.base import IndexIndependent, Inputs, Rearrangement, TokensPass, require_at_least, single
from archcalc.ops.folding import folded
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


@dataclass(frozen=True, slots=True)
class ChannelUnfold(ChannelReads):
    """The channels of each group become positions: channel c of the output is a group of the input's channels.

    `factors` are the positions that a group has along each axis, the last axis fastest.
    """

    factors: tuple[tuple[str, int], ...]
    keeps_alike = True
    mixes = False
    differs = True

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """Yield the input channels that become the same position of their blocks, for each of the positions."""
        group = prod(factor for _, factor in self.factors)
        for number, place in enumerate(product(*(range(factor) for _, factor in self.factors))):
            reads = {
                axis: Taps.of([[0] if phase == at else [] for phase in range(factor)])
                for (axis, factor), at in zip(self.factors, place, strict=True)
            }
            yield ChannelPart(range(wanted.start * group + number, wanted.stop * group, group), reads)


class ChannelsToPositions(Rearrangement, TokensPass, IndexIndependent):
    """An operator that makes a block of positions of each group of channels."""

    traits: ClassVar[Traits] = Traits(
        family=Family.REARRANGEMENT, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )

    @property
    @abstractmethod
    def factors(self) -> dict[str, int]:
        """Return how many positions each position becomes, for the axes where that is more than one."""

    @property
    @abstractmethod
    def needed_axes(self) -> tuple[str, ...]:
        """Return the axes that the tensor must have."""

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return C divided by all factors, each size times its factor; OperatorError where they do not divide C."""
        shape = single(inputs)
        require_no_tokens(shape, self.title)
        require_axes(shape, self.needed_axes)
        group = prod(self.factors.values())
        if shape.channels % group:
            raise OperatorError(f"{shape.channels} channels for blocks of {group}", f"a multiple of {group} channels")
        sizes = {axis: shape[axis] * factor for axis, factor in self.factors.items()}
        return shape.resized({"C": shape.channels // group, **sizes})

    def windows(self, inputs: Inputs) -> None:
        """Return None: the operator has no windows."""
        del inputs

    def size_windows(self, inputs: Inputs) -> dict[str, Multiple]:
        """Return the factors by which the axes grow."""
        del inputs
        return {axis: Multiple(factor) for axis, factor in self.factors.items()}

    def channel_groups(self, inputs: Inputs) -> None:
        """Return None: the operator has no groups of channels."""
        del inputs

    def channels_formula(self, inputs: Inputs) -> str:
        """Return the channels divided by the factors."""
        divisors = " * ".join(str(factor) for factor in self.factors.values())
        many = f"({divisors})" if len(self.factors) > 1 else divisors or "1"
        return f"{single(inputs).channels} / {many}"

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Each block reads one position."""
        del inputs, input_index
        factor = self.factors.get(axis, 1)
        return Taps.of([[0]] * factor) if factor > 1 else POINTWISE

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each output channel reads one group of channels, a position of each block another channel of it."""
        del inputs, input_index
        return ChannelUnfold(tuple(self.factors.items()))

    def summary(self, inputs: Inputs) -> str:
        """Return the factor of each axis for the label."""
        del inputs
        return axis_pairs(self.factors)


@dataclass(frozen=True, kw_only=True)
class DepthToSpace(AxisFactors, ChannelsToPositions):
    """Moves channels into blocks of neighboring positions, the inverse of `space_to_depth`.

    Example: `depth_to_space: {H: 2, W: 2}` gives C / 4 channels and twice H and W; `T: 2` doubles the frames. Copies,
    without arithmetic.
    Saved for backward: nothing.
    Reference: torch.nn.functional.pixel_shuffle, for any axes; Shi et al. 2016 (arXiv:1609.05158).
    """

    title: ClassVar[str] = "DepthToSpace"

    @property
    def needed_axes(self) -> tuple[str, ...]:
        """Return the axes with a factor."""
        return tuple(self.factors)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; nothing is saved."""
        out, axes = self.output_shape(inputs), inputs[0].grid
        factors = tuple(self.factors.get(axis, 1) for axis in axes)

        def step(grid: Strided) -> Strided:
            blocks = grid.unflatten(1, (out.channels, *factors))
            order = [dim for at in range(len(axes)) for dim in (2 + len(axes) + at, 2 + at)]
            sizes = (blocks.sizes[0], *(out[axis] for axis in out.axes))
            return tape.reshape(blocks.permute(0, 1, *order), sizes)

        return grid_only(given[0], step)


@dataclass(frozen=True, kw_only=True)
class PixelShuffle(ChannelsToPositions):
    """Moves channels into blocks of `upscale_factor` x `upscale_factor` pixels of every frame.

    Example: `pixel_shuffle: {upscale_factor: 2}` gives C / 4 channels and twice H and W, and so does
    `depth_to_space: {H: 2, W: 2}`, which takes other axes too. Copies, without arithmetic.
    Saved for backward: nothing.
    Reference: torch.nn.PixelShuffle; Shi et al. 2016 (arXiv:1609.05158).
    """

    title: ClassVar[str] = "PixelShuffle"

    upscale_factor: int

    def __post_init__(self) -> None:
        require_at_least(1, "upscale_factor", self.upscale_factor)

    @property
    def factors(self) -> dict[str, int]:
        """Return the factor for H and W, if it is more than one."""
        return dict.fromkeys(("H", "W"), self.upscale_factor) if self.upscale_factor > 1 else {}

    @property
    def needed_axes(self) -> tuple[str, ...]:
        """Return H and W."""
        return "H", "W"

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; nothing is saved."""
        out = self.output_shape(inputs)
        sizes = (out.channels, out["H"], out["W"])
        return folded(tape, given[0], inputs[0], ("H", "W"), lambda grid: tape.kernel(grid, (grid.sizes[0], *sizes)))
