"""Multiply-accumulates of convolutions that multiply zeros of padding."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.window import Window
from archcalc.ops.traits import Family

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.graph import NetworkGraph, Node

MOST_KEPT = 1024


class AxisTaps(NamedTuple):
    """The taps of a window along one axis, over all output positions.

    `inside` of `all` products have a position of the input as a factor, the others a zero of padding. `used` of the
    `kernel` weights meet a position of the input at some output.
    """

    inside: int
    all: int
    used: int
    kernel: int

    @property
    def padding_share(self) -> float:
        """Return the fraction of the products that have a zero of padding as a factor."""
        return 1 - self.inside / self.all


@lru_cache(maxsize=MOST_KEPT)
def axis_taps(window: Window, positions: int, outputs: int) -> AxisTaps:
    """Count the products of a window that slides over `positions` and gives `outputs`.

    Weight j of output o reads position o * stride - before + dilation * j.
    """
    counts = [_outputs_inside(window, j, positions, outputs) for j in range(window.kernel)]
    return AxisTaps(sum(counts), window.kernel * outputs, sum(map(bool, counts)), window.kernel)


def _outputs_inside(window: Window, weight: int, positions: int, outputs: int) -> int:
    """Return at how many outputs a weight reads a position of the input."""
    offset = window.dilation * weight - window.before
    first = max(0, -(offset // window.stride))
    last = min(outputs - 1, (positions - 1 - offset) // window.stride)
    return max(0, last - first + 1)


def convolution_taps(node: Node) -> Mapping[str, AxisTaps]:
    """Return the taps of a convolution by axis; empty for other layers and for transposed convolutions.

    A transposed convolution multiplies every position of its input; its padding cuts off outputs.
    """
    if node.operator.traits.family is not Family.CONVOLUTION:
        return {}
    shape, windows = node.typed.inputs[0], node.operator.windows(node.typed.inputs) or {}
    return {
        axis: axis_taps(window, shape[axis], node.shape[axis])
        for axis, window in windows.items()
        if isinstance(window, Window)
    }


def inside_fraction(taps: Mapping[str, AxisTaps]) -> tuple[int, int]:
    """Return how many of how many products of a layer have a position of the input as a factor, over all axes."""
    return prod(each.inside for each in taps.values()), prod(each.all for each in taps.values())


def padding_macs(graph: NetworkGraph, macs: Mapping[str, int]) -> dict[str, int]:
    """Return, by path, how many of the multiply-accumulates of each layer multiply zeros of padding; exact."""
    found = {}
    for node in graph.nodes.values():
        inside, products = inside_fraction(convolution_taps(node))
        found[node.path] = macs[node.path] * (products - inside) // products
    return found
