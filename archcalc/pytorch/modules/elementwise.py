"""Layers that work on each value by itself."""

import torch
from torch import Tensor, nn


class ChannelScale(nn.Module):
    """Each value times the weight of its channel."""

    def __init__(self, channels: int, factor: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), float(factor)))

    def forward(self, x: Tensor) -> Tensor:
        """Return each value times the weight of its channel."""
        return x * self.weight.view(-1, *[1] * (x.dim() - 2))
