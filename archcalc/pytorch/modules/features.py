"""Tensors with tokens, and layers run on them."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from archcalc.pytorch.modules.axes import grid_sizes


class Features(NamedTuple):
    """A grid (batch, channels, then frames, rows and columns) and its tokens (batch, channels, tokens)."""

    grid: Tensor
    tokens: Tensor

    def map(self, layer: Callable[[Tensor], Tensor]) -> "Features":
        """Run a layer that does the same at every position on both."""
        return Features(layer(self.grid), layer(self.tokens))


def token_count(x: Tensor | Features) -> int:
    """Return how many tokens a tensor has besides its grid."""
    return int(x.tokens.shape[2]) if isinstance(x, Features) else 0


def channels_last(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Run a layer that works on the last dimension on the channels, which are the second one."""
    return layer(x.movedim(1, -1)).movedim(-1, 1)


def pointwise(layer: Callable[[Tensor], Tensor], x: Features) -> Features:
    """Run a layer that works on the last dimension on the channels of grid and tokens."""
    return Features(channels_last(layer, x.grid), channels_last(layer, x.tokens))


def flattened(layer: Callable[[Tensor], Tensor], x: Features) -> Features:
    """Run a layer on all positions in one row, tokens first."""
    count, sizes = token_count(x), grid_sizes(x.grid)
    row = layer(torch.cat([x.tokens, x.grid.unsqueeze(-1).flatten(2)], 2))
    cells = row[:, :, count:]
    return Features(torch.unflatten(cells, 2, sizes) if sizes else cells.squeeze(2), row[:, :, :count])
