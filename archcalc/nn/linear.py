"""The linear layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.linear import Linear


class ChannelLinear(nn.Linear):
    """A linear map of the channels, which are not last."""

    def forward(self, input: Tensor) -> Tensor:
        """Channels last and back."""
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)


def linear(operator: Linear, inputs: Inputs) -> nn.Module:
    """A linear layer of torch.nn."""
    return ChannelLinear(inputs[0].channels, operator.out, bias=operator.bias)
