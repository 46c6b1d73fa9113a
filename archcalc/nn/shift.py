"""Shifts of channels along time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from archcalc.nn.axes import dimensions

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.shift import TemporalShift


class Shift(nn.Module):
    """Parts of the channels read another frame: the first of `parts` channels that of `offsets[0]` frames on."""

    def __init__(self, dim: int, parts: list[int], offsets: tuple[int, ...]) -> None:
        super().__init__()
        self.dim = dim
        self.parts = parts
        self.offsets = offsets

    def forward(self, grid: Tensor) -> Tensor:
        """The parts shifted and put together again."""
        parts = torch.split(grid, self.parts, 1)
        return torch.cat([self.shifted(part, offset) for part, offset in zip(parts, self.offsets, strict=True)], 1)

    def shifted(self, part: Tensor, offset: int) -> Tensor:
        """Frame t reads t + offset, and zeros beyond the ends: what padding of less than nothing cuts off."""
        return functional.pad(part, (*[0, 0] * (part.dim() - 1 - self.dim), -offset, offset)) if offset else part


def temporal_shift(operator: TemporalShift, inputs: Inputs) -> nn.Module:
    """The first channels from the future, the next from the past; causal ones from the past alone."""
    (shape,) = inputs
    (dim,) = dimensions(shape, ("T",))
    moved = shape.channels // operator.fold_div
    by = min(operator.shift, shape["T"])
    offsets = (-by,) if operator.causal else (by, -by)
    stays = shape.channels - moved * len(offsets)
    return Shift(dim, [*[moved] * len(offsets), stays], (*offsets, 0))
