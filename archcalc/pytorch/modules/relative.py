"""Learned relative positions: what is added to the affinities of grid positions."""

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

from archcalc.pytorch.modules.tokens import learned


def distance_index(window: Sequence[int]) -> Tensor:
    """Return for every two positions of a window a number for how far they are from each other along each axis."""
    positions = torch.cartesian_prod(*(torch.arange(size) for size in window)).view(-1, len(window))
    index = torch.zeros(len(positions), len(positions), dtype=torch.long)
    for at, size in enumerate(window):
        column = positions[:, at]
        index = index * (2 * size - 1) + column.unsqueeze(1) - column.unsqueeze(0) + size - 1
    return index


class RelativeTable(nn.Module):
    """A number per head for every distance inside a window; laid out as in torchvision's swin_transformer."""

    index: Tensor

    def __init__(self, *window: int, heads: int) -> None:
        super().__init__()
        self.window = window
        self.table = learned(prod(2 * size - 1 for size in window), heads)
        self.register_buffer("index", distance_index(window))

    def forward(self, queries: Tensor, block: Sequence[int]) -> Tensor:
        """Return 1, heads, queries, keys; a block smaller than the window takes its part."""
        del queries
        parts = tuple(slice(size) for size in block)
        index = torch.unflatten(torch.unflatten(self.index, 1, self.window), 0, self.window)[parts + parts]
        index = index.flatten(0, len(parts) - 1).flatten(1)
        return self.table[index].permute(2, 0, 1).unsqueeze(0)


def distances(q: int, k: int, device: torch.device) -> Tensor:
    """Return which vector belongs to a query and a key; both are stretched to the larger number."""
    asking = torch.arange(q, device=device) * max(k / q, 1.0)
    asked = (torch.arange(k, device=device) + 1 - k) * max(q / k, 1.0)
    return (asking.unsqueeze(1) - asked.unsqueeze(0)).long()


class RelativeDecomposed(nn.Module):
    """A vector for every distance along each axis, multiplied with the query; as in torchvision's mvit.

    `asking` and `asked` are how many queries and keys there are along each axis.
    """

    def __init__(self, channels: int, *, axes: str, asking: Sequence[int], asked: Sequence[int]) -> None:
        super().__init__()
        self.axes = axes
        self.asking = tuple(asking)
        self.asked = tuple(asked)
        sizes = zip(axes, asking, asked, strict=True)
        self.vectors = nn.ParameterDict([(axis, learned(2 * max(q, k) - 1, channels)) for axis, q, k in sizes])

    def forward(self, queries: Tensor, block: Sequence[int]) -> Tensor:
        """Return batch, heads, queries, keys: the sum over the axes."""
        del block
        grid = torch.unflatten(queries, 2, self.asking)
        total = self.along(0, grid)
        for at in range(1, len(self.axes)):
            total = total + self.along(at, grid)
        return total.flatten(3)

    def along(self, at: int, grid: Tensor) -> Tensor:
        """Return the products of the queries with the vectors of one axis, of size 1 on the key axes of the others."""
        axis, keys = self.axes[at], self.asked[at]
        vectors = self.vectors[axis][distances(self.asking[at], keys, grid.device)].to(grid.dtype)
        products = torch.einsum(f"bh{self.axes}c,{axis}kc->bh{self.axes}k", grid, vectors)
        products = products.flatten(2, 1 + len(self.axes))
        return torch.unflatten(products, 3, [keys if at == other else 1 for other in range(len(self.axes))])
