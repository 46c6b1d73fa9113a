"""The affinity of every position with every other, without projections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.dot_product import DotProduct


class Affinities(nn.Module):
    """Every position of theta collects g from all positions of phi, by their affinity."""

    def __init__(self, *, softmax: bool, scale: bool) -> None:
        super().__init__()
        self.softmax = softmax
        self.scale = scale

    def forward(self, theta: Tensor, phi: Tensor, g: Tensor) -> Tensor:
        """The sums on theta's grid."""
        rows, columns, values = (each.unsqueeze(-1).flatten(2) for each in (theta, phi, g))
        affinities = rows.transpose(1, 2) @ columns
        if self.scale:
            affinities = affinities / rows.shape[1] ** 0.5
        weights = affinities.softmax(-1) if self.softmax else affinities / columns.shape[2]
        sums = values @ weights.transpose(1, 2)
        return torch.unflatten(sums, 2, theta.shape[2:]) if theta.dim() > 2 else sums.squeeze(2)


def dot_product(operator: DotProduct, inputs: Inputs) -> nn.Module:
    """Two products of matrices."""
    del inputs
    return Affinities(softmax=operator.softmax, scale=operator.scale)
