"""Resampling of a grid to other sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import Argument, Call, Const, Name
from archcalc.pytorch.operators.layer_code import along, option, sizes, window_axes

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.ops.base import Inputs
    from archcalc.ops.resample import Interpolate
    from archcalc.pytorch.operators.layer_code import LayerCode

LINEAR_DIMS = {"linear": 1, "bilinear": 2, "trilinear": 3}
"""The dimensions of each linear mode."""


def interpolate(operator: Interpolate, inputs: Inputs) -> LayerCode:
    """Return an upsampling of torch.nn along the axes of the mode, or for nearest those that are named.

    A second tensor is there for its sizes only.
    """
    shape = inputs[0]
    axes = window_axes(shape, LINEAR_DIMS[operator.mode]) if operator.mode in LINEAR_DIMS else shape.grid
    scales, wanted = by_axis(operator.scale, axes), by_axis(operator.size, axes)
    if operator.like is not None:
        wanted = {axis: inputs[1][axis] for axis in axes}
    if operator.mode == "nearest":
        axes = tuple(axis for axis in axes if axis in (scales or wanted))
    return along(shape, axes, Call(Name("nn.Upsample"), _arguments(operator.mode, shape, axes, scales, wanted)))


def _arguments(
    mode: str, shape: Shape, axes: tuple[str, ...], scales: dict[str, float], wanted: dict[str, float]
) -> tuple[Argument, ...]:
    options = (
        option("mode", mode, "nearest"),
        *((Argument("align_corners", Const(False)),) if mode in LINEAR_DIMS else ()),
    )
    if not scales:
        size = sizes((int(wanted.get(axis, shape[axis])) for axis in axes), "size")
        return Argument("size", size), *options
    scale = Argument("scale_factor", sizes((float(scales.get(axis, 1)) for axis in axes), "scale"))
    return scale, *options, Argument("recompute_scale_factor", Const(True))


def by_axis(value: object, axes: tuple[str, ...]) -> dict[str, float]:
    """Return the numbers by axis: one for all, one each, two for H and W, or by name."""
    if isinstance(value, (int, float)):
        return dict.fromkeys(axes, value)
    if not isinstance(value, tuple):
        return {}
    if value and isinstance(value[0], tuple):
        return dict(value)
    return dict(zip(axes if len(value) == len(axes) else ("H", "W"), value, strict=True))
