"""Padding where there is any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


def padded(tensor: Tensor, ends: Sequence[int], value: float = 0.0) -> Tensor:
    """`value` before and after the last dimension, then the one before it; without a copy where nothing is added."""
    return functional.pad(tensor, tuple(ends), value=value) if any(ends) else tensor


def after(counts: Sequence[int]) -> tuple[int, ...]:
    """The ends for so many positions after each of the last dimensions, which come in their order."""
    return tuple(end for count in reversed(counts) for end in (0, count))
