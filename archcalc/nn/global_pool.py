"""Pools over whole axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from archcalc.nn.axes import Folding, dimensions
from archcalc.nn.pool import folded

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.global_pool import GlobalAvgPool, GlobalMaxPool


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
