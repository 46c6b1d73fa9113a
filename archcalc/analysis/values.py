"""Counts the numbers that layers hold, as lecture notes do: elementwise layers work in place, views hold nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.activation import Dropout, Hardswish, LeakyRelu, Relu, Silu, Threshold
from archcalc.ops.base import View

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph, Node

IN_PLACE = (Dropout, Hardswish, LeakyRelu, Relu, Silu, Threshold, View)
"""Operators whose PyTorch modules can overwrite their input, and those that only show it in another shape."""


def held_values(node: Node) -> int:
    """Return how many numbers a layer adds to those held: its output's, or 0 where it works in place or is a view."""
    return 0 if isinstance(node.operator, IN_PLACE) else node.kind.elements


def all_values(graph: NetworkGraph) -> int:
    """Return the numbers that the inputs and all layers hold for one sample."""
    inputs = sum(each.shape.elements for each in graph.inputs.values())
    return inputs + sum(held_values(node) for node in graph.nodes.values())
