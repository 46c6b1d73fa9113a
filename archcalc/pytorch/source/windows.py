"""Layers whose window slides: convolutions and pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.base import window_axes
from archcalc.pytorch.source.expressions import FIRST, Argument, Call, Const, call
from archcalc.pytorch.source.written import along, dimensions, operation, per_axis, sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.core.shape import Shape
    from archcalc.core.window import Window
    from archcalc.ops.adaptive_pool import AdaptivePool
    from archcalc.ops.base import Inputs
    from archcalc.ops.conv import Conv
    from archcalc.ops.global_pool import GlobalAvgPool, GlobalMaxPool
    from archcalc.ops.pool import AvgPool, MaxPool, MedianPool
    from archcalc.ops.transposed import ConvTranspose
    from archcalc.ops.windowed import Windowed
    from archcalc.pytorch.source.expressions import Expr
    from archcalc.pytorch.source.written import Written


def conv(operator: Conv, inputs: Inputs) -> Written:
    """A convolution of torch.nn, or one that pads its input before."""
    windows = operator.windows(inputs)
    kind, padding = "nn.Conv", Argument("padding", by_axis(windows, "padding"), 0)
    if pads_same(operator):
        kind, padding = "SameConv", Argument("padding", Const(0), 0)
    elif uneven(windows.values()):
        kind, padding = "PaddedConv", Argument("ends", ends(windows.values()))
    arguments = (
        *channels(inputs[0], operator.out),
        Argument("kernel_size", by_axis(windows, "kernel")),
        Argument("stride", by_axis(windows, "stride"), 1),
        padding,
        Argument("dilation", by_axis(windows, "dilation"), 1),
        *grouped(inputs[0], operator),
    )
    return along(inputs[0], tuple(windows), Call(f"{kind}{operator.dims}d", arguments))


def conv_transpose(operator: ConvTranspose, inputs: Inputs) -> Written:
    """A transposed convolution of torch.nn."""
    axes = window_axes(inputs[0], operator.dims, operator.title)

    def spread(name: str) -> Expr:
        value = getattr(operator, name)
        return sizes(value if isinstance(value, tuple) else (value,) * len(axes), name, axes)

    arguments = (
        *channels(inputs[0], operator.out),
        Argument("kernel_size", spread("kernel")),
        Argument("stride", spread("stride"), 1),
        Argument("padding", spread("padding"), 0),
        Argument("output_padding", spread("output_padding"), 0),
        Argument("dilation", spread("dilation"), 1),
        *grouped(inputs[0], operator),
    )
    return along(inputs[0], axes, Call(f"nn.ConvTranspose{operator.dims}d", arguments))


def channels(shape: Shape, out: int | None) -> tuple[Argument, Argument]:
    """Channels in and out."""
    return Argument("", Const(shape.channels, "in")), Argument("", Const(out or shape.channels, "out"))


def grouped(shape: Shape, operator: Conv | ConvTranspose) -> tuple[Argument, Argument]:
    """Groups and bias; depthwise has a group for each channel."""
    depthwise = operator.groups == "depthwise"
    groups = Const(shape.channels, "in") if depthwise else Const(operator.groups, "groups")
    return Argument("groups", groups, 1), Argument("bias", Const(operator.bias, "bias"), True)


def by_axis(windows: Mapping[str, Window], what: str) -> Expr:
    """Kernel, stride, padding before or dilation, by axis or one for all."""
    values = [getattr(window, "before" if what == "padding" else what) for window in windows.values()]
    return sizes(values, what, windows)


def pads_same(operator: Windowed) -> bool:
    """Whether every axis is padded the way of TensorFlow."""
    padding = operator.geometry()[2]
    return all(value == "same" for value in (padding if isinstance(padding, tuple) else (padding,)))


def uneven(windows: Iterable[Window]) -> bool:
    """Whether the two ends of an axis are padded differently."""
    return any(window.before != window.after for window in windows)


def ends(windows: Iterable[Window]) -> Expr:
    """Padding before and after, the last axis first."""
    return per_axis((end for window in reversed(list(windows)) for end in (window.before, window.after)), "ends")


def max_pool(operator: MaxPool, inputs: Inputs) -> Written:
    """A maximum pool of torch.nn, or one on a tensor padded before."""
    windows = operator.windows(inputs)
    kernel, padding = pool_arguments(operator, windows)
    dilation = Argument("dilation", by_axis(windows, "dilation"), 1)
    ceil = Argument("ceil_mode", Const(operator.ceil_mode, "ceil_mode"), False)
    name = f"MaxPool{operator.dims}d"
    if not padded(operator, windows):
        pool = Call(f"nn.{name}", (*kernel, padding, dilation, ceil))
    elif pads_same(operator) and not operator.ceil_mode:
        pool = Call(f"Same{name}", (*kernel, dilation))
    else:
        pool = behind_padding(Call(f"nn.{name}", (*kernel, dilation, ceil)), windows, inputs[0], lowest=True)
    return along(inputs[0], tuple(windows), pool)


def avg_pool(operator: AvgPool, inputs: Inputs) -> Written:
    """An average pool of torch.nn, or one on a tensor padded before."""
    windows = operator.windows(inputs)
    kernel, padding = pool_arguments(operator, windows)
    ceil = Argument("ceil_mode", Const(operator.ceil_mode, "ceil_mode"), False)
    count = Argument("count_include_pad", Const(operator.count_include_pad, "count_include_pad"), True)
    name = f"nn.AvgPool{operator.dims}d"
    if not padded(operator, windows):
        return along(inputs[0], tuple(windows), Call(name, (*kernel, padding, ceil, count)))
    pool = Call(name, (*kernel, ceil))
    if not operator.count_include_pad:
        pool = call("MeanWithoutPadding", pool, ends(windows.values()))
    return along(inputs[0], tuple(windows), behind_padding(pool, windows, inputs[0]))


def median_pool(operator: MedianPool, inputs: Inputs) -> Written:
    """A median pool, which torch.nn lacks."""
    windows = operator.windows(inputs)
    kernel, stride = ([getattr(window, name) for window in windows.values()] for name in ("kernel", "stride"))
    pool = call("MedianPool", per_axis(kernel, "kernel"), per_axis(stride, "stride"), ends(windows.values()))
    return along(inputs[0], tuple(windows), pool)


def pool_arguments(operator: MaxPool | AvgPool, windows: Mapping[str, Window]) -> tuple[tuple[Argument, ...], Argument]:
    """Kernel and stride, and the padding that a pool does itself."""
    kernel = Argument("kernel_size", by_axis(windows, "kernel"))
    stride = Argument("stride", by_axis(windows, "stride"), FIRST)
    padding = by_axis(windows, "padding") if operator.pads_itself else Const(0)
    return (kernel, stride), Argument("padding", padding, 0)


def padded(operator: MaxPool | AvgPool, windows: Mapping[str, Window]) -> bool:
    """Whether there is padding that the pool does not do itself."""
    return not operator.pads_itself and any(window.before or window.after for window in windows.values())


def behind_padding(pool: Call, windows: Mapping[str, Window], shape: Shape, *, lowest: bool = False) -> Call:
    """A pool on a tensor padded before; of rounded up windows those stay that start before the padding behind it."""
    arguments = [Argument("", pool), Argument("", ends(windows.values()))]
    if lowest:
        arguments.append(Argument("value", call("float", Const("-inf"))))
    if any(window.ceil_mode for window in windows.values()):
        most = [-(-(shape[axis] + window.before) // window.stride) for axis, window in windows.items()]
        arguments.append(Argument("most", per_axis(most, "most")))
    return Call("PaddedPool", tuple(arguments))


def adaptive_avg_pool(operator: AdaptivePool, inputs: Inputs) -> Written:
    """An adaptive average pool of torch.nn."""
    return _adaptive("Avg", operator, inputs)


def adaptive_max_pool(operator: AdaptivePool, inputs: Inputs) -> Written:
    """An adaptive maximum pool of torch.nn."""
    return _adaptive("Max", operator, inputs)


def _adaptive(kind: str, operator: AdaptivePool, inputs: Inputs) -> Written:
    wanted = operator.sizes(inputs)
    size = sizes(wanted.values(), "size")
    return along(inputs[0], tuple(wanted), call(f"nn.Adaptive{kind}Pool{operator.dims}d", size))


def global_avg_pool(operator: GlobalAvgPool, inputs: Inputs) -> Written:
    """A mean over axes, which stay at size 1."""
    return operation(inputs[0], f"{{}}.mean({_over(operator, inputs[0])}, keepdim=True)")


def global_max_pool(operator: GlobalMaxPool, inputs: Inputs) -> Written:
    """The largest over axes, which stay at size 1."""
    return operation(inputs[0], f"{{}}.amax({_over(operator, inputs[0])}, keepdim=True)")


def _over(operator: GlobalAvgPool | GlobalMaxPool, shape: Shape) -> str:
    return dimensions(shape, operator.axes or shape.grid)
