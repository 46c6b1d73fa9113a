"""Pools whose window slides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from archcalc.nn.geometry import geometry
from archcalc.nn.padding import padded

if TYPE_CHECKING:
    from archcalc.nn.axes import Folding
    from archcalc.nn.geometry import Geometry
    from archcalc.ops.base import Inputs
    from archcalc.ops.pool import AvgPool, MaxPool, MedianPool, Pool

MAX: dict[int, Any] = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVERAGE: dict[int, Any] = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}


class Folded(nn.Module):
    """A layer without weights on the axes it works along, the others folded into the batch."""

    def __init__(self, folding: Folding, layer: nn.Module) -> None:
        super().__init__()
        self.folding = folding
        self.layer = layer

    def forward(self, grid: Tensor) -> Tensor:
        """Folded, through the layer, unfolded."""
        return self.folding.unfold(self.layer(self.folding.fold(grid)))


def folded(folding: Folding, layer: nn.Module) -> nn.Module:
    """The layer itself where nothing is to be folded."""
    return Folded(folding, layer) if folding.beside else layer


class Padded(nn.Module):
    """A pool on a tensor that was padded before it.

    Of the windows only those stay that start inside the tensor or its padding before; `most` says how many by axis.
    """

    def __init__(self, window: Geometry, value: float, pool: nn.Module, *, ceil_mode: bool) -> None:
        super().__init__()
        self.ends = window.ends
        self.value = value
        self.pool = pool
        self.most = [
            -(-(n + before) // stride) if ceil_mode else n + before + after
            for n, (before, after), stride in zip(window.sizes, window.padding, window.stride, strict=True)
        ]

    def forward(self, grid: Tensor) -> Tensor:
        """Padded, pooled, cut."""
        pooled: Tensor = self.pool(padded(grid, self.ends, self.value))
        return pooled[(slice(None), slice(None), *map(slice, self.most))]


class MeanWithoutPadding(nn.Module):
    """The mean of the positions of each window that are no padding, of a tensor padded before."""

    def __init__(self, window: Geometry, pool: nn.Module) -> None:
        super().__init__()
        self.sizes = window.sizes
        self.ends = window.ends
        self.pool = pool

    def forward(self, grid: Tensor) -> Tensor:
        """The mean with padding, divided by the share of each window that is no padding."""
        real = padded(torch.ones(1, 1, *self.sizes, dtype=grid.dtype, device=grid.device), self.ends)
        share: Tensor = self.pool(real)
        mean: Tensor = self.pool(grid)
        return mean / share.where(share > 0, 1)


class Median(nn.Module):
    """The median of each window, zeros in the padding."""

    def __init__(self, window: Geometry) -> None:
        super().__init__()
        self.ends = window.ends
        self.kernel = window.kernel
        self.stride = window.stride

    def forward(self, grid: Tensor) -> Tensor:
        """Padded, cut into windows one axis after the other, the median of each taken."""
        windows = padded(grid, self.ends)
        for axis, (kernel, stride) in enumerate(zip(self.kernel, self.stride, strict=True)):
            windows = windows.unfold(2 + axis, kernel, stride)
        return windows.flatten(-len(self.kernel)).median(-1).values


def own_padding(operator: Pool, window: Geometry) -> tuple[int, ...] | None:
    """The padding that the pool can do itself: written as its own, or even and of no more than half a kernel."""
    if operator.pads_itself or window.even is None:
        return window.even
    sizes = zip(window.even, window.kernel, window.sizes, strict=True)
    return window.even if all(2 * padding <= kernel <= n for padding, kernel, n in sizes) else None


def max_pool(operator: MaxPool, inputs: Inputs) -> nn.Module:
    """A maximum pool of torch.nn, behind padding of minus infinity where it does not pad itself."""
    (shape,) = inputs
    window = geometry(operator, shape)
    own = own_padding(operator, window)
    pool: nn.Module = MAX[window.dims](
        window.kernel, window.stride, own or 0, dilation=window.dilation, ceil_mode=operator.ceil_mode
    )
    if own is None:
        pool = Padded(window, float("-inf"), pool, ceil_mode=operator.ceil_mode)
    return folded(window.folding, pool)


def avg_pool(operator: AvgPool, inputs: Inputs) -> nn.Module:
    """An average pool of torch.nn, behind padding where it does not pad itself."""
    (shape,) = inputs
    window = geometry(operator, shape)
    own = own_padding(operator, window)
    pool: nn.Module = AVERAGE[window.dims](
        window.kernel, window.stride, own or 0, operator.ceil_mode, operator.count_include_pad
    )
    if own is None:
        mean = pool if operator.count_include_pad else MeanWithoutPadding(window, pool)
        pool = Padded(window, 0.0, mean, ceil_mode=operator.ceil_mode)
    return folded(window.folding, pool)


def median_pool(operator: MedianPool, inputs: Inputs) -> nn.Module:
    """A median pool, which torch.nn lacks."""
    (shape,) = inputs
    window = geometry(operator, shape)
    return folded(window.folding, Median(window))
