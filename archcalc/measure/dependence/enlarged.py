"""Operators with arguments that are sizes or positions, for a tensor with more positions at both ends of an axis."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from archcalc.core.shape import CHANNEL
from archcalc.ops.adaptive_pool import AdaptivePool
from archcalc.ops.chunk import Chunk
from archcalc.ops.merge import Concat
from archcalc.ops.resample import Interpolate
from archcalc.ops.reshape import Expand
from archcalc.ops.roll import Roll
from archcalc.ops.slicing import Crop, Select
from archcalc.ops.tokens import Position
from archcalc.pytorch.operators.layer_code import window_axes

if TYPE_CHECKING:
    from torch import Tensor

    from archcalc.core.shape import Shape
    from archcalc.ops.base import Operator


@singledispatch
def enlarged(operator: Operator, axis: str, shape: Shape, size: int, margin: int) -> Operator:
    """Return the operator for a number of additional positions at both ends.

    `shape` is that of the input without them, `size` the size of the output along the axis, including its
    additional positions.
    """
    del axis, shape, size, margin
    return operator


@enlarged.register(AdaptivePool)
def _adaptive(operator: AdaptivePool, axis: str, shape: Shape, size: int, margin: int) -> Operator:
    del margin
    axes = window_axes(shape, operator.dims, operator.over)
    return replace(operator, output_size=tuple(size if own == axis else 1 for own in axes))


@enlarged.register(Crop)
def _crop(operator: Crop, axis: str, shape: Shape, size: int, margin: int) -> Operator:
    written = operator.written.get(axis)
    if operator.like is not None and axis in shape:
        return _cut(axis, (shape[axis] - size + 2 * margin) // 2, size)
    if written is None:
        return operator
    start = written[0] if isinstance(written, tuple) else (shape[axis] - written) // 2
    channels = tuple(pair for pair in operator.per_axis if pair[0] == CHANNEL)
    return Crop(per_axis=(*channels, (axis, (start, size))))


def _cut(axis: str, start: int, size: int) -> Crop:
    return Crop(per_axis=((axis, (start, size)),))


@enlarged.register(Chunk)
def _chunk(operator: Chunk, axis: str, shape: Shape, size: int, margin: int) -> Operator:
    del margin
    return _cut(axis, -operator.window(shape).before, size) if operator.axis == axis else operator


@enlarged.register(Select)
def _select(operator: Select, axis: str, shape: Shape, size: int, margin: int) -> Operator:
    del size
    return replace(operator, index=operator.index % shape[axis] + margin) if operator.axis == axis else operator


@enlarged.register(Expand)
def _expand(operator: Expand, axis: str, shape: Shape, size: int, margin: int) -> Operator:
    del shape, margin
    sizes = operator.sizes
    return replace(operator, per_axis=tuple({**sizes, axis: size}.items())) if axis in sizes else operator


@enlarged.register(Position)
def _position(operator: Position, axis: str, shape: Shape, size: int, margin: int) -> Operator:
    del axis, shape, size, margin
    return replace(operator, max_length=None)


def has_equal(operator: Operator, axis: str, shape: Shape, size: int, margins: tuple[int, int]) -> bool:
    """Return whether a layer does the same on an input with more positions at both ends.

    `shape` and `size` are those of its input and, along the axis, its output; `margins` what both have more at each
    end. Nearest interpolation rounds, and may round otherwise on another input; a roll has another end
    there, and a concatenation other positions in its middle.
    """
    if isinstance(operator, Concat):
        return operator.axis != axis
    if isinstance(operator, Roll):
        return axis not in operator.shifts
    if not isinstance(operator, Interpolate) or operator.mode != "nearest" or axis not in shape:
        return True
    more_read, more = margins
    read, longer = nearest(shape[axis], size), nearest(shape[axis] + 2 * more_read, size + 2 * more)
    places = torch.arange(size + 2 * more) - more
    return torch.equal(longer - more_read, read[places % size] + places.div(size, rounding_mode="floor") * shape[axis])


def nearest(n: int, size: int) -> Tensor:
    """Return the position that each output of nearest interpolation reads."""
    return functional.interpolate(torch.arange(n).float().view(1, 1, n), size=size).flatten().long()
