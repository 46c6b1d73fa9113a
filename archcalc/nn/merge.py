"""Layers that make one tensor of several."""

from __future__ import annotations

from abc import abstractmethod
from functools import reduce
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from archcalc.core.shape import AXES
from archcalc.nn.features import Features

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.ops.base import Inputs, Operator


class Combination(nn.Module):
    """A merge value by value. Grids get an axis of size 1 where they lack one; tokens merge among those that have any.

    Axes of size 1 stretch by themselves, as is the rule of torch.
    """

    def __init__(self, inputs: Inputs) -> None:
        super().__init__()
        axes = [axis for axis in AXES if any(axis in shape for shape in inputs)]
        self.views = [(slice(None), *(slice(None) if axis in shape else None for axis in axes)) for shape in inputs]

    @abstractmethod
    def combine(self, tensors: Sequence[Tensor]) -> Tensor:
        """One tensor of those that belong together."""

    def forward(self, *inputs: Features) -> Features:
        """The grids combined, and the tokens."""
        grid = self.combine([each.grid[view] for each, view in zip(inputs, self.views, strict=True)])
        tokens = [each.tokens for each in inputs if each.tokens is not None]
        return Features(grid, self.combine(tokens) if tokens else None)


class Sum(Combination):
    """The sum."""

    def combine(self, tensors: Sequence[Tensor]) -> Tensor:
        """The sum."""
        return reduce(torch.add, tensors)


class Product(Combination):
    """The product."""

    def combine(self, tensors: Sequence[Tensor]) -> Tensor:
        """The product."""
        return reduce(torch.mul, tensors)


class Difference(Combination):
    """The first less the second."""

    def combine(self, tensors: Sequence[Tensor]) -> Tensor:
        """The difference."""
        return reduce(torch.sub, tensors)


class MeanOfAll(Combination):
    """The mean."""

    def combine(self, tensors: Sequence[Tensor]) -> Tensor:
        """The mean."""
        return reduce(torch.add, tensors) / len(tensors)


class Concatenation(nn.Module):
    """The channels of all, one after the other."""

    def forward(self, *inputs: Features) -> Features:
        """The grids put together, and the tokens."""
        tokens = [each.tokens for each in inputs if each.tokens is not None]
        return Features(torch.cat([each.grid for each in inputs], 1), torch.cat(tokens, 1) if tokens else None)


def combined(kind: type[Combination]) -> Callable[[Operator, Inputs], nn.Module]:
    """The builder of a combination."""

    def make(operator: Operator, inputs: Inputs) -> nn.Module:
        del operator
        return kind(inputs)

    return make
