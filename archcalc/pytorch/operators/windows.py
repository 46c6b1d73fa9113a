"""Kernel, stride, padding and dilation of a window, as torch.nn takes them.

Worked out here from the arguments and the sizes of the input, independently of the analysis, which the built network is
compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import Argument, Const
from archcalc.pytorch.operators.layer_code import broadcast_to_axes, per_axis, sizes, window_axes

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.core.window import AxisPadding
    from archcalc.ops.windowed import Windowed
    from archcalc.pytorch.expressions import Expr


@dataclass(frozen=True, slots=True)
class Geometry:
    """A window by axis; its padding in positions before and after, and as it was written."""

    axes: tuple[str, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    written: tuple[AxisPadding, ...]
    lengths: tuple[int, ...]

    @property
    def symmetric(self) -> tuple[int, ...] | None:
        """The padding of each axis where its two ends are padded alike, else None."""
        if any(before != after for before, after in self.padding):
            return None
        return tuple(before for before, _ in self.padding)

    @property
    def is_same(self) -> bool:
        """Whether all axes are padded as TensorFlow's SAME, which depends on the size of the input."""
        return all(value == "same" for value in self.written)

    @property
    def ends(self) -> Expr:
        """The padding before and after, the last axis first, as torch.nn.functional.pad takes it."""
        return per_axis((end for pair in reversed(self.padding) for end in pair), "ends")

    def argument(self, keyword: str, values: tuple[int, ...], hint: str, default: object = ...) -> Argument:
        """Return an argument with a value for each axis, or one for all."""
        return Argument(keyword, sizes(values, hint, self.axes), default)

    def padding_argument(self, padding: tuple[int, ...] | None) -> Argument:
        """Return the padding that the layer does itself."""
        return Argument("padding", Const(0) if padding is None else sizes(padding, "padding", self.axes), 0)


def geometry(operator: Windowed, shape: Shape) -> Geometry:
    """Return the window of a convolution or pool on a tensor."""
    kernel, stride, padding, dilation, _ = operator.geometry()
    axes = window_axes(shape, operator.dims, operator.over)
    kernels, strides, dilations = (broadcast_to_axes(each, len(axes)) for each in (kernel, stride, dilation))
    written = padding if isinstance(padding, tuple) else (padding,) * len(axes)
    lengths = tuple(shape[axis] for axis in axes)
    ends = tuple(map(_ends, written, lengths, kernels, strides, dilations))
    return Geometry(axes, kernels, strides, dilations, ends, written, lengths)


def _ends(padding: AxisPadding, n: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Return the positions before and after an axis of `n`; `same` is TensorFlow's, with the odd one after."""
    if isinstance(padding, tuple):
        return padding
    if isinstance(padding, int):
        return padding, padding
    extent = (kernel - 1) * dilation + 1
    if padding == "causal":
        return extent - 1, 0
    if padding == "valid":
        return 0, 0
    outputs = (n + stride - 1) // stride
    both = max((outputs - 1) * stride + extent - n, 0)
    return both // 2, (both + 1) // 2
