"""Which dimensions of a tensor a layer works along, and the others put into the batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from archcalc.core.shape import Shape

FIRST = 2
"""The dimension of the first axis of a grid: batch and channels come before."""


def window_axes(shape: Shape, dims: int) -> tuple[str, ...]:
    """The axes of a window: time or depth for one dimension, H and W for two, all for three."""
    depth = tuple(axis for axis in shape.grid if axis not in ("H", "W"))
    return {1: depth, 2: ("H", "W"), 3: (*depth, "H", "W")}[dims]


def dimensions(shape: Shape, axes: Sequence[str]) -> tuple[int, ...]:
    """Where these axes are in a tensor, in the order of the tensor."""
    return tuple(FIRST + at for at, axis in enumerate(shape.grid) if axis in axes)


@dataclass(frozen=True, slots=True)
class Folding:
    """The dimensions `beside` those a layer works `along`, folded into the batch for it and unfolded again.

    This is how 2-D layers run on every frame. A kernel of 1xkxk on the whole clip gives the same, and in ten layers on
    a CPU (PyTorch 2.13, one thread) took 0.6 to 2.5 times as long, 1.2 times on average; in training 0.8 to 4.0 times,
    and 1.3. It is the better one for kernels of 1, and far the worse for depthwise ones.
    """

    beside: tuple[int, ...]
    along: tuple[int, ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, shape: Shape, axes: Sequence[str]) -> Folding:
        """For a layer that works along some axes of a tensor."""
        beside = tuple(axis for axis in shape.grid if axis not in axes)
        return cls(dimensions(shape, beside), dimensions(shape, axes), tuple(shape[axis] for axis in beside))

    def fold(self, grid: Tensor) -> Tensor:
        """Batch and the dimensions beside together, C, then those along."""
        if not self.beside:
            return grid
        return grid.permute(0, *self.beside, 1, *self.along).flatten(0, len(self.beside))

    def unfold(self, folded: Tensor) -> Tensor:
        """The dimensions back in their order; those along may be gone."""
        if not self.beside:
            return folded
        along = self.along[: folded.dim() - FIRST]
        unfolded = (0, *self.beside, 1, *along)
        batches = torch.unflatten(folded, 0, (-1, *self.sizes))
        return batches.permute([unfolded.index(dim) for dim in sorted(unfolded)])
