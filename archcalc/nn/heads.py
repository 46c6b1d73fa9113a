"""The projection to the heads of an attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from archcalc.nn.linear import ChannelLinear

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.heads import ProjectHeads


class Heads(ChannelLinear):
    """A linear map of the channels, whose outputs are dealt out to heads; heads lie in the batch."""

    heads: int

    def forward(self, input: Tensor) -> Tensor:
        """Batch times heads, channels of a head, positions."""
        return torch.unflatten(super().forward(input), 1, (self.heads, -1)).flatten(0, 1)


def project_heads(operator: ProjectHeads, inputs: Inputs) -> nn.Module:
    """A linear layer of torch.nn."""
    (shape,) = inputs
    layer = Heads(shape.channels, operator.out or shape.channels, bias=operator.bias)
    layer.heads = operator.heads
    return layer
