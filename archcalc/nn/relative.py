"""Learned relative positions: what is added to the affinities of grid positions."""

from __future__ import annotations

import string
from math import prod
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from archcalc.nn.tokens import learned

if TYPE_CHECKING:
    from collections.abc import Sequence


class Table(nn.Module):
    """A number per head for every distance inside a window; laid out as in torchvision's swin_transformer.

    `index` says for every pair of positions of the whole window which entry is theirs; smaller blocks take their part.
    """

    index: Tensor

    def __init__(self, window: Sequence[int], block: Sequence[int], heads: int) -> None:
        super().__init__()
        self.window = tuple(window)
        self.block = tuple(block)
        distances = [2 * size - 1 for size in window]
        self.table = learned(prod(distances), heads)
        self.register_buffer("index", distance_index(self.window))

    def forward(self, queries: Tensor) -> Tensor:
        """1, heads, asking, asked."""
        del queries
        parts = tuple(slice(size) for size in self.block)
        index = torch.unflatten(torch.unflatten(self.index, 1, self.window), 0, self.window)[parts + parts]
        index = index.flatten(0, len(parts) - 1).flatten(1)
        return self.table[index].permute(2, 0, 1).unsqueeze(0)


def distance_index(window: tuple[int, ...]) -> Tensor:
    """For every two positions of a window a number for how far they are from each other along each axis."""
    places = torch.cartesian_prod(*(torch.arange(size) for size in window)).view(-1, len(window))
    index = torch.zeros(len(places), len(places), dtype=torch.long)
    for at, size in enumerate(window):
        column = places[:, at]
        index = index * (2 * size - 1) + column.unsqueeze(1) - column.unsqueeze(0) + size - 1
    return index


class Decomposed(nn.Module):
    """A vector for every distance along each axis, multiplied with the query; as in torchvision's mvit.

    Where queries and keys differ in number, the distances are those of the larger.
    """

    def __init__(self, axes: Sequence[str], asking: Sequence[int], asked: Sequence[int], channels: int) -> None:
        super().__init__()
        self.axes = tuple(axes)
        self.asking = tuple(asking)
        self.asked = tuple(asked)
        sizes = zip(axes, asking, asked, strict=True)
        self.vectors = nn.ParameterDict([(axis, learned(2 * max(q, k) - 1, channels)) for axis, q, k in sizes])

    def forward(self, queries: Tensor) -> Tensor:
        """Batch, heads, asking, asked: the sum over the axes."""
        grid = torch.unflatten(queries, 2, self.asking)
        names = string.ascii_uppercase[: len(self.asking)]
        total: Tensor | None = None
        for at, (axis, q, k) in enumerate(zip(self.axes, self.asking, self.asked, strict=True)):
            distances = self.vectors[axis][distance_between(q, k, grid.device)].to(grid.dtype)
            along = torch.einsum(f"bh{names}c,{names[at]}kc->bh{names}k", grid, distances).flatten(2, 1 + len(names))
            spread = torch.unflatten(along, 3, [k if at == other else 1 for other in range(len(names))])
            total = spread if total is None else total + spread
        assert total is not None, "attention works over at least one axis"
        return total.flatten(3)


def distance_between(q: int, k: int, device: torch.device) -> Tensor:
    """Which vector is that of a query and a key; both are stretched to the larger number."""
    asking = torch.arange(q, device=device) * max(k / q, 1.0)
    asked = (torch.arange(k, device=device) + 1 - k) * max(q / k, 1.0)
    return (asking.unsqueeze(1) - asked.unsqueeze(0)).long()
