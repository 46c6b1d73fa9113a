"""Pools whose padding torch.nn cannot do, and the median."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from archcalc.pytorch.modules.axes import broadcast_to_axes, grid_sizes
from archcalc.pytorch.modules.padding import padded, same_padding, symmetric_padding


def same_max_pool(pool: Callable[..., Tensor], layer: Any, x: Tensor) -> Tensor:
    """Pool with TensorFlow's SAME padding; without a padded copy where PyTorch's pool can pad so itself."""
    ends, sizes = same_padding(x, layer), grid_sizes(x)
    kernel = broadcast_to_axes(layer.kernel_size, len(sizes))
    padding = symmetric_padding(ends)
    if padding is None or not all(2 * p <= k <= n for p, k, n in zip(padding, kernel, sizes, strict=True)):
        x, padding = functional.pad(x, ends, value=float("-inf")), None
    return pool(x, layer.kernel_size, layer.stride, padding or 0, layer.dilation)


class SameMaxPool1d(nn.MaxPool1d):
    """A maximum pool with TensorFlow's SAME padding, which never wins."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the maximum of each window of the padded tensor."""
        return same_max_pool(functional.max_pool1d, self, x)


class SameMaxPool2d(nn.MaxPool2d):
    """A maximum pool with TensorFlow's SAME padding, which never wins."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the maximum of each window of the padded tensor."""
        return same_max_pool(functional.max_pool2d, self, x)


class SameMaxPool3d(nn.MaxPool3d):
    """A maximum pool with TensorFlow's SAME padding, which never wins."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the maximum of each window of the padded tensor."""
        return same_max_pool(functional.max_pool3d, self, x)


class PaddedPool(nn.Module):
    """A pool on a tensor padded before it: `ends` are before and after, the last axis first.

    `most` is how many windows stay by axis, where some would start in the padding after the tensor.
    """

    def __init__(
        self, pool: nn.Module, ends: Sequence[int], *, value: float = 0.0, most: Sequence[int] | None = None
    ) -> None:
        super().__init__()
        self.pool = pool
        self.ends = tuple(ends)
        self.value = value
        self.most = (None,) * (len(self.ends) // 2) if most is None else tuple(most)

    def forward(self, x: Tensor) -> Tensor:
        """Return the pool of the padded tensor, without the windows that start in the padding after it."""
        pooled: Tensor = self.pool(padded(x, self.ends, self.value))
        return pooled[(slice(None), slice(None), *map(slice, self.most))]


class MeanWithoutPadding(nn.Module):
    """The mean of those positions of each window that are no padding, on a tensor padded before."""

    def __init__(self, pool: nn.Module, ends: Sequence[int]) -> None:
        super().__init__()
        self.pool = pool
        self.ends = tuple(ends)

    def forward(self, x: Tensor) -> Tensor:
        """Divide the mean by the share of each window that is no padding."""
        inside = functional.pad(torch.ones_like(x[:1, :1]), [-end for end in self.ends])
        share: Tensor = self.pool(padded(inside, self.ends))
        mean: Tensor = self.pool(x)
        return mean / share.where(share > 0, 1)


class MedianPool(nn.Module):
    """The median of each window, zeros in the padding."""

    def __init__(self, kernel_size: Sequence[int], stride: Sequence[int], ends: Sequence[int]) -> None:
        super().__init__()
        self.kernel_size = tuple(kernel_size)
        self.stride = tuple(stride)
        self.ends = tuple(ends)

    def forward(self, x: Tensor) -> Tensor:
        """Cut the windows out one axis after the other, and take the median of each."""
        windows = padded(x, self.ends)
        for axis, (kernel, stride) in enumerate(zip(self.kernel_size, self.stride, strict=True)):
            windows = windows.unfold(2 + axis, kernel, stride)
        return windows.flatten(-len(self.kernel_size)).median(-1).values
