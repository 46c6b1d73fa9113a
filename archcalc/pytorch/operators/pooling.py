"""Pools: with sliding windows, adaptive ones, and those over whole axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import FIRST, Argument, Call, Const, Name, TupleExpr, call, method
from archcalc.pytorch.operators.layer_code import (
    X,
    along,
    broadcast_to_axes,
    dimensions,
    operation,
    option,
    per_axis,
    sizes,
    window_axes,
)
from archcalc.pytorch.operators.windows import geometry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.core.shape import Shape
    from archcalc.ops.adaptive_pool import AdaptivePool
    from archcalc.ops.base import Inputs
    from archcalc.ops.global_pool import GlobalAvgPool, GlobalMaxPool
    from archcalc.ops.pool import AvgPool, MaxPool, MedianPool, Pool
    from archcalc.pytorch.expressions import Expr
    from archcalc.pytorch.operators.layer_code import LayerCode
    from archcalc.pytorch.operators.windows import Geometry


def max_pool(operator: MaxPool, inputs: Inputs) -> LayerCode:
    """Return a maximum pool of torch.nn, or one on a tensor padded with minus infinity."""
    (shape,) = inputs
    window = geometry(operator, shape)
    name, kernel = f"MaxPool{operator.dims}d", _kernel(window)
    dilation = window.argument("dilation", window.dilation, "dilation", 1)
    ceil = option("ceil_mode", operator.ceil_mode, False)
    own = _own_padding(operator, window)
    if window.is_same and not operator.ceil_mode:
        pool = Call(Name(f"Same{name}"), (*kernel, dilation))
    elif own is not None:
        pool = Call(Name(f"nn.{name}"), (*kernel, window.padding_argument(own), dilation, ceil))
    else:
        value = Argument("value", call("float", Const("-inf")))
        pool = _padded(Call(Name(f"nn.{name}"), (*kernel, dilation, ceil)), window, value, ceil=operator.ceil_mode)
    return along(shape, window.axes, pool)


def avg_pool(operator: AvgPool, inputs: Inputs) -> LayerCode:
    """Return an average pool of torch.nn, or one on a tensor padded before."""
    (shape,) = inputs
    window = geometry(operator, shape)
    name, kernel = Name(f"nn.AvgPool{operator.dims}d"), _kernel(window)
    ceil = option("ceil_mode", operator.ceil_mode, False)
    count = option("count_include_pad", operator.count_include_pad, True)
    own = _own_padding(operator, window)
    if own is not None:
        return along(shape, window.axes, Call(name, (*kernel, window.padding_argument(own), ceil, count)))
    pool = Call(name, (*kernel, ceil))
    if not operator.count_include_pad:
        pool = call("MeanWithoutPadding", pool, window.ends)
    return along(shape, window.axes, _padded(pool, window, ceil=operator.ceil_mode))


def median_pool(operator: MedianPool, inputs: Inputs) -> LayerCode:
    """Return a median pool, which torch.nn lacks."""
    (shape,) = inputs
    window = geometry(operator, shape)
    kernel, stride = per_axis(window.kernel, "kernel"), per_axis(window.stride, "stride")
    return along(shape, window.axes, call("MedianPool", kernel, stride, window.ends))


def _kernel(window: Geometry) -> tuple[Argument, Argument]:
    kernel = window.argument("kernel_size", window.kernel, "kernel")
    return kernel, window.argument("stride", window.stride, "stride", FIRST)


def _own_padding(operator: Pool, window: Geometry) -> tuple[int, ...] | None:
    """Return the padding that the pool can do itself: written as its own, or symmetric and of half a kernel at most."""
    symmetric = window.symmetric
    if operator.pads_itself or symmetric is None or not any(symmetric):
        return symmetric
    fits = zip(symmetric, window.kernel, window.lengths, strict=True)
    return symmetric if all(2 * padding <= kernel <= n for padding, kernel, n in fits) else None


def _padded(pool: Call, window: Geometry, *options: Argument, ceil: bool) -> Call:
    """Return a pool on a tensor padded before; of rounded up windows those stay that start before the last padding."""
    arguments = [Argument("", pool), Argument("", window.ends), *options]
    if ceil:
        starts = zip(window.lengths, window.padding, window.stride, strict=True)
        most = [-(-(n + before) // stride) for n, (before, _), stride in starts]
        arguments.append(Argument("most", per_axis(most, "most")))
    return Call(Name("PaddedPool"), tuple(arguments))


def adaptive_avg_pool(operator: AdaptivePool, inputs: Inputs) -> LayerCode:
    """Return an adaptive average pool of torch.nn."""
    return _adaptive("Avg", operator, inputs[0])


def adaptive_max_pool(operator: AdaptivePool, inputs: Inputs) -> LayerCode:
    """Return an adaptive maximum pool of torch.nn."""
    return _adaptive("Max", operator, inputs[0])


def _adaptive(kind: str, operator: AdaptivePool, shape: Shape) -> LayerCode:
    axes = window_axes(shape, operator.dims, operator.over)
    size = sizes(broadcast_to_axes(operator.output_size, len(axes)), "size")
    return along(shape, axes, call(f"nn.Adaptive{kind}Pool{operator.dims}d", size))


def global_avg_pool(operator: GlobalAvgPool, inputs: Inputs) -> LayerCode:
    """Return a mean; over exactly H and W an adaptive average pool of torch.nn, which counters tell from a mean."""
    (shape,) = inputs
    axes = operator.axes or shape.grid
    if set(axes) == {"H", "W"}:
        return along(shape, ("H", "W"), call("nn.AdaptiveAvgPool2d", Const(1)))
    return operation(shape, method(X, "mean", _over(shape, axes), keepdim=Const(True)))


def global_max_pool(operator: GlobalMaxPool, inputs: Inputs) -> LayerCode:
    """Return the largest over axes, which stay at size 1."""
    (shape,) = inputs
    return operation(shape, method(X, "amax", _over(shape, operator.axes or shape.grid), keepdim=Const(True)))


def _over(shape: Shape, axes: Sequence[str]) -> Expr:
    found = dimensions(shape, axes)
    return Const(found[0]) if len(found) == 1 else TupleExpr(tuple(map(Const, found)))
