"""Which operators see a whole axis, by their definition, and how far they move along it otherwise."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from functools import singledispatch
from math import gcd
from typing import TYPE_CHECKING, Any

from archcalc.ops.adaptive_pool import AdaptivePool
from archcalc.ops.attention import Attention
from archcalc.ops.constant import Constant
from archcalc.ops.conv import Conv
from archcalc.ops.conv_recurrent import ConvRecurrent
from archcalc.ops.cross_attention import CrossAttention
from archcalc.ops.depth_to_space import ChannelsToPositions
from archcalc.ops.dot_product import DotProduct
from archcalc.ops.global_pool import GlobalPool
from archcalc.ops.join_axes import JoinAxes
from archcalc.ops.linear import Linear
from archcalc.ops.matmul import Matmul
from archcalc.ops.norm import PositionNorm
from archcalc.ops.pool import Pool
from archcalc.ops.recurrent import Recurrent
from archcalc.ops.reduction import Reduction
from archcalc.ops.resample import Interpolate
from archcalc.ops.reshape import Flatten, SpaceToDepth, StackFrames
from archcalc.ops.roll import Roll
from archcalc.ops.sampled import Sampled
from archcalc.ops.sequence_attention import SequenceAttention
from archcalc.ops.slicing import Crop, Subsample
from archcalc.ops.transposed import ConvTranspose
from archcalc.pytorch.operators.layer_code import broadcast_to_axes, window_axes
from archcalc.pytorch.operators.sequences import windows

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.ops.base import Inputs, Operator

Move = tuple[Fraction, int]
"""Output positions per input position, and after how many input positions a pattern repeats."""

STILL: Move = (Fraction(1), 1)


class AxisAccess(Enum):
    """How a layer reads an input along an axis: through a window, as a whole, both, or nothing but its sizes."""

    WINDOW = "window"
    WHOLE = "whole"
    BOTH = "both"
    NOTHING = "nothing"


def axis_access(operator: Operator, inputs: Inputs, input_index: int, axis: str) -> AxisAccess:
    """What a layer sees of one input along an axis that this has."""
    match operator:
        case GlobalPool(axes=axes):
            return _whole(axes is None or axis in axes)
        case Reduction(axes=axes):
            return _whole(axis in axes)
        case Flatten():
            return AxisAccess.WHOLE
        case Recurrent(over=over) | Linear(over=over):
            return _whole(axis == over)
        case StackFrames() | ConvRecurrent():
            return _whole(axis == "T")
        case DotProduct() | CrossAttention():
            return _whole(input_index > 0)
        case Matmul():
            return _whole(axis == inputs[0].axes[-1 - input_index])
        case Sampled():
            return _whole(input_index == 0)
        case JoinAxes(axes=axes):
            return _whole(axis in axes)
        case Attention(over=over) if axis in over:
            if len(inputs) > 1:
                return _whole(input_index > 0)
            return (
                AxisAccess.BOTH
                if (windows(operator, inputs[0])[axis] or inputs[0][axis]) >= inputs[0][axis]
                else AxisAccess.WINDOW
            )
        case SequenceAttention(over=own, window=None, causal=causal) if axis == own:
            return AxisAccess.WHOLE if causal else AxisAccess.BOTH
        case PositionNorm() if takes_statistics(operator):
            return AxisAccess.BOTH
    return AxisAccess.WINDOW


def takes_sizes_alone(operator: Operator, input_index: int) -> bool:
    """Whether a layer takes nothing from an input but its sizes: a constant, and what is made `like` another."""
    return isinstance(operator, Constant) or (isinstance(operator, (Interpolate, Crop)) and input_index == 1)


def takes_statistics(operator: PositionNorm) -> bool:
    """Whether a norm works out its statistics at inference."""
    return not getattr(operator, "track_running_stats", False)


def mixes_tokens(operator: Operator, inputs: Inputs, input_index: int) -> bool:
    """Whether tokens and grid of an input see each other."""
    if isinstance(operator, Attention):
        return len(inputs) == 1 or input_index > 0
    return isinstance(operator, PositionNorm) and takes_statistics(operator)


def _whole(whole: bool) -> AxisAccess:
    return AxisAccess.WHOLE if whole else AxisAccess.WINDOW


@singledispatch
def move(operator: Operator, axis: str, shape: Shape, size: int) -> Move:
    """How a layer moves along an axis of its first input; `size` is that of its output."""
    del operator, axis, shape, size
    return STILL


@move.register(Conv)
@move.register(Pool)
def _strided(operator: Conv | Pool, axis: str, shape: Shape, size: int) -> Move:
    del size
    stride = operator.kernel if operator.stride is None else operator.stride
    return _down(_on(stride, operator, axis, shape))


@move.register(ConvTranspose)
def _transposed(operator: ConvTranspose, axis: str, shape: Shape, size: int) -> Move:
    del size
    return Fraction(_on(operator.stride, operator, axis, shape)), 1


@move.register(AdaptivePool)
@move.register(Interpolate)
def _resized(operator: AdaptivePool | Interpolate, axis: str, shape: Shape, size: int) -> Move:
    del operator
    return Fraction(size, shape[axis]), shape[axis] // gcd(size, shape[axis])


@move.register(SpaceToDepth)
def _space_to_depth(operator: SpaceToDepth, axis: str, shape: Shape, size: int) -> Move:
    del shape, size
    return _down(operator.factors.get(axis, 1))


@move.register(ChannelsToPositions)
def _channels_to_positions(operator: ChannelsToPositions, axis: str, shape: Shape, size: int) -> Move:
    del shape, size
    return Fraction(operator.factors.get(axis, 1)), 1


@move.register(Roll)
def _roll(operator: Roll, axis: str, shape: Shape, size: int) -> Move:
    del size
    return Fraction(1), shape[axis] if axis in operator.shifts else 1


@move.register(Subsample)
def _subsample(operator: Subsample, axis: str, shape: Shape, size: int) -> Move:
    del shape, size
    return _down(operator.every if operator.axis == axis else 1)


@move.register(Attention)
def _blocks(operator: Attention, axis: str, shape: Shape, size: int) -> Move:
    del size
    return Fraction(1), windows(operator, shape).get(axis) or 1


def _down(stride: int) -> Move:
    return Fraction(1, stride), stride


def _on(value: Any, operator: Conv | Pool | ConvTranspose, axis: str, shape: Shape) -> int:
    axes = window_axes(shape, operator.dims, operator.over)
    return dict(zip(axes, broadcast_to_axes(value, len(axes)), strict=True)).get(axis, 1)
