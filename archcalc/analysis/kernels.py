"""Kernels and sizes as papers on video print them: `1×7², 64, stride 1, 2²` and `16×56²`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.core.shape import in_order
from archcalc.ops.traits import Storage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.core.shape import Shape
    from archcalc.core.window import TransposedWindow, Window

    Windows = Mapping[str, Window | TransposedWindow]

SQUARED = ("H", "W")


def output_text(shape: Shape) -> str:
    """Return `16×56²`, plus tokens; for a tensor without a grid, its channels."""
    if not shape.grid:
        return str(shape.channels)
    return "×".join(_sizes({axis: shape[axis] for axis in shape.grid})) + (f"+{shape.tokens}" if shape.tokens else "")


def sizes_heading(axes: Iterable[str]) -> str:
    """`T×S²`: what `output_text` prints for these axes."""
    present = tuple(axes)
    space = ["S²" if all(axis in present for axis in SQUARED) else "S"] * any(axis in present for axis in SQUARED)
    return "×".join([axis for axis in present if axis not in SQUARED] + space)


def layer_text(analysis: Analysis, layer: LayerRecord, *, with_stride: bool) -> str | None:
    """Return a layer as papers print it; None if it has no window and no multiplications and keeps the grid.

    A stride of 1 is omitted.
    """
    shape = analysis.graph.shape(layer.inputs[0])
    if layer.windows is not None:
        return _window_text(layer, layer.windows, shape, with_stride=with_stride)
    if layer.macs:
        return f"{_words(layer)}, {layer.shape.heads * layer.shape.channels}"
    sizes = [{axis: each[axis] for axis in each.grid} for each in map(analysis.graph.shape, layer.inputs)]
    changes = {axis: layer.shape[axis] for axis in layer.shape.grid} not in sizes
    is_alias = analysis.graph.nodes[layer.path].operator.traits.storage is Storage.ALIAS
    return _words(layer) if changes and not is_alias else None


def _window_text(layer: LayerRecord, windows: Windows, shape: Shape, *, with_stride: bool) -> str:
    """Operation, unless it is convolution, and kernel; channels, unless it is a pool; stride."""
    axes = in_order({*windows, *shape.grid})
    operation = _operation(layer.op)
    text = "" if operation == "conv" else f"{operation} "
    text += "×".join(_sizes({axis: windows[axis].kernel if axis in windows else 1 for axis in axes}))
    text += f", {layer.shape.channels}" if layer.macs else ""
    strides = {axis: windows[axis].stride if axis in windows else 1 for axis in axes}
    moves = any(stride > 1 for stride in strides.values())
    return text + (f", stride {', '.join(_sizes(strides))}" if with_stride and moves else "")


def _sizes(by_axis: Mapping[str, int]) -> list[str]:
    """A text per axis; height and width are one square where they are equal."""
    height, width = (by_axis.get(axis) for axis in SQUARED)
    if height is None or height != width:
        return [str(size) for size in by_axis.values()]
    return [*(str(size) for axis, size in by_axis.items() if axis not in SQUARED), f"{height}²"]


def _words(layer: LayerRecord) -> str:
    """The operation, with its arguments where they say more than channels: `attention (T, 12 heads)`, `linear`."""
    _, bracket, arguments = layer.label.partition(" (")
    return _operation(layer.op) + (f"{bracket}{arguments}" if "->" not in arguments else "")


def _operation(op: str) -> str:
    return re.sub(r"[123]d$", "", op).replace("_", " ")
