"""Tensors of a network at run time: a grid, and tokens beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from torch import Tensor


class Features(NamedTuple):
    """One tensor: its grid, whose dimensions are batch, C, then the axes it has in the order T|D, H, W; and its tokens.

    Tokens are batch, C, count. The heads of an attention lie in the batch, those of one sample side by side.
    """

    grid: Tensor
    tokens: Tensor | None = None

    @property
    def token_count(self) -> int:
        """How many tokens there are beside the grid."""
        return 0 if self.tokens is None else self.tokens.shape[2]


def to_row(features: Features) -> Tensor:
    """All positions in a row, tokens first: batch, C, position."""
    cells = features.grid.unsqueeze(-1).flatten(2)
    return cells if features.tokens is None else torch.cat([features.tokens, cells], 2)


def from_row(row: Tensor, like: Features, sizes: tuple[int, ...]) -> Features:
    """The tensor of such a row: as many tokens as `like` has, and a grid of these sizes."""
    count = like.token_count
    grid = torch.unflatten(row[:, :, count:], 2, sizes) if sizes else row[:, :, count]
    return Features(grid, row[:, :, :count] if count else None)
