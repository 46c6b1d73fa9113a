"""Kernels of recorded convolutions, on the axes of the tensors that they slide over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.frozen import FrozenDict
from archcalc.core.program import Ref
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.window import TransposedWindow, Window
from archcalc.ops.traced import TracedKernel
from archcalc.tracing.bound import named
from archcalc.tracing.rules.sliding import listed

if TYPE_CHECKING:
    from archcalc.core.program import Program
    from archcalc.tracing.layers import Layer
    from archcalc.tracing.names import Names


def kernel_of(program: Program, names: Names, layer: Layer) -> TracedKernel | None:
    """Return the kernel of a layer that is one convolution; None where an axis that it slides along has no name."""
    computes = layer.computes
    if len(computes) != 1 or computes[0].name != "convolution":
        return None
    given, dims = named(computes[0]), names.of(computes[0].reads[0])
    weight = given["weight"]
    assert isinstance(weight, Ref)
    kernel = program.value(weight.number).sizes[2:]
    slid = dims[len(dims) - len(kernel) :]
    axes = [each.axis for each in slid if each.axis is not None]
    if len(axes) != len(kernel) or len(set(axes)) != len(axes) or CHANNEL in axes:
        return None
    keys = ("stride", "padding", "dilation", "output_padding")
    stride, padding, dilation, more = (listed(given[key], len(kernel)) for key in keys)
    windows: dict[str, Window | TransposedWindow] = {}
    for at, axis in enumerate(axes):
        windows[axis] = (
            TransposedWindow(kernel[at], stride[at], padding[at], more[at], dilation[at])
            if given["transposed"]
            else Window(kernel[at], stride[at], padding[at], padding[at], dilation[at])
        )
    over = Shape.of({CHANNEL: dims[1].size, **{axis: dim.size for axis, dim in zip(axes, slid, strict=True)}})
    return TracedKernel(FrozenDict(windows), over, given["groups"])
