"""Layers of Keras that slide windows, and those that pad, crop and resize the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.readers.keras_arguments import (
    GRID,
    Axes,
    Line,
    NoOperator,
    Read,
    Reader,
    activation_lines,
    argument,
    bias_argument,
    check_grid,
    padding_argument,
    per_axis,
    single,
    whole_number,
    window_arguments,
)

if TYPE_CHECKING:
    from archcalc.readers.keras_config import LayerConfig


def convolution(count: int) -> Reader:
    """Return the reader of Conv1D, Conv2D or Conv3D."""

    def read(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        check_grid(inputs[0], count)
        groups = whole_number(layer, "groups", default=1)
        kernel = per_axis(layer, count, "kernel_size")
        arguments: dict[str, object] = {"out": whole_number(layer, "filters"), "kernel": kernel}
        arguments |= window_arguments(layer, count) | ({"groups": groups} if groups != 1 else {}) | bias_argument(layer)
        return [Line(f"conv{count}d", arguments), *activation_lines(layer.get("activation"))], inputs[0]

    return read


def _depthwise_arguments(layer: LayerConfig, count: int) -> dict[str, object]:
    multiplier = whole_number(layer, "depth_multiplier", default=1)
    out = {"out": f"$(here.C * {multiplier})"} if multiplier != 1 else {}
    return {**out, "kernel": per_axis(layer, count, "kernel_size"), "groups": "depthwise"} | window_arguments(
        layer, count
    )


def depthwise(count: int) -> Reader:
    """Return the reader of DepthwiseConv1D or DepthwiseConv2D."""

    def read(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        check_grid(inputs[0], count)
        arguments = _depthwise_arguments(layer, count) | bias_argument(layer)
        return [Line(f"conv{count}d", arguments), *activation_lines(layer.get("activation"))], inputs[0]

    return read


def separable(count: int) -> Reader:
    """Return the reader of SeparableConv1D or SeparableConv2D: a depthwise and a pointwise convolution."""

    def read(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        check_grid(inputs[0], count)
        pointwise = {"out": whole_number(layer, "filters"), "kernel": 1} | bias_argument(layer)
        lines = [
            Line(f"conv{count}d", _depthwise_arguments(layer, count) | {"bias": False}),
            Line(f"conv{count}d", pointwise),
        ]
        return [*lines, *activation_lines(layer.get("activation"))], inputs[0]

    return read


def transposed(count: int) -> Reader:
    """Return the reader of a transposed convolution; `same` gives stride times the size."""

    def read(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        check_grid(inputs[0], count)
        kernel, stride = per_axis(layer, count, "kernel_size"), per_axis(layer, count, "strides", default=1)
        if layer.get("output_padding") is not None or per_axis(layer, count, "dilation_rate", default=1) != 1:
            raise NoOperator(" with output_padding or dilation_rate")
        kernels, strides = (each if isinstance(each, list) else [each] * count for each in (kernel, stride))
        same = argument(layer, "padding", default="valid") == "same"
        spare = [k - s for k, s in zip(kernels, strides, strict=True)]
        padding = [max(0, (each + 1) // 2) if same else 0 for each in spare]
        extra = [2 * p - each if same else max(0, -each) for p, each in zip(padding, spare, strict=True)]
        if any(more >= s for more, s in zip(extra, strides, strict=True) if more):
            raise NoOperator(f" with kernel_size={kernel} and strides={stride}")
        arguments: dict[str, object] = {"out": whole_number(layer, "filters"), "kernel": kernel, "stride": stride}
        arguments |= {"padding": single(padding)} if any(padding) else {}
        arguments |= {"output_padding": single(extra)} if any(extra) else {}
        note = "Keras crops the odd position at the other end" if same and any(extra) else ""
        lines = [Line(f"conv_transpose{count}d", arguments | bias_argument(layer), note)]
        return [*lines, *activation_lines(layer.get("activation"))], inputs[0]

    return read


def pool(operator: str, count: int) -> Reader:
    """Return the reader of a pool along T, along H and W, or along all three."""

    def read(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        check_grid(inputs[0], count)
        size = per_axis(layer, count, "pool_size", default=2)
        stride = per_axis(layer, count, "strides", default=size)
        arguments = {"kernel": size} | ({"stride": stride} if stride != size else {}) | padding_argument(layer)
        padded = operator == "avg_pool" and "padding" in arguments
        arguments |= {"count_include_pad": False} if padded else {}
        return [Line(f"{operator}{count}d", arguments)], inputs[0]

    return read


def global_pool(operator: str, count: int) -> Reader:
    """Return the reader of a pool over whole axes, which are dropped unless keepdims is set."""

    def read(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        check_grid(inputs[0], count)
        axes = list(GRID[count])
        if layer.get("keepdims"):
            name = "global_avg_pool" if operator == "mean" else "global_max_pool"
            return [Line(name, {} if len(axes) == len(inputs[0]) else {"axes": axes})], inputs[0]
        return [Line(operator, {"axes": axes})], inputs[0][:-count]

    return read


def _ends(layer: LayerConfig, key: str, axes: Axes) -> dict[str, list[int]]:
    """Return [before, after] by axis of a padding or a cropping."""
    value = layer.get(key, 1)
    if isinstance(value, list) and len(axes) == 1 and not isinstance(value[0], list):
        value = [value]
    values: list[Any] = value if isinstance(value, list) else [value] * len(axes)
    pairs = [each if isinstance(each, list) else [each, each] for each in values]
    whole = all(isinstance(end, int) and 0 <= end < 10**9 for pair in pairs for end in pair)
    if len(pairs) != len(axes) or not whole or any(len(pair) != 2 for pair in pairs):
        raise NoOperator(f" with {key}={value!r}"[:100])
    return dict(zip(axes, pairs, strict=True))


def zero_padding(count: int) -> Reader:
    """Return the reader of ZeroPadding1D, 2D or 3D."""

    def read(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        check_grid(inputs[0], count)
        ends = _ends(layer, "padding", GRID[count])
        return [Line("pad", {axis: a if a == b else [a, b] for axis, (a, b) in ends.items()})], inputs[0]

    return read


def cropping(count: int) -> Reader:
    """Return the reader of Cropping1D, 2D or 3D."""

    def read(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        check_grid(inputs[0], count)
        ends = _ends(layer, "cropping", GRID[count])
        return [Line("crop", {axis: [a, f"$(here.{axis} - {a + b})"] for axis, (a, b) in ends.items()})], inputs[0]

    return read


def upsampling(count: int) -> Reader:
    """Return the reader of UpSampling1D, 2D or 3D."""

    def read(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        check_grid(inputs[0], count)
        scale = per_axis(layer, count, "size", default=2)
        mode = layer.get("interpolation", "nearest")
        if mode not in ("nearest", "bilinear"):
            raise NoOperator(f" with interpolation={mode!r}"[:100])
        scales = scale if isinstance(scale, list) else [scale] * count
        return [Line("interpolate", {"scale": dict(zip(GRID[count], scales, strict=True)), "mode": mode})], inputs[0]

    return read
