"""How attention cuts a grid into sequences, and puts them together again."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import torch

from archcalc.nn.axes import FIRST
from archcalc.nn.features import Features
from archcalc.nn.padding import after, padded

if TYPE_CHECKING:
    from torch import Tensor

    from archcalc.core.shape import Shape
    from archcalc.ops.attention import Attention


@dataclass(frozen=True, slots=True)
class Cut:
    """Blocks of a grid, `block` positions by axis: 1 on the axes that attention does not work over.

    The grid is padded at its ends to whole blocks, then rolled back by `shift`, so that the last block holds both ends.
    """

    sizes: tuple[int, ...]
    block: tuple[int, ...]
    shift: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Blocks by axis."""
        return tuple(-(-n // block) for n, block in zip(self.sizes, self.block, strict=True))

    @property
    def groups(self) -> int:
        """Sequences of one sample."""
        return prod(self.counts)

    @property
    def shifted(self) -> tuple[int, ...]:
        """The dimensions that are rolled."""
        return tuple(FIRST + at for at, shift in enumerate(self.shift) if shift)

    @property
    def rolls(self) -> tuple[int, ...]:
        """By how many positions."""
        return tuple(shift for shift in self.shift if shift)

    def cut(self, grid: Tensor) -> Tensor:
        """From batch, C, grid to batch * groups, position, C."""
        missing = [count * block - n for count, block, n in zip(self.counts, self.block, self.sizes, strict=True)]
        whole = padded(grid, after(missing))
        return self.blocks(whole.roll([-roll for roll in self.rolls], self.shifted) if self.shifted else whole)

    def blocks(self, grid: Tensor) -> Tensor:
        """The blocks of a grid that is made of whole ones."""
        for at, block in enumerate(self.block):
            grid = torch.unflatten(grid, FIRST + 2 * at, (-1, block))
        axes = len(self.block)
        outer = [FIRST + 2 * at for at in range(axes)]
        return grid.permute(0, *outer, *(dim + 1 for dim in outer), 1).flatten(0, axes).flatten(1, axes)

    def join(self, sequences: Tensor) -> Tensor:
        """From batch * groups, position, C to batch, C, grid."""
        axes = len(self.block)
        grid = torch.unflatten(torch.unflatten(sequences, 1, self.block), 0, (-1, *self.counts))
        pairs = [dim for at in range(1, axes + 1) for dim in (at, axes + at)]
        grid = grid.permute(0, 2 * axes + 1, *pairs)
        for at in range(axes):
            grid = grid.flatten(FIRST + at, FIRST + at + 1)
        if self.shifted:
            grid = grid.roll(self.rolls, self.shifted)
        return grid[(slice(None), slice(None), *map(slice, self.sizes))]

    def hidden(self, device: torch.device) -> Tensor | None:
        """Which positions of a sequence must not see which, because they lie at two ends: groups, asking, asked."""
        if not self.shifted:
            return None
        ends = torch.zeros(1, 1, *[1] * len(self.sizes), dtype=torch.long, device=device)
        for at, (count, block, shift) in enumerate(zip(self.counts, self.block, self.shift, strict=True)):
            rolled = torch.arange(count * block, device=device) >= count * block - shift
            ends = 2 * ends + torch.unflatten(rolled.long(), 0, (-1, *[1] * (len(self.sizes) - 1 - at)))
        codes = self.blocks(ends).squeeze(2)
        return codes.unsqueeze(1) != codes.unsqueeze(2)


def cut_of(operator: Attention, shape: Shape) -> Cut:
    """The blocks of an attention on a tensor; one that covers its axis is cut to it and not shifted."""
    window, shift = by_axis(operator, shape), dict.fromkeys(shape.grid, 0)
    shifts = operator.shift if isinstance(operator.shift, tuple) else (operator.shift,) * len(operator.over)
    shift.update((axis, by) for axis, by in zip(operator.over, shifts, strict=True) if window[axis] < shape[axis])
    sizes = tuple(shape[axis] for axis in shape.grid)
    block = tuple(min(window[axis], shape[axis]) if axis in operator.over else 1 for axis in shape.grid)
    return Cut(sizes, block, tuple(shift[axis] for axis in shape.grid))


def by_axis(operator: Attention, shape: Shape) -> dict[str, int]:
    """The windows as written, in the order of the tensor; a whole axis where none is."""
    if operator.window is None:
        return {axis: shape[axis] for axis in shape.grid if axis in operator.over}
    written = operator.window if isinstance(operator.window, tuple) else (operator.window,) * len(operator.over)
    windows = dict(zip(operator.over, written, strict=True))
    return {axis: windows[axis] for axis in shape.grid if axis in windows}


def to_sequences(features: Features, cut: Cut) -> Tensor:
    """Batch * groups, position, C; tokens come first in every sequence."""
    cells = cut.cut(features.grid)
    if features.tokens is None:
        return cells
    tokens = features.tokens.transpose(1, 2).unsqueeze(1).expand(-1, cut.groups, -1, -1)
    return torch.cat([tokens.flatten(0, 1), cells], 1)


def from_sequences(sequences: Tensor, cut: Cut, count: int) -> Features:
    """The grid, and the first `count` of every sequence as tokens: the mean of their copies."""
    grid = cut.join(sequences[:, count:])
    if not count:
        return Features(grid)
    copies = torch.unflatten(sequences[:, :count], 0, (-1, cut.groups))
    return Features(grid, copies.mean(1).transpose(1, 2))
