"""What tables call a layer: its operator with the arguments that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.reshape import StackFrames

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph, Node


def layer_label(graph: NetworkGraph, node: Node) -> str:
    """`Conv3D (3x3x3, 3->64)`; behind stacked frames the channels show their factors: `3*20->12`."""
    shapes = graph.input_shapes(node)
    summary = node.operator.summary(shapes)
    source = graph.nodes.get(node.inputs[0]) if node.inputs else None
    if source is not None and isinstance(source.operator, StackFrames):
        (stacked,) = graph.input_shapes(source)
        summary = summary.replace(f"{shapes[0].channels}->", f"{stacked.channels}*{stacked['T']}->", 1)
    return f"{node.operator.title} ({summary})" if summary else node.operator.title
