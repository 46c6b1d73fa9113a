"""A run that ends where it is no longer the same as another one, or would work out very large constants."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from archcalc.core.program import Call

MOST_REAL = 50_000_000
"""Constants of more elements, such as masks of windows on a large grid, are not worked out to see larger windows."""


class Differs(BaseException):
    """A run is no longer the same as another one. Code that catches its own errors does not catch this."""


class LikeAnother(list["Call"]):
    """The calls of a run that stops where they are no longer those of another, but for sizes."""

    def __init__(self, other: Sequence[Call]) -> None:
        super().__init__()
        self._other = other

    def append(self, call: Call) -> None:
        """Add a call; Differs where the other run has another one."""
        same = self._other[call.number] if call.number < len(self._other) else None
        if same is None or (same.operator, same.outputs, same.reads) != (call.operator, call.outputs, call.reads):
            raise Differs
        super().append(call)


def stretched(given: list[Tensor]) -> int:
    """Return how many elements the largest of some tensors has, or all of them together where they are broadcast."""
    try:
        return prod(torch.broadcast_shapes(*(each.shape for each in given)))  # type: ignore[no-untyped-call]
    except RuntimeError:
        return max(each.numel() for each in given)
