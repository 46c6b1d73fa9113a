"""Tensors of 0 and 1 that say which probes reach which positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from archcalc.core.shape import Shape
from archcalc.pytorch.modules.features import Features
from archcalc.pytorch.network import grid_and_tokens

if TYPE_CHECKING:
    from torch import Tensor

    from archcalc.pytorch.network import Value

LEAST = 1e-5
"""What counts as reached: more than the rounding of a weight that is nothing, less than a share of any mean."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What reaches a tensor: its batch is one probe after the other, and a value is 1 where the probe arrives.

    Neighbouring channels that are reached alike are kept once; `runs` says how many each stands for. This is all that
    the width is reduced by, and nothing is lost by it.
    """

    grid: Tensor
    tokens: Tensor | None
    runs: tuple[int, ...]

    @property
    def channels(self) -> int:
        """How many channels the tensor has."""
        return sum(self.runs)

    @property
    def value(self) -> Value:
        """As the layers of a network take them."""
        return self.grid if self.tokens is None else Features(self.grid, self.tokens)

    def shape(self, axes: tuple[str, ...]) -> Shape:
        """The shape with the channels that are kept; `axes` are those of the grid."""
        sizes = dict(zip(("C", *axes), self.grid.shape[1:], strict=True))
        return Shape.of(sizes, tokens=0 if self.tokens is None else self.tokens.shape[2])

    def joined(self, other: Marks) -> Marks:
        """What reaches either of two tensors of one shape, channel by channel."""
        mine, theirs = self.per_channel(), other.per_channel()
        tokens = mine.tokens if theirs.tokens is None or mine.tokens is None else mine.tokens.maximum(theirs.tokens)
        return Marks(mine.grid.maximum(theirs.grid), tokens, mine.runs)

    def repeated(self, frames: int) -> Marks:
        """Return the marks with so many equal frames in place of one."""
        return Marks(self.grid.repeat_interleave(frames, 2), self.tokens, self.runs)

    def per_channel(self) -> Marks:
        """Return the marks with every channel separately."""
        if self.channels == len(self.runs):
            return self
        counts = torch.tensor(self.runs)
        grid, tokens = (
            each if each is None else each.repeat_interleave(counts, 1) for each in (self.grid, self.tokens)
        )
        assert grid is not None, "every tensor has a grid"
        return Marks(grid, tokens, (1,) * self.channels)


def marked(value: Value, runs: tuple[int, ...]) -> Marks:
    """What a layer gave as 0 and 1, neighbouring channels that are alike put together."""
    grid, tokens = (
        each if each is None else torch.gt(each, LEAST, out=torch.empty_like(each, dtype=torch.get_default_dtype()))
        for each in grid_and_tokens(value)
    )
    assert grid is not None, "every tensor has a grid"
    if len(runs) == 1:
        return Marks(grid, tokens, runs)
    differs = _steps(grid) if tokens is None else _steps(grid) | _steps(tokens)
    first = [0, *(differs.nonzero().flatten() + 1).tolist()]
    ends = [*first[1:], len(runs)]
    kept = tuple(sum(runs[start:end]) for start, end in zip(first, ends, strict=True))
    return Marks(grid[:, first], None if tokens is None else tokens[:, first], kept)


def _steps(tensor: Tensor) -> Tensor:
    """Between which channels and their next something differs."""
    return (tensor[:, 1:] != tensor[:, :-1]).transpose(0, 1).flatten(1).any(1)
