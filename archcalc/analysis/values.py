"""Counts the numbers that layers hold, as lecture notes do: elementwise layers work in place, views hold nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.traits import Storage

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph, Node


def held_values(node: Node) -> int:
    """Return how many numbers a layer adds to those held: its output's, or 0 where it works in place or is a view."""
    return 0 if node.operator.traits.storage is not Storage.OWN else node.typed.elements


def all_values(graph: NetworkGraph) -> int:
    """Return the numbers that the inputs and all layers hold for one sample."""
    inputs = sum(each.shape.elements for each in graph.inputs.values())
    return inputs + sum(held_values(node) for node in graph.nodes.values())
