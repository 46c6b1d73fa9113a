"""Padding that depends on the input, or differs at the two ends of an axis."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.nn import functional

from archcalc.pytorch.modules.axes import broadcast_to_axes, grid_sizes


def padded(x: Tensor, ends: Sequence[int], value: float = 0.0) -> Tensor:
    """Pad before and after the last dimension, then the one before it; without a copy where nothing is added."""
    return functional.pad(x, tuple(ends), value=value) if any(ends) else x


def same_padding(x: Tensor, layer: Any) -> list[int]:
    """TensorFlow's SAME: an output of ceil(n / stride); where padding is odd, there is more of it at the end."""
    ends: list[int] = []
    sizes = grid_sizes(x)
    window = (broadcast_to_axes(each, len(sizes)) for each in (layer.kernel_size, layer.stride, layer.dilation))
    for n, kernel, stride, dilation in zip(sizes, *window, strict=True):
        both = max((-(-n // stride) - 1) * stride + (kernel - 1) * dilation + 1 - n, 0)
        ends = [both // 2, (both + 1) // 2, *ends]
    return ends


def symmetric_padding(ends: Sequence[int]) -> tuple[int, ...] | None:
    """Return the padding of each axis where its two ends are padded alike, else None."""
    before, after = tuple(ends[::2]), tuple(ends[1::2])
    return before[::-1] if before == after else None
