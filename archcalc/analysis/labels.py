"""Labels of layers that depend on the layer before them: after stacked frames, the channels show their factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.traits import Family

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph, Node


def in_place(label: str, graph: NetworkGraph, node: Node) -> str:
    """Return the label of a layer; after stacked frames the channels show their factors, `3*20->12`."""
    source = graph.nodes.get(node.inputs[0]) if node.inputs else None
    if source is None or not _stacks_frames(source):
        return label
    factors = source.operator.channels_formula(source.typed.inputs).replace(" ", "")
    return label.replace(f"{source.shape.channels}->", f"{factors}->", 1)


def _stacks_frames(node: Node) -> bool:
    """Return whether a layer puts time, and nothing else, into the channels."""
    if node.operator.traits.family is not Family.REARRANGEMENT or not node.operator.channels_formula(node.typed.inputs):
        return False
    (before,) = node.typed.inputs
    return set(before.grid) - set(node.shape.grid) == {"T"}
