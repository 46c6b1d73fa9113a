"""Convolutions, and their transposes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import Argument, Call, Const, Name
from archcalc.pytorch.operators.layer_code import (
    along,
    broadcast_to_axes,
    in_and_out,
    option,
    sizes,
    window_axes,
    with_norm,
)
from archcalc.pytorch.operators.windows import geometry

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.ops.base import Inputs
    from archcalc.ops.conv import Conv
    from archcalc.ops.transposed import ConvTranspose
    from archcalc.pytorch.expressions import Expr
    from archcalc.pytorch.operators.layer_code import LayerCode


def conv(operator: Conv, inputs: Inputs) -> LayerCode:
    """Return a convolution of torch.nn, or one that pads its input before."""
    (shape,) = inputs
    window = geometry(operator, shape)
    kind, padding = "nn.Conv", window.padding_argument(window.symmetric)
    if operator.weight_standardization:
        even = window.symmetric is not None
        kind, padding = "StandardizedConv", padding if even else Argument("ends", window.ends)
    elif window.is_same:
        kind, padding = "SameConv", window.padding_argument(None)
    elif window.symmetric is None:
        kind, padding = "PaddedConv", Argument("ends", window.ends)
    arguments = (
        *in_and_out(shape, operator.out),
        window.argument("kernel_size", window.kernel, "kernel"),
        window.argument("stride", window.stride, "stride", 1),
        padding,
        window.argument("dilation", window.dilation, "dilation", 1),
        *grouped(shape, operator),
    )
    module = Call(Name(f"{kind}{operator.dims}d"), arguments)
    return along(shape, window.axes, with_norm(module, operator))


def conv_transpose(operator: ConvTranspose, inputs: Inputs) -> LayerCode:
    """Return a transposed convolution of torch.nn."""
    (shape,) = inputs
    axes = window_axes(shape, operator.dims, operator.over)

    def by_axis(name: str) -> Expr:
        return sizes(broadcast_to_axes(getattr(operator, name), len(axes)), name, axes)

    arguments = (
        *in_and_out(shape, operator.out),
        Argument("kernel_size", by_axis("kernel")),
        Argument("stride", by_axis("stride"), 1),
        Argument("padding", by_axis("padding"), 0),
        Argument("output_padding", by_axis("output_padding"), 0),
        Argument("dilation", by_axis("dilation"), 1),
        *grouped(shape, operator),
    )
    module = Call(Name(f"nn.ConvTranspose{operator.dims}d"), arguments)
    return along(shape, axes, with_norm(module, operator))


def grouped(shape: Shape, operator: Conv | ConvTranspose) -> tuple[Argument, Argument]:
    """Return groups and bias; depthwise has a group for each channel."""
    depthwise = operator.groups == "depthwise"
    groups = Const(shape.channels, "in") if depthwise else Const(operator.groups, "groups")
    return Argument("groups", groups, 1), option("bias", operator.bias, True)
