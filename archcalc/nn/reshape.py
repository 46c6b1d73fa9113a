"""Layers that drop axes, add them or put them into the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from archcalc.core.shape import AXES
from archcalc.nn.axes import FIRST, dimensions
from archcalc.nn.global_pool import MeanOver
from archcalc.nn.padding import after, padded

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.reshape import Expand, Flatten, Mean, SpaceToDepth, StackFrames


class Blocks(nn.Module):
    """Blocks of neighbours into the channels: the channel slowest, then the neighbours axis by axis.

    `factors` are the blocks' sizes by axis, `ends` the zeros that complete the last of them.
    """

    def __init__(self, factors: tuple[int, ...], ends: tuple[int, ...]) -> None:
        super().__init__()
        self.factors = factors
        self.ends = ends

    def forward(self, grid: Tensor) -> Tensor:
        """Each axis split in two, the inner parts brought to the channels."""
        blocks = padded(grid, self.ends)
        for at, factor in enumerate(self.factors):
            blocks = torch.unflatten(blocks, FIRST + 2 * at, (-1, factor))
        count = len(self.factors)
        outer = [FIRST + 2 * at for at in range(count)]
        return blocks.permute(0, 1, *(dim + 1 for dim in outer), *outer).flatten(1, 1 + count)


class Repeated(nn.Module):
    """Axes of size 1 repeated, those of `new` put in first. `sizes` are those of the grid, -1 for what stays."""

    def __init__(self, new: tuple[int, ...], sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.new = new
        self.sizes = sizes

    def forward(self, grid: Tensor) -> Tensor:
        """A view with strides of 0."""
        for dim in self.new:
            grid = grid.unsqueeze(dim)
        return grid.expand(-1, -1, *self.sizes)


def mean(operator: Mean, inputs: Inputs) -> nn.Module:
    """A mean over dimensions, which go."""
    return MeanOver(dimensions(inputs[0], operator.axes), keepdim=False)


def stack_frames(operator: StackFrames, inputs: Inputs) -> nn.Module:
    """Channels and frames as one dimension; they lie side by side."""
    del operator, inputs
    return nn.Flatten(1, 2)


def flatten(operator: Flatten, inputs: Inputs) -> nn.Module:
    """All but the batch as one dimension."""
    del operator, inputs
    return nn.Flatten()


def space_to_depth(operator: SpaceToDepth, inputs: Inputs) -> nn.Module:
    """Blocks into the channels."""
    (shape,) = inputs
    factors = tuple(getattr(operator, axis) for axis in shape.grid)
    missing = [-shape[axis] % factor for axis, factor in zip(shape.grid, factors, strict=True)]
    return Blocks(factors, after(missing))


def expand(operator: Expand, inputs: Inputs) -> nn.Module:
    """Axes put in and repeated."""
    (shape,) = inputs
    wanted = {axis: getattr(operator, axis) for axis in AXES[1:] if getattr(operator, axis) is not None}
    grid = [axis for axis in AXES[1:] if axis in wanted or axis in shape]
    new = tuple(FIRST + at for at, axis in enumerate(grid) if axis not in shape)
    return Repeated(new, tuple(wanted.get(axis, -1) for axis in grid))
