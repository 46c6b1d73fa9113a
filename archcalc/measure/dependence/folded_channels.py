"""Channels that come from other axes: if positions become channels, each channel appears once per position."""

from __future__ import annotations

from functools import singledispatch
from math import prod
from typing import TYPE_CHECKING

import torch

from archcalc.measure.dependence.marks import Marks
from archcalc.ops.depth_to_space import ChannelsToPositions
from archcalc.ops.join_axes import JoinAxes
from archcalc.ops.reshape import Flatten, SpaceToDepth, StackFrames

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.shape import Shape
    from archcalc.ops.base import Operator


@singledispatch
def folded(operator: Operator, shape: Shape) -> Mapping[str, int]:
    """How many positions of each axis become channels, the slowest axis first; all of them faster than C."""
    del operator, shape
    return {}


@folded.register(SpaceToDepth)
def _space_to_depth(operator: SpaceToDepth, shape: Shape) -> Mapping[str, int]:
    return {axis: operator.factors.get(axis, 1) for axis in shape.grid}


@folded.register(StackFrames)
def _stack_frames(operator: StackFrames, shape: Shape) -> Mapping[str, int]:
    del operator
    return {"T": shape["T"]}


@folded.register(Flatten)
def _flatten(operator: Flatten, shape: Shape) -> Mapping[str, int]:
    del operator
    return {axis: shape[axis] for axis in shape.grid}


def with_copies(marks: Marks, operator: Operator, shape: Shape, axis: str) -> Marks:
    """What a layer gave along one axis, with the channels that the positions of other axes become.

    `shape` is that of its input, other axes included.
    """
    sizes = folded(operator, shape)
    own = list(sizes).index(axis) if axis in sizes else len(sizes)
    before, after = prod(list(sizes.values())[:own]), prod(list(sizes.values())[own + 1 :])
    if before > 1 and axis in sizes:
        separate = marks.per_channel().grid.unsqueeze(2)
        grid = torch.unflatten(separate, 1, (-1, sizes[axis])).movedim(2, 3)
        grid = grid.repeat_interleave(before, 2).flatten(1, 3)
        return Marks(grid, marks.tokens, (after,) * grid.shape[1])
    many = after if axis in sizes else before
    return Marks(marks.grid, marks.tokens, tuple(many * run for run in marks.runs))


def joined_positions(marks: Marks, operator: Operator, shape: Shape, positions: Mapping[str, int]) -> Marks:
    """Return the marks of a tensor whose axes a layer joins: each position may be any; `positions` are those left."""
    if not isinstance(operator, JoinAxes):
        return marks
    axes = operator.joined(shape)
    dims = [2 + shape.grid.index(axis) for axis in axes]
    sizes = [-1] * marks.grid.dim()
    sizes[dims[-1]] = positions.get(axes[-1], 1)
    return Marks(marks.grid.amax(dims, keepdim=True).expand(sizes), marks.tokens, marks.runs)


def without_copies(marks: Marks, operator: Operator, axis: str) -> Marks:
    """What reaches a layer that makes positions of channels, where other axes than one have a single position.

    The channels that become positions of the other axes are joined.
    """
    if not isinstance(operator, ChannelsToPositions):
        return marks
    sizes = operator.factors
    blocks = torch.unflatten(marks.per_channel().grid, 1, (-1, *sizes.values()))
    others = [2 + at for at, own in enumerate(sizes) if own != axis]
    joined = blocks.amax(others) if others else blocks
    grid = joined.flatten(1, 2) if axis in sizes else joined
    return Marks(grid, marks.tokens, (1,) * grid.shape[1])
