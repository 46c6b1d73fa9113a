"""How layers meet the tokens beside a grid. Most are modules of torch.nn that know nothing of tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from archcalc.nn.features import Features, from_row, to_row

if TYPE_CHECKING:
    from torch import nn

Call = Callable[["nn.Module", Sequence[Features]], Features]
"""Runs a layer on the tensors it reads."""


def on_grid(layer: nn.Module, inputs: Sequence[Features]) -> Features:
    """The layer sees grids; the tokens of the first tensor pass by."""
    return Features(layer(*(each.grid for each in inputs)), inputs[0].tokens)


def at_positions(layer: nn.Module, inputs: Sequence[Features]) -> Features:
    """The layer does the same at every position, so grid and tokens go through it one after the other."""
    (features,) = inputs
    return Features(layer(features.grid), None if features.tokens is None else layer(features.tokens))


def on_row(layer: nn.Module, inputs: Sequence[Features]) -> Features:
    """The layer sees all positions together: the grid alone if there is nothing else, or all of them in a row."""
    (features,) = inputs
    sizes = tuple(features.grid.shape[2:])
    if features.tokens is None and sizes:
        return Features(layer(features.grid))
    return from_row(layer(to_row(features)), features, sizes)


def on_features(layer: nn.Module, inputs: Sequence[Features]) -> Features:
    """The layer knows of tokens."""
    features: Features = layer(*inputs)
    return features
