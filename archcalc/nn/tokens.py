"""Tokens beside the grid, and learned positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from archcalc.nn.features import Features

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.tokens import ClassToken, Position

DEVIATION = 0.02
"""Of what learned tokens and positions start from, as in vision transformers."""


class Token(nn.Module):
    """A learned token beside the grid."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.token = learned(channels)

    def forward(self, features: Features) -> Features:
        """The grid, and a copy of the token for every sample; a view of a parameter confuses FlopCounterMode."""
        return Features(features.grid, self.token.unsqueeze(1).repeat(features.grid.shape[0], 1, 1))


class Positions(nn.Module):
    """A learned table added to the grid, stretched over the axes it lacks; and a vector added to the tokens."""

    def __init__(self, table: tuple[int, ...], *, with_token: bool) -> None:
        super().__init__()
        self.grid = learned(*table)
        self.token = learned(table[0]) if with_token else None

    def forward(self, features: Features) -> Features:
        """The sums."""
        tokens = features.tokens
        if tokens is not None and self.token is not None:
            tokens = tokens + self.token.unsqueeze(1)
        return Features(features.grid + self.grid, tokens)


def learned(*sizes: int) -> nn.Parameter:
    """Numbers to learn, small ones at first."""
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(*sizes), std=DEVIATION))


def class_token(operator: ClassToken, inputs: Inputs) -> nn.Module:
    """A token."""
    del operator
    return Token(inputs[0].channels)


def position(operator: Position, inputs: Inputs) -> nn.Module:
    """A table with size 1 on the axes it is not over."""
    (shape,) = inputs
    sizes = (shape[axis] if axis in operator.over else 1 for axis in shape.grid)
    return Positions((shape.channels, *sizes), with_token=operator.class_token)
