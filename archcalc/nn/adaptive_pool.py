"""Adaptive pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from archcalc.nn.axes import Folding, window_axes
from archcalc.nn.geometry import spread
from archcalc.nn.pool import folded

if TYPE_CHECKING:
    from archcalc.ops.adaptive_pool import AdaptiveAvgPool, AdaptiveMaxPool, AdaptivePool
    from archcalc.ops.base import Inputs

AVERAGE: dict[int, Any] = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}
MAX: dict[int, Any] = {1: nn.AdaptiveMaxPool1d, 2: nn.AdaptiveMaxPool2d, 3: nn.AdaptiveMaxPool3d}


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
