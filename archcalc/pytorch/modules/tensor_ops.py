"""Functions that move channels and positions, and the affinity of positions."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from archcalc.pytorch.modules.axes import grid_sizes
from archcalc.pytorch.modules.padding import padded


def temporal_shift(x: Tensor, fold_div: int, *, shift: int = 1, causal: bool = False) -> Tensor:
    """Let 1 / fold_div of the channels read a later frame and as many an earlier one, or only earlier ones."""
    moved, by = x.shape[1] // fold_div, min(shift, x.shape[2])
    offsets = (-by,) if causal else (by, -by)
    sizes = [moved] * len(offsets)
    *parts, rest = torch.split(x, [*sizes, x.shape[1] - sum(sizes)], 1)
    other_axes = [0, 0] * (x.dim() - 3)
    pairs = zip(parts, offsets, strict=True)
    return torch.cat([*(functional.pad(part, (*other_axes, -by, by)) for part, by in pairs), rest], 1)


def space_to_depth(x: Tensor, factors: Sequence[int]) -> Tensor:
    """Bring neighbors, so many along each axis, into the channels; zeros complete the last ones."""
    missing = [-n % factor for n, factor in zip(grid_sizes(x), factors, strict=True)]
    x = padded(x, [end for after in reversed(missing) for end in (0, after)])
    for at, factor in enumerate(factors):
        x = torch.unflatten(x, 2 + 2 * at, (-1, factor))
    outer = range(2, x.dim(), 2)
    return x.permute(0, 1, *(dim + 1 for dim in outer), *outer).flatten(1, 1 + len(factors))


def depth_to_space(x: Tensor, factors: Sequence[int]) -> Tensor:
    """Make neighbors, so many along each axis, of channels: the inverse of space_to_depth."""
    sizes = [n * factor for n, factor in zip(grid_sizes(x), factors, strict=True)]
    blocks = torch.unflatten(x, 1, (-1, *factors))
    count = len(factors)
    order = [dim for at in range(count) for dim in (2 + count + at, 2 + at)]
    return blocks.permute(0, 1, *order).reshape(x.shape[0], -1, *sizes)


def chunk_of(x: Tensor, chunks: int, index: int, dim: int) -> Tensor:
    """Return one of several parts of a dimension."""
    return x.chunk(chunks, dim)[index]


def some_of(x: Tensor, dim: int, count: int) -> Tensor:
    """Return some positions of a dimension, which chance chooses."""
    return x.index_select(dim, torch.randperm(x.shape[dim], device=x.device)[:count])


def dot_product(theta: Tensor, phi: Tensor, g: Tensor, *, softmax: bool = True, scale: bool = False) -> Tensor:
    """Let every position of theta collect g from all positions of phi, by their affinity."""
    rows, columns, values = (each.unsqueeze(-1).flatten(2) for each in (theta, phi, g))
    affinities = rows.transpose(1, 2) @ columns
    if scale:
        affinities = affinities / rows.shape[1] ** 0.5
    weights = affinities.softmax(-1) if softmax else affinities / columns.shape[2]
    sums = values @ weights.transpose(1, 2)
    return torch.unflatten(sums, 2, theta.shape[2:]) if theta.dim() > 2 else sums.squeeze(2)
