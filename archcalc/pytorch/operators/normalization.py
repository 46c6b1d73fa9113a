"""Normalizations, as layers of torch.nn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import Argument, Call, Const, Name
from archcalc.pytorch.operators.layer_code import channels_last, flattened, option, pointwise

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.ops.base import Inputs
    from archcalc.ops.group_norm import GroupNorm
    from archcalc.ops.layer_norm import LayerNorm
    from archcalc.ops.local_response_norm import LocalResponseNorm
    from archcalc.ops.rms_norm import RmsNorm
    from archcalc.ops.tracked_norm import BatchNorm, InstanceNorm
    from archcalc.pytorch.operators.layer_code import LayerCode


def batch_norm(operator: BatchNorm, inputs: Inputs) -> LayerCode:
    """Return a batch norm of torch.nn, or one without a scale."""
    (shape,) = inputs
    shift_only = operator.affine and not operator.scale
    kind = "ShiftBatchNorm" if shift_only else "nn.BatchNorm"
    affine = () if shift_only else (option("affine", operator.affine, True),)
    arguments = (
        Argument("", Const(shape.channels, "channels")),
        option("eps", operator.eps, 1e-5),
        option("momentum", operator.momentum, 0.1),
        *affine,
        option("track_running_stats", operator.track_running_stats, True),
    )
    return flattened(shape, Call(Name(f"{kind}{_row_dims(shape)}d"), arguments))


def layer_norm(operator: LayerNorm, inputs: Inputs) -> LayerCode:
    """Return a layer norm of torch.nn over the channels."""
    (shape,) = inputs
    arguments = (
        Argument("", Const(shape.channels, "channels")),
        option("eps", operator.eps, 1e-5),
        Argument("elementwise_affine", Const(operator.elementwise_affine, "affine"), True),
        option("bias", operator.bias, True),
    )
    return channels_last(shape, Call(Name("nn.LayerNorm"), arguments))


def rms_norm(operator: RmsNorm, inputs: Inputs) -> LayerCode:
    """Return an RMS norm of torch.nn over the channels."""
    (shape,) = inputs
    arguments = (
        Argument("", Const(shape.channels, "channels")),
        option("eps", operator.eps, None),
        Argument("elementwise_affine", Const(operator.elementwise_affine, "affine"), True),
    )
    return channels_last(shape, Call(Name("nn.RMSNorm"), arguments))


def group_norm(operator: GroupNorm, inputs: Inputs) -> LayerCode:
    """Return a group norm of torch.nn."""
    (shape,) = inputs
    arguments = (
        Argument("", Const(operator.num_groups, "groups")),
        Argument("", Const(shape.channels, "channels")),
        option("eps", operator.eps, 1e-5),
        option("affine", operator.affine, True),
    )
    return flattened(shape, Call(Name("nn.GroupNorm"), arguments))


def instance_norm(operator: InstanceNorm, inputs: Inputs) -> LayerCode:
    """Return an instance norm of torch.nn."""
    (shape,) = inputs
    arguments = (
        Argument("", Const(shape.channels, "channels")),
        option("eps", operator.eps, 1e-5),
        option("momentum", operator.momentum, 0.1),
        option("affine", operator.affine, False),
        option("track_running_stats", operator.track_running_stats, False),
    )
    return flattened(shape, Call(Name(f"nn.InstanceNorm{_row_dims(shape)}d"), arguments), needs_axis=True)


def local_response_norm(operator: LocalResponseNorm, inputs: Inputs) -> LayerCode:
    """Return a local response norm of torch.nn, which takes tensors of channels alone too."""
    arguments = (
        Argument("", Const(operator.size, "size")),
        option("alpha", operator.alpha, 1e-4),
        option("beta", operator.beta, 0.75),
        option("k", operator.k, 1.0),
    )
    return pointwise(inputs[0], Call(Name("ResponseNorm"), arguments))


def _row_dims(shape: Shape) -> int:
    """Return how many axes the layer meets: those of the grid, or one where all positions stand in a row."""
    return 1 if shape.tokens else max(len(shape.grid), 1)
