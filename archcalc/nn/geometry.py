"""Kernel, stride, padding and dilation of a window, as torch.nn takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.nn.axes import Folding, window_axes

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.core.window import AxisPadding
    from archcalc.ops.windowed import Windowed


@dataclass(frozen=True, slots=True)
class Geometry:
    """A window by axis, its padding in positions before and after; `folding` puts the other axes away."""

    folding: Folding
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def dims(self) -> int:
        """How many axes the window has."""
        return len(self.kernel)

    @property
    def even(self) -> tuple[int, ...] | None:
        """The padding of both ends, where they are padded alike on every axis."""
        if any(before != after for before, after in self.padding):
            return None
        return tuple(before for before, _ in self.padding)

    @property
    def ends(self) -> tuple[int, ...]:
        """The padding as torch.nn.functional.pad takes it: before and after, the last axis first."""
        return tuple(end for pair in reversed(self.padding) for end in pair)


def geometry(operator: Windowed, shape: Shape) -> Geometry:
    """The window of a convolution or pool on a tensor."""
    kernel, stride, padding, dilation, _ = operator.geometry()
    axes = window_axes(shape, operator.dims)
    sizes = tuple(shape[axis] for axis in axes)
    kernels, strides, dilations = (spread(each, len(axes)) for each in (kernel, stride, dilation))
    paddings = padding if isinstance(padding, tuple) else (padding,) * len(axes)
    padded = tuple(map(ends, paddings, sizes, kernels, strides, dilations))
    return Geometry(Folding.of(shape, axes), kernels, strides, padded, dilations, sizes)


def spread(value: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    """One number per axis."""
    return value if isinstance(value, tuple) else (value,) * count


def ends(padding: AxisPadding, n: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Positions before and after an axis of `n`; `same` is TensorFlow's, with the odd one after."""
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
