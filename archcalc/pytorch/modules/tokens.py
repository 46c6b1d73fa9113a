"""Learned tokens and positions."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from archcalc.pytorch.modules.features import Features


def learned(*sizes: int) -> nn.Parameter:
    """Numbers to learn, small ones at first, as in vision transformers."""
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(*sizes), std=0.02))


class ClassToken(nn.Module):
    """One or more learned tokens next to the grid."""

    def __init__(self, channels: int, count: int = 1) -> None:
        super().__init__()
        self.token = learned(channels, count)

    def forward(self, x: Tensor) -> Features:
        """Give every sample a copy of the tokens."""
        return Features(x, self.token.repeat(x.shape[0], 1, 1))


class LearnedConstant(nn.Module):
    """A learned tensor that depends on no input."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.values = learned(*sizes)

    def forward(self, x: Tensor) -> Tensor:
        """Return a copy for every sample."""
        return self.values.repeat(x.shape[0], *[1] * self.values.dim())


class Position(nn.Module):
    """A learned table added to the grid, stretched along the axes on which it has size 1."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.grid = learned(*sizes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the grid plus the table."""
        return x + self.grid


class PositionWithToken(nn.Module):
    """A learned table added to the grid, and a vector added to each token."""

    def __init__(self, *sizes: int, tokens: int = 1) -> None:
        super().__init__()
        self.grid = learned(*sizes)
        self.token = learned(sizes[0], tokens)

    def forward(self, x: Features) -> Features:
        """Return the grid plus the table, and the tokens plus the vector of each."""
        return Features(x.grid + self.grid, x.tokens + self.token)


class LongPosition(Position):
    """A learned table of which the first positions are added to the grid."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the grid plus the positions that it has."""
        return x + first_positions(self.grid, x)


class LongPositionWithToken(PositionWithToken):
    """A learned table of which the first positions are added to the grid, and a vector added to each token."""

    def forward(self, x: Features) -> Features:
        """Return the grid plus the positions that it has, and the tokens plus the vector of each."""
        return Features(x.grid + first_positions(self.grid, x.grid), x.tokens + self.token)


def first_positions(table: Tensor, grid: Tensor) -> Tensor:
    """Return the part of a table (channels, axes) that a grid (batch, channels, axes) reads, from position 0 on."""
    for dim, size in enumerate(grid.shape[2:], 1):
        table = table[(slice(None),) * dim + (slice(size),)]
    return table


class SinusoidalPosition(nn.Module):
    """Sines and cosines of the position along one axis, which `trailing` axes follow, added to a grid."""

    table: Tensor

    def __init__(self, channels: int, size: int, *, trailing: int = 0) -> None:
        super().__init__()
        rates = 10_000.0 ** (torch.arange(channels // 2) / -(channels // 2))
        angles = torch.outer(rates, torch.arange(size))
        self.register_buffer("table", torch.cat([angles.sin(), angles.cos()]).reshape(channels, size, *[1] * trailing))

    def forward(self, x: Tensor) -> Tensor:
        """Return the grid plus the sines and cosines of each position."""
        leading = x.dim() - 1 - self.table.dim()
        return x + self.table.reshape(self.table.shape[0], *[1] * leading, *self.table.shape[1:])


class TokenEmbedding(nn.Embedding):
    """A table of rows, looked up by the integers of a tensor (batch, 1, axes), which are taken modulo its length."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the rows, their numbers in the channels."""
        integers = x.squeeze(1).long().remainder(self.num_embeddings)
        return functional.embedding(integers, self.weight).movedim(-1, 1)
