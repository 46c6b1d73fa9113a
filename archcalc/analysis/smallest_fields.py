"""The smallest receptive field over paths of every layer, per network input and axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.receptive_field import walked
from archcalc.analysis.tensor_values import TensorValues
from archcalc.core.smallest_field import SmallestField, smallest_of_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.graph import NetworkGraph

ByAxis = dict[str, dict[str, int | None]]
"""Sizes by network input and axis; None where they are not known."""


def smallest_fields(graph: NetworkGraph) -> Mapping[str, ByAxis]:
    """Return the sizes for every layer; an axis on which no path leads through windows alone is left out.

    Those of a network that was recorded from a module are not known.
    """
    if graph.imported is not None:
        return {path: {} for path in graph.nodes}
    sources = {
        name: TensorValues({(name, axis): smallest_of_input(each.shape[axis]) for axis in each.shape.grid})
        for name, each in graph.inputs.items()
    }
    axes = {axis for each in graph.inputs.values() for axis in each.shape.grid}
    values = walked(graph, sources, axes, graph.nodes.values())
    return {path: _sizes(values[path]) for path in graph.nodes}


def _sizes(values: TensorValues[SmallestField]) -> ByAxis:
    """The sizes of a tensor: of its grid, of its tokens where the grid has none."""
    sizes: ByAxis = {}
    for (name, axis), each in {**values.tokens, **values.grid}.items():
        sizes.setdefault(name, {})[axis] = each.size
    return sizes
