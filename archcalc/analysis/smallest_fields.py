"""The smallest receptive field over paths of every layer, per network input and axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.receptive_field import walked
from archcalc.analysis.tensor_values import TensorValues
from archcalc.core.smallest_field import SmallestField, smallest_of_input
from archcalc.ops.traced import Traced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.imported import Imported
    from archcalc.graph import NetworkGraph

ByAxis = dict[str, dict[str, int | None]]
"""Sizes by network input and axis; None where they are not known."""


def smallest_fields(graph: NetworkGraph) -> Mapping[str, ByAxis]:
    """Return the sizes for every layer; an axis on which no path leads through windows alone is left out.

    Of a network that was recorded from a module they are known up to the first layer that is no operator.
    """
    sources = {
        name: TensorValues({(name, axis): smallest_of_input(each.shape[axis]) for axis in each.shape.grid})
        for name, each in graph.inputs.items()
    }
    axes = {axis for each in graph.inputs.values() for axis in each.shape.grid}
    unknown = {} if graph.imported is None else _not_known(graph, graph.imported)
    values = walked(graph, sources, axes, [each for each in graph.nodes.values() if each.path not in unknown])
    return {path: unknown[path] if path in unknown else _sizes(values[path]) for path in graph.nodes}


def _not_known(graph: NetworkGraph, imported: Imported) -> dict[str, ByAxis]:
    """The layers that are no operators, and all that depend on one."""
    found: dict[str, ByAxis] = {}
    for node in graph.nodes.values():
        if isinstance(node.operator, Traced) or any(path in found for path in node.inputs):
            given = found[node.path] = ByAxis()
            for name, axis in (*imported.fields[node.path].grid, *imported.fields[node.path].tokens):
                given.setdefault(name, {})[axis] = None
    return found


def _sizes(values: TensorValues[SmallestField]) -> ByAxis:
    """The sizes of a tensor: of its grid, of its tokens where the grid has none."""
    sizes: ByAxis = {}
    for (name, axis), each in {**values.tokens, **values.grid}.items():
        sizes.setdefault(name, {})[axis] = each.size
    return sizes
