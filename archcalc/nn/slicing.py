"""Parts of a tensor, and zeros around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional

from archcalc.nn.axes import dimensions
from archcalc.nn.features import Features

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.slicing import Crop, Pad, Select, Subsample


class Part(nn.Module):
    """A slice along each axis, or one position, which drops the axis."""

    def __init__(self, parts: tuple[slice | int, ...]) -> None:
        super().__init__()
        self.parts = parts

    def forward(self, grid: Tensor) -> Tensor:
        """A view."""
        return grid[(slice(None), slice(None), *self.parts)]


class At(nn.Module):
    """One position of an axis, which goes."""

    def __init__(self, dim: int, index: int) -> None:
        super().__init__()
        self.dim = dim
        self.index = index

    def forward(self, features: Features) -> Features:
        """A view of the grid; tokens pass by."""
        return Features(features.grid.select(self.dim, self.index), features.tokens)


class GridAlone(nn.Module):
    """The grid without its tokens."""

    def forward(self, features: Features) -> Features:
        """The grid."""
        return Features(features.grid)


class FirstToken(nn.Module):
    """The first token without the grid."""

    def forward(self, features: Features) -> Features:
        """The token as a grid without axes."""
        assert features.tokens is not None, "a class token is selected where there is one"
        return Features(features.tokens.select(2, 0))


class Zeros(nn.Module):
    """Zeros around a tensor; `ends` are before and after each axis, the last axis first."""

    def __init__(self, ends: tuple[int, ...]) -> None:
        super().__init__()
        self.ends = ends

    def forward(self, grid: Tensor) -> Tensor:
        """The padded tensor."""
        return functional.pad(grid, self.ends)


def select(operator: Select, inputs: Inputs) -> nn.Module:
    """One position, the grid, or the class token."""
    if operator.tokens is not None:
        return GridAlone() if operator.tokens == "grid" else FirstToken()
    (dim,) = dimensions(inputs[0], (operator.axis or "",))
    return At(dim, operator.index)


def subsample(operator: Subsample, inputs: Inputs) -> nn.Module:
    """Every so many positions."""
    step = slice(operator.offset, None, operator.every)
    return Part(tuple(step if axis == operator.axis else slice(None) for axis in inputs[0].grid))


def crop(operator: Crop, inputs: Inputs) -> nn.Module:
    """A part of some axes."""
    (shape,) = inputs
    return Part(tuple(_part(getattr(operator, axis), shape[axis]) for axis in shape.grid))


def _part(written: int | tuple[int, ...] | None, n: int) -> slice:
    if written is None:
        return slice(None)
    start, size = written if isinstance(written, tuple) else ((n - written) // 2, written)
    return slice(start, start + size)


def pad(operator: Pad, inputs: Inputs) -> nn.Module:
    """Zeros around some axes."""
    written = [getattr(operator, axis) for axis in reversed(inputs[0].grid)]
    return Zeros(tuple(end for each in written for end in (each if isinstance(each, tuple) else (each, each))))
