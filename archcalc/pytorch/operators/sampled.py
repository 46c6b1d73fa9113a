"""Layers that read an image at places that other tensors say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import Argument, Call, Const, Input, Name, call
from archcalc.pytorch.operators.layer_code import LayerCode, broadcast_to_axes, sizes, token_aware

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.deform_conv import DeformConv2d
    from archcalc.ops.grid_sample import GridSample
    from archcalc.ops.roi_align import RoiAlign

PLANE = ("H", "W")


def grid_sample(operator: GridSample, inputs: Inputs) -> LayerCode:
    """Return a sampling at places."""
    del inputs
    how = Const(operator.mode), Const(operator.padding_mode)
    return LayerCode(call("grid_sample", Input(0), Input(1), *how, align_corners=Const(operator.align_corners)))


def deform_conv(operator: DeformConv2d, inputs: Inputs) -> LayerCode:
    """Return a convolution whose taps are moved."""
    windows = {
        name: sizes(broadcast_to_axes(getattr(operator, name), 2), name, PLANE)
        for name in ("kernel", "stride", "padding", "dilation")
    }
    arguments = (
        Argument("", Const(inputs[0].channels, "in")),
        Argument("", Const(operator.out, "out")),
        Argument("", windows.pop("kernel")),
        *(Argument(name, value) for name, value in windows.items()),
        Argument("bias", Const(operator.bias, "bias"), True),
    )
    return token_aware(Call(Name("DeformConv2d"), arguments), len(inputs))


def roi_align(operator: RoiAlign, inputs: Inputs) -> LayerCode:
    """Return a sampling of boxes."""
    names = ("spatial_scale", "sampling_ratio", "aligned")
    arguments = (
        Argument("", sizes(broadcast_to_axes(operator.output_size, 2), "output_size", PLANE)),
        *(Argument(name, Const(getattr(operator, name), name)) for name in names),
    )
    return token_aware(Call(Name("RoiAlign"), arguments), len(inputs))
