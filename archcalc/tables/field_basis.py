"""The line below a table that says which global operations a receptive field includes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.layer_reads import axis_reads
from archcalc.core.reads import Taps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.graph import Node


def field_basis(analysis: Analysis) -> tuple[str, ...]:
    """Return a line that names the first layers whose positions depend on a whole axis; empty if there are none.

    Pools and dense layers that leave one position of an axis are not named; their rows show it.
    """
    records = {layer.path: layer for layer in analysis.layers}
    first: dict[str, dict[str, str]] = {}
    for layer in analysis.layers:
        kind = analysis.graph.nodes[layer.path].operator.traits.whole_axis
        for axis in _new_axes(analysis, layer, records):
            first.setdefault(kind, {}).setdefault(axis, layer.path)
    if not first:
        return ()
    said = " and ".join(f"all that {kind} reads {_places(axes)}" for kind, axes in first.items())
    return (f"field: {said}; windows alone: --rf window",)


def _places(axes: Mapping[str, str]) -> str:
    """`(T first in temporal, H and W first in spatial)`."""
    paths = dict.fromkeys(axes.values())
    along = {path: [axis for axis, own in axes.items() if own == path] for path in paths}
    return f"({', '.join(f'{_listed(own)} first in {path}' for path, own in along.items())})"


def _listed(axes: list[str]) -> str:
    return " and ".join([", ".join(axes[:-1]), axes[-1]] if len(axes) > 1 else axes)


def _new_axes(analysis: Analysis, layer: LayerRecord, records: Mapping[str, LayerRecord]) -> list[str]:
    """Return the axes on which this layer itself makes positions depend on the whole axis."""
    node = analysis.graph.nodes[layer.path]
    found = {
        axis: None
        for name, field in layer.fields.items()
        for axis in field.sees_all
        if _rests(layer, name, axis) and _brings(analysis, node, name, axis, records)
    }
    return list(found)


def _rests(layer: LayerRecord, name: str, axis: str) -> bool:
    """Return whether several positions of a layer depend on a whole axis of an input."""
    field = layer.fields.get(name)
    if field is None or not field.sees_all.get(axis):
        return False
    return field.window[axis] is not None or layer.shape.get(axis) > 1


def _brings(analysis: Analysis, node: Node, name: str, axis: str, records: Mapping[str, LayerRecord]) -> bool:
    """Return whether the layer reads a whole axis, or broadcasts what another layer read of a whole axis."""
    shapes = analysis.graph.input_shapes(node)
    for input_index, path in enumerate(node.inputs):
        if axis in shapes[input_index] and not isinstance(axis_reads(node, shapes, input_index, axis), Taps):
            return True
        source = records.get(path)
        seen = source and source.fields.get(name)
        if source and seen and seen.sees_all.get(axis) and not _rests(source, name, axis):
            return True
    return False
