"""Operators along one axis alone: on all others a tensor has one position, and nothing is padded, cut or moved."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from archcalc.core.shape import CHANNEL
from archcalc.ops.activation import Identity, Scale
from archcalc.ops.adaptive_pool import AdaptivePool
from archcalc.ops.chunk import Chunk
from archcalc.ops.constant import Constant
from archcalc.ops.conv import Conv
from archcalc.ops.depth_to_space import ChannelsToPositions, DepthToSpace
from archcalc.ops.join_axes import JoinAxes
from archcalc.ops.linear import Linear
from archcalc.ops.merge import Add, Concat
from archcalc.ops.pool import MaxPool, Pool
from archcalc.ops.reduction import Mean
from archcalc.ops.resample import Interpolate
from archcalc.ops.reshape import Expand, SpaceToDepth
from archcalc.ops.roi_align import RoiAlign
from archcalc.ops.roll import Roll
from archcalc.ops.shift import TemporalShift
from archcalc.ops.slicing import Crop, Pad, Select, Subsample
from archcalc.ops.transposed import ConvTranspose
from archcalc.pytorch.operators.layer_code import window_axes
from archcalc.pytorch.operators.resample import LINEAR_DIMS

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.ops.base import Operator


@singledispatch
def collapsed(operator: Operator, axis: str, shape: Shape, size: int) -> Operator:
    """The operator where all axes but one have one position.

    `shape` is that of its first input, `size` that of its output along the axis.
    """
    del axis, shape, size
    return operator


NEUTRAL = {"kernel": 1, "stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}
"""Arguments of convolutions, and what does nothing on an axis."""


@collapsed.register(Conv)
@collapsed.register(ConvTranspose)
def _convolution(operator: Conv | ConvTranspose, axis: str, shape: Shape, size: int) -> Operator:
    del size
    axes = window_axes(shape, operator.dims, operator.over)
    given = [name for name in NEUTRAL if hasattr(operator, name)]
    alone: dict[str, Any] = {name: _only(getattr(operator, name), axes, axis, NEUTRAL[name]) for name in given}
    return replace(operator, **alone)


@collapsed.register(Pool)
def _pool(operator: Pool, axis: str, shape: Shape, size: int) -> Operator:
    del size
    axes = window_axes(shape, operator.dims, operator.over)
    stride = operator.kernel if operator.stride is None else operator.stride
    alone = replace(
        operator,
        kernel=_only(operator.kernel, axes, axis, 1),
        stride=_only(stride, axes, axis, 1),
        padding=_only(operator.padding, axes, axis, 0 if operator.pads_itself else "valid"),
    )
    return replace(alone, dilation=_only(alone.dilation, axes, axis, 1)) if isinstance(alone, MaxPool) else alone


@collapsed.register(AdaptivePool)
def _adaptive(operator: AdaptivePool, axis: str, shape: Shape, size: int) -> Operator:
    del size
    return replace(
        operator, output_size=_only(operator.output_size, window_axes(shape, operator.dims, operator.over), axis, 1)
    )


@collapsed.register(Interpolate)
def _interpolate(operator: Interpolate, axis: str, shape: Shape, size: int) -> Operator:
    axes = window_axes(shape, LINEAR_DIMS[operator.mode]) if operator.mode in LINEAR_DIMS else shape.grid
    return replace(operator, size=((axis, size),), scale=None, like=None) if axis in axes else Identity()


@collapsed.register(Linear)
def _linear(operator: Linear, axis: str, shape: Shape, size: int) -> Operator:
    del shape, size
    return operator if operator.over in (axis, CHANNEL) else Identity()


@collapsed.register(SpaceToDepth)
@collapsed.register(Expand)
@collapsed.register(Constant)
def _sizes(operator: SpaceToDepth | Expand | Constant, axis: str, shape: Shape, size: int) -> Operator:
    del shape, size
    return replace(
        operator, per_axis=tuple((each, number if each in (axis, CHANNEL) else 1) for each, number in operator.per_axis)
    )


@collapsed.register(JoinAxes)
def _join_axes(operator: JoinAxes, axis: str, shape: Shape, size: int) -> Operator:
    """Their positions are one by now, in `joined_positions`."""
    del axis, size
    others = operator.joined(shape)[:-1]
    return Mean(axes=others) if others else Identity()


@collapsed.register(Concat)
def _concat(operator: Concat, axis: str, shape: Shape, size: int) -> Operator:
    """On other axes the one position of the output depends on that of every input."""
    del shape, size
    return operator if operator.axis in (axis, CHANNEL) else Add()


@collapsed.register(RoiAlign)
def _roi_align(operator: RoiAlign, axis: str, shape: Shape, size: int) -> Operator:
    del shape
    return replace(operator, output_size=tuple(size if own == axis else 1 for own in ("H", "W")))


@collapsed.register(Crop)
def _crop(operator: Crop, axis: str, shape: Shape, size: int) -> Operator:
    if operator.like is not None:
        return Crop(per_axis=((axis, size),)) if axis in shape else Identity()
    return replace(operator, per_axis=tuple(pair for pair in operator.per_axis if pair[0] in (axis, CHANNEL)))


@collapsed.register(Pad)
def _pad(operator: Pad, axis: str, shape: Shape, size: int) -> Operator:
    del shape, size
    return replace(operator, per_axis=tuple(pair for pair in operator.per_axis if pair[0] == axis))


@collapsed.register(Roll)
def _roll(operator: Roll, axis: str, shape: Shape, size: int) -> Operator:
    del shape, size
    return Roll(per_axis=((axis, operator.shifts[axis]),)) if axis in operator.shifts else Identity()


@collapsed.register(Chunk)
def _chunk(operator: Chunk, axis: str, shape: Shape, size: int) -> Operator:
    del shape, size
    return operator if operator.axis in (axis, CHANNEL) else Identity()


@collapsed.register(ChannelsToPositions)
def _channels_to_positions(operator: ChannelsToPositions, axis: str, shape: Shape, size: int) -> Operator:
    del shape, size
    return DepthToSpace(per_axis=((axis, operator.factors.get(axis, 1)),))


@collapsed.register(Select)
def _select(operator: Select, axis: str, shape: Shape, size: int) -> Operator:
    del shape, size
    return operator if operator.axis in (axis, None) else replace(operator, index=0)


@collapsed.register(Subsample)
def _subsample(operator: Subsample, axis: str, shape: Shape, size: int) -> Operator:
    del shape, size
    return operator if operator.axis == axis else Identity()


@collapsed.register(TemporalShift)
def _shift(operator: TemporalShift, axis: str, shape: Shape, size: int) -> Operator:
    del shape, size
    return operator if axis == "T" else Identity()


@collapsed.register(Scale)
def _scale(operator: Scale, axis: str, shape: Shape, size: int) -> Operator:
    del axis, shape, size
    return replace(operator, factor=1.0)


def _only(value: Any, axes: tuple[str, ...], axis: str, other: Any) -> tuple[Any, ...]:
    """One value for each axis of a window: that of the axis, and `other` for the others."""
    values = value if isinstance(value, tuple) else (value,) * len(axes)
    return tuple(each if own == axis else other for own, each in zip(axes, values, strict=True))
