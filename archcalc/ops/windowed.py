"""What convolutions and pools have in common: a window per axis that gives the output size and the reads."""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.window import AxisPadding, Window, check_fits, resolve_padding
from archcalc.ops.arguments import GridAxes, Padding, Sizes
from archcalc.ops.base import (
    Inputs,
    Sliding,
    by_axis,
    per_axis,
    require_at_least,
    require_window_size,
    single,
    window_axes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.shape import Shape
    from archcalc.core.window import TransposedWindow


MOST_KEPT = 4096
"""Layers whose windows and sizes are kept: more than any network has that differ."""


class Windowed(Sliding):
    """An operator of `dims` dimensions with `kernel`, `stride`, `padding` and `dilation`, as PyTorch names them.

    Two dimensions act on H and W of every frame, one on T (or D), three on T (or D), H and W, unless `over` says
    which axes. Tokens do not change.
    """

    dims: ClassVar[int]
    over: GridAxes | None

    @abstractmethod
    def geometry(self) -> tuple[Sizes, Sizes, Padding, Sizes, bool]:
        """Kernel, stride, padding, dilation and ceil_mode as written."""

    @abstractmethod
    def check_window(self, window: Window, n: int, axis: str) -> None:
        """OperatorError for a window that PyTorch refuses although it fits."""

    def windows(self, inputs: Inputs) -> Mapping[str, Window]:
        """Kernel, stride, padding in positions and dilation, by axis."""
        return _windows(self, single(inputs))

    def grid_shape(self, inputs: Inputs) -> Shape:
        """The input's shape with the sizes that the windows leave."""
        return _grid_shape(self, single(inputs))


@lru_cache(maxsize=MOST_KEPT)
def _windows(operator: Windowed, shape: Shape) -> Mapping[str, Window]:
    """Kept because sizes, fields, parameters and arithmetic of one layer all ask for it."""
    axes = window_axes(shape, operator.dims, operator.title, operator.over)
    kernel, stride, padding, dilation, ceil_mode = operator.geometry()
    kernels, strides = per_axis(kernel, axes, "kernel"), per_axis(stride, axes, "stride")
    dilations, paddings = per_axis(dilation, axes, "dilation"), padding_per_axis(padding, axes)
    windows = {}
    for axis, k, s, p, d in zip(axes, kernels, strides, paddings, dilations, strict=True):
        before, after = resolve_padding(p, shape[axis], k, s, d)
        windows[axis] = Window(k, s, before, after, d, ceil_mode)
    return windows


@lru_cache(maxsize=MOST_KEPT)
def _grid_shape(operator: Windowed, shape: Shape) -> Shape:
    sizes = {}
    for axis, window in _windows(operator, shape).items():
        sizes[axis] = check_fits(window, shape[axis], axis)
        operator.check_window(window, shape[axis], axis)
    return shape.resized(sizes)


def check_window_arguments(kernel: Sizes, stride: Sizes | None, padding: Padding, dilation: Sizes) -> None:
    """OperatorError for kernels, strides and dilations below 1 and paddings below 0."""
    for argument, value in (("kernel", kernel), ("stride", stride), ("dilation", dilation)):
        require_window_size(argument, value)
    for axis_padding in padding if isinstance(padding, tuple) else (padding,):
        numbers = axis_padding if isinstance(axis_padding, (tuple, int)) else ()
        require_at_least(0, "padding", numbers)


def padding_per_axis(padding: Padding, axes: tuple[str, ...]) -> tuple[AxisPadding, ...]:
    """One padding per axis from one for all or a list of them; causal only along T."""
    values: tuple[AxisPadding, ...] = padding if isinstance(padding, tuple) else (padding,) * len(axes)
    if len(values) != len(axes):
        both_ends = len(axes) == 1 and len(values) == 2
        hint = "write [[{}, {}]] for before and after".format(*values) if both_ends else ""
        raise OperatorError(
            f"padding: a list of {len(values)} for the axes {', '.join(axes)}",
            f"one padding or {len(axes)} of them",
            argument="padding",
            hint=hint,
        )
    for axis, value in zip(axes, values, strict=True):
        if value == "causal" and axis != "T":
            raise OperatorError(f"causal padding on axis {axis}", "causal padding on T only", argument="padding")
    return values


def grouped_channels(shape: Shape, out: int | None, groups: int | str) -> tuple[int, int, int]:
    """Output channels, input channels and groups; OperatorError when they do not divide.

    Depthwise gives every input channel a group of its own; without `out` there are as many outputs as inputs.
    """
    inputs = shape.channels
    count = inputs if groups == "depthwise" else int(groups)
    outputs = inputs if out is None else out
    if count == 1:
        return outputs, inputs, 1
    for what, channels in (("input", inputs), ("output", outputs)):
        if channels % count:
            raise OperatorError(
                f"{count} groups for {channels} {what} channels",
                "groups that divide input and output channels",
                argument="groups",
            )
    return outputs, inputs, count


def window_summary(
    windows: Mapping[str, Window | TransposedWindow], channels: str = "", *, natural_stride: tuple[int, ...]
) -> str:
    """`3x7x7, 3->64, stride 1x2x2`; a stride is left out where it is the operator's natural one."""
    strides = tuple([window.stride for window in windows.values()])
    dilations = tuple([window.dilation for window in windows.values()])
    parts = [by_axis(tuple([window.kernel for window in windows.values()]))]
    if channels:
        parts.append(channels)
    if strides != natural_stride:
        parts.append(f"stride {by_axis(strides)}")
    if max(dilations) > 1:
        parts.append(f"dilation {by_axis(dilations)}")
    return ", ".join(parts)
