"""Pools of torch.nn as counters meet them, and elements that several tools count alike."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from archcalc.analysis.conventions.convention import LayerArithmetic
    from archcalc.core.window import Window


class TorchPool(NamedTuple):
    """The pool of torch.nn that a layer runs.

    `axes` has the positions and the window of each axis that it slides along, after padding that it does not do
    itself; `others` is how many such planes there are, and `shares` how many more planes it runs on to find out which
    share of each window is no padding.
    """

    axes: tuple[tuple[int, Window], ...]
    others: int
    shares: int

    @property
    def inputs(self) -> int:
        """Return the numbers that it reads."""
        return (self.others + self.shares) * prod(n for n, _ in self.axes)

    @property
    def outputs(self) -> int:
        """Return the numbers that it gives."""
        return (self.others + self.shares) * prod(window.size(n) for n, window in self.axes)


def torch_pool(layer: LayerArithmetic) -> TorchPool:
    """Return the pool that a layer runs, on a tensor padded before where PyTorch cannot pad so itself."""
    shape, windows = layer.inputs[0].with_tokens(0), layer.operator.windows(layer.inputs)
    others = shape.elements // prod(shape[axis] for axis in windows)
    if layer.operator.own_padding(layer.inputs):
        return TorchPool(tuple((shape[axis], window) for axis, window in windows.items()), others, 0)
    unpadded = tuple(
        (window.padded(shape[axis]), window._replace(before=0, after=0)) for axis, window in windows.items()
    )
    return TorchPool(unpadded, others, 0 if getattr(layer.operator, "count_include_pad", True) else 1)


def adaptive_sizes(layer: LayerArithmetic) -> tuple[tuple[int, int], ...]:
    """Return positions before and after by axis, of an adaptive pool or a global pool over exactly H and W."""
    shape, out = layer.inputs[0], layer.output
    return tuple((shape[axis], out[axis]) for axis in shape.grid if axis in _adaptive_axes(layer))


def _adaptive_axes(layer: LayerArithmetic) -> set[str]:
    dims = getattr(layer.operator, "dims", 2)
    spatial = {"H", "W"}
    if dims == 2:
        return spatial
    return set(layer.inputs[0].grid) - (spatial if dims == 1 else set())


def pools_plane(layer: LayerArithmetic) -> bool:
    """Return whether a global pool is over exactly H and W, which PyTorch has a module for."""
    return set(layer.operator.pooled(layer.inputs[0])) == {"H", "W"}
