"""How attention cuts a grid into sequences."""

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

from archcalc.pytorch.modules.padding import padded


class Blocks:
    """How attention cuts a grid: `block` positions by axis, 1 on the axes that it does not work over.

    The grid is padded at its ends to whole blocks, then rolled back by `shift`, so that the last block holds both ends.
    A block as large as its axis is not shifted.
    """

    def __init__(self, sizes: Sequence[int], window: Sequence[int | None], shift: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self.block = tuple(n if size is None else min(n, size) for n, size in zip(sizes, window, strict=True))
        self.counts = tuple(-(-n // size) for n, size in zip(sizes, self.block, strict=True))
        self.groups = prod(self.counts)
        self.shift = tuple(by if size < n else 0 for n, size, by in zip(sizes, self.block, shift, strict=True))
        self.rolled = {2 + at: by for at, by in enumerate(self.shift) if by}

    def cut(self, grid: Tensor) -> Tensor:
        """From batch, channels, grid to batch * blocks, position, channels."""
        missing = [count * size - n for count, size, n in zip(self.counts, self.block, self.sizes, strict=True)]
        grid = padded(grid, [end for after in reversed(missing) for end in (0, after)])
        if self.rolled:
            grid = grid.roll([-by for by in self.rolled.values()], tuple(self.rolled))
        return self.whole(grid)

    def whole(self, grid: Tensor) -> Tensor:
        """Cut a grid that is made of whole blocks."""
        axes = len(self.block)
        for at, size in enumerate(self.block):
            grid = torch.unflatten(grid, 2 + 2 * at, (-1, size))
        outer = range(2, 2 + 2 * axes, 2)
        return grid.permute(0, *outer, *(dim + 1 for dim in outer), 1).flatten(0, axes).flatten(1, axes)

    def join(self, sequences: Tensor) -> Tensor:
        """From batch * blocks, position, channels to batch, channels, grid."""
        axes = len(self.block)
        grid = torch.unflatten(torch.unflatten(sequences, 1, self.block), 0, (-1, *self.counts))
        pairs = [dim for at in range(1, axes + 1) for dim in (at, axes + at)]
        grid = grid.permute(0, 2 * axes + 1, *pairs)
        for at in range(axes):
            grid = grid.flatten(2 + at, 3 + at)
        if self.rolled:
            grid = grid.roll(tuple(self.rolled.values()), tuple(self.rolled))
        return grid[(slice(None), slice(None), *map(slice, self.sizes))]

    def hidden(self, device: torch.device) -> Tensor | None:
        """Return which positions of a block must not see which, because they lie at two ends of the grid."""
        if not self.rolled:
            return None
        ends = torch.zeros(1, 1, *[1] * len(self.sizes), dtype=torch.long, device=device)
        for at, (count, size, by) in enumerate(zip(self.counts, self.block, self.shift, strict=True)):
            last = torch.arange(count * size, device=device) >= count * size - by
            ends = 2 * ends + last.long().view(-1, *[1] * (len(self.sizes) - 1 - at))
        codes = self.whole(ends).squeeze(2)
        return codes.unsqueeze(1) != codes.unsqueeze(2)
