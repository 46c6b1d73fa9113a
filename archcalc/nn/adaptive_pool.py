"""Adaptive pools, and pools over whole axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from archcalc.nn.axes import Folding, dimensions, window_axes
from archcalc.nn.geometry import spread
from archcalc.nn.pool import folded

if TYPE_CHECKING:
    from archcalc.ops.adaptive_pool import AdaptiveAvgPool, AdaptiveMaxPool, AdaptivePool
    from archcalc.ops.base import Inputs
    from archcalc.ops.global_pool import GlobalAvgPool, GlobalMaxPool
    from archcalc.ops.reshape import Mean

AVERAGE: dict[int, Any] = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}
MAX: dict[int, Any] = {1: nn.AdaptiveMaxPool1d, 2: nn.AdaptiveMaxPool2d, 3: nn.AdaptiveMaxPool3d}


class MeanOver(nn.Module):
    """The mean over some dimensions."""

    def __init__(self, dims: tuple[int, ...], *, keepdim: bool) -> None:
        super().__init__()
        self.dims = dims
        self.keepdim = keepdim

    def forward(self, grid: Tensor) -> Tensor:
        """The mean."""
        return grid.mean(self.dims, keepdim=self.keepdim)


class MaxOver(nn.Module):
    """The largest over some dimensions, which stay at size 1."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, grid: Tensor) -> Tensor:
        """The largest."""
        return grid.amax(self.dims, keepdim=True)


def _adaptive(table: dict[int, Any], operator: AdaptivePool, inputs: Inputs) -> nn.Module:
    (shape,) = inputs
    axes = window_axes(shape, operator.dims)
    return folded(Folding.of(shape, axes), table[len(axes)](spread(operator.output_size, len(axes))))


def adaptive_avg_pool(operator: AdaptiveAvgPool, inputs: Inputs) -> nn.Module:
    """An adaptive average pool of torch.nn."""
    return _adaptive(AVERAGE, operator, inputs)


def adaptive_max_pool(operator: AdaptiveMaxPool, inputs: Inputs) -> nn.Module:
    """An adaptive maximum pool of torch.nn."""
    return _adaptive(MAX, operator, inputs)


def global_avg_pool(operator: GlobalAvgPool, inputs: Inputs) -> nn.Module:
    """A mean; over exactly H and W an adaptive average pool of torch.nn, which counters tell from a mean."""
    (shape,) = inputs
    axes = operator.axes or shape.grid
    if set(axes) == {"H", "W"}:
        return folded(Folding.of(shape, axes), nn.AdaptiveAvgPool2d(1))
    return MeanOver(dimensions(shape, axes), keepdim=True)


def global_max_pool(operator: GlobalMaxPool, inputs: Inputs) -> nn.Module:
    """A maximum over dimensions."""
    (shape,) = inputs
    return MaxOver(dimensions(shape, operator.axes or shape.grid))


def mean(operator: Mean, inputs: Inputs) -> nn.Module:
    """A mean over dimensions, which go."""
    return MeanOver(dimensions(inputs[0], operator.axes), keepdim=False)
