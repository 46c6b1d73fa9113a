"""Layers run along some axes of a grid, at every position of the others."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor


def grid_sizes(x: Tensor) -> tuple[int, ...]:
    """Return the sizes of the axes of a grid, as plain numbers also where a network is traced."""
    return tuple(int(size) for size in x.shape[2:])


def per_frame(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Run a layer for images on every frame of a clip, or every slice of a volume."""
    frames = layer(x.transpose(1, 2).flatten(0, 1))
    return torch.unflatten(frames, 0, (-1, x.shape[2])).transpose(1, 2)


def along_time(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Run a layer for one axis along the first axis of a grid, at every position of the others."""
    rows = layer(x.movedim((1, 2), (-2, -1)).flatten(0, -3))
    return torch.unflatten(rows, 0, (-1, *x.shape[3:])).movedim((-2, -1), (1, 2))


def over_axes(layer: Callable[[Tensor], Tensor], x: Tensor, dims: Sequence[int]) -> Tensor:
    """Run a layer on some dimensions of a grid, at every position of the others."""
    others = [dim for dim in range(2, x.dim()) if dim not in dims]
    order = [0, *others, 1, *dims]
    rows = layer(x.permute(order).flatten(0, len(others)))
    grid = torch.unflatten(rows, 0, (-1, *(x.shape[dim] for dim in others)))
    return grid.permute([order.index(dim) for dim in range(x.dim())])


def through_time(
    layer: Callable[[Tensor], Any], x: Tensor, *, last: bool = False, summed: bool = False, reverse: bool = False
) -> Tensor:
    """Run a recurrent layer along the frames, at every position of a frame; `last` keeps its last output only.

    `summed` adds its two directions; `reverse` runs it from the last frame to the first.
    """
    if reverse:
        steps, _ = layer(x.movedim((1, 2), (-2, -1)).flatten(0, -3).transpose(1, 2).flip(1))
        steps = steps if last else steps.flip(1)
    else:
        steps, _ = layer(x.movedim((1, 2), (-2, -1)).flatten(0, -3).transpose(1, 2))
    if summed:
        forward, backward = steps.chunk(2, -1)
        steps = forward + backward
    if last:
        return torch.unflatten(steps[:, -1], 0, (-1, *x.shape[3:])).movedim(-1, 1)
    return torch.unflatten(steps.transpose(1, 2), 0, (-1, *x.shape[3:])).movedim((-2, -1), (1, 2))


def broadcast_to_axes(value: Any, count: int) -> tuple[int, ...]:
    """Return a number for each axis, from one for all or one each."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
