"""Normalizations that torch.nn lacks."""

from typing import Any

import torch
from torch import Tensor, nn


class ShiftOnly(nn.Module):
    """A batch norm with a learned shift and no scale."""

    def __init__(self, channels: int, **options: Any) -> None:
        super().__init__(channels, affine=False, **options)
        self.bias = nn.Parameter(torch.zeros(channels))


class ShiftBatchNorm1d(ShiftOnly, nn.BatchNorm1d):
    """A batch norm with a learned shift and no scale."""


class ShiftBatchNorm2d(ShiftOnly, nn.BatchNorm2d):
    """A batch norm with a learned shift and no scale."""


class ShiftBatchNorm3d(ShiftOnly, nn.BatchNorm3d):
    """A batch norm with a learned shift and no scale."""


class ResponseNorm(nn.LocalResponseNorm):
    """A local response norm of a tensor with any number of axes, however it lies in memory."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalize with one axis more, as PyTorch's takes a view across axes."""
        return super().forward(x.contiguous().unsqueeze(-1)).squeeze(-1)
