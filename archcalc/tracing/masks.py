"""Masks of attention, kept by the few rows that differ: a mask of windows is large, and most of its rows are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

EMPTY = -(1 << 30)
"""What stands for a hull of nothing."""


def broadcast(*shapes: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes that several tensors are stretched to."""
    dims = max(map(len, shapes))
    found = [1] * dims
    for shape in shapes:
        for at, size in enumerate(shape, dims - len(shape)):
            if size != 1:
                found[at] = size
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Mask:
    """Truth values whose row at `[..., i]` is `patterns[rows[..., i]]`; `rows` may have size 1 where stretched."""

    rows: Tensor
    patterns: Tensor

    @classmethod
    def of(cls, mask: Tensor) -> Mask:
        """Return a mask with equal rows found."""
        length = mask.shape[-1] if mask.dim() else 1
        flat = mask.reshape(-1, length)
        weights = torch.rand(length, generator=torch.Generator().manual_seed(1))
        marks, rows = torch.unique(flat.float() @ weights, return_inverse=True)
        first = torch.zeros(len(marks), dtype=torch.long).scatter_(0, rows, torch.arange(len(rows)))
        patterns = flat[first]
        if not torch.equal(patterns[rows], flat):
            patterns, rows = torch.unique(flat, dim=0, return_inverse=True)
        return cls(rows.reshape(mask.shape[:-1]), patterns)

    @property
    def dense(self) -> Tensor:
        """All truth values."""
        return self.patterns[self.rows]

    @property
    def length(self) -> int:
        """The size of the last dimension."""
        return self.patterns.shape[1]

    def padded(self, dims: int) -> Mask:
        """Return the same with dimensions of size 1 in front, up to so many in all."""
        missing = dims - 1 - self.rows.dim()
        return Mask(self.rows[(None,) * missing], self.patterns) if missing > 0 else self

    def moved(self, change: Callable[[Tensor], Tensor]) -> Mask:
        """Return the mask after its rows were moved and not their elements."""
        return Mask(change(self.rows), self.patterns)

    def __or__(self, other: Mask) -> Mask:
        return Mask.of(self.dense | other.dense)

    def greatest(self, lines: Tensor) -> Tensor:
        """Return for each row the greatest of the elements of a line that the mask leaves.

        `lines` has the lines in its last dimension and one dimension less than the mask in front of it, which is
        stretched to that of the rows: `(..., J)` for rows `(..., I)`. The result is `(..., I)`.
        """
        table = torch.where(self.patterns, EMPTY, lines.unsqueeze(-2)).amax(-1)  # (..., patterns)
        shape = broadcast(table.shape[:-1], self.rows.shape[:-1])
        rows = self.rows.expand(*shape, self.rows.shape[-1])
        return table.expand(*shape, table.shape[-1]).gather(-1, rows)
