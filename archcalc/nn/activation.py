"""Activations, and other layers that change each value by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.ops.activation import Dropout, Gelu, LeakyRelu, Scale, Softmax, Threshold
    from archcalc.ops.base import Inputs, Operator


class Absolute(nn.Module):
    """The absolute of each value."""

    def forward(self, values: Tensor) -> Tensor:
        """The absolutes."""
        return values.abs()


class Times(nn.Module):
    """Each value times a number."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, values: Tensor) -> Tensor:
        """The products."""
        return values * self.factor


class ChannelScale(nn.Module):
    """Each value times the weight of its channel."""

    def __init__(self, channels: int, factor: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), float(factor)))

    def forward(self, values: Tensor) -> Tensor:
        """The products."""
        return values * torch.unflatten(self.weight, 0, (-1, *[1] * (values.dim() - 2)))


def plain(layer: Callable[[], nn.Module]) -> Callable[[Operator, Inputs], nn.Module]:
    """The builder of a layer without arguments."""

    def make(operator: Operator, inputs: Inputs) -> nn.Module:
        del operator, inputs
        return layer()

    return make


def leaky_relu(operator: LeakyRelu, inputs: Inputs) -> nn.Module:
    """A layer of torch.nn."""
    del inputs
    return nn.LeakyReLU(operator.negative_slope)


def gelu(operator: Gelu, inputs: Inputs) -> nn.Module:
    """A layer of torch.nn."""
    del inputs
    return nn.GELU(operator.approximate)


def softmax(operator: Softmax, inputs: Inputs) -> nn.Module:
    """A layer of torch.nn over the channels."""
    del operator, inputs
    return nn.Softmax(dim=1)


def threshold(operator: Threshold, inputs: Inputs) -> nn.Module:
    """A layer of torch.nn."""
    del inputs
    return nn.Threshold(operator.threshold, operator.value)


def dropout(operator: Dropout, inputs: Inputs) -> nn.Module:
    """A layer of torch.nn."""
    del inputs
    return nn.Dropout(operator.p)


def scale(operator: Scale, inputs: Inputs) -> nn.Module:
    """A number, or weights that start at it."""
    return ChannelScale(inputs[0].channels, operator.factor) if operator.learned else Times(operator.factor)
