"""What tables call a layer: its operator with the arguments that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.reshape import StackFrames

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph, Node
    from archcalc.ops.base import Inputs, Operator


def operator_label(operator: Operator, inputs: Inputs) -> str:
    """`Conv3D (3x3x3, 3->64)`."""
    summary = operator.summary(inputs)
    return f"{operator.title} ({summary})" if summary else operator.title


def in_place(label: str, graph: NetworkGraph, node: Node) -> str:
    """The label where the layer stands: behind stacked frames the channels show their factors, `3*20->12`."""
    source = graph.nodes.get(node.inputs[0]) if node.inputs else None
    if source is None or not isinstance(source.operator, StackFrames):
        return label
    (stacked,) = graph.input_shapes(source)
    return label.replace(f"{source.shape.channels}->", f"{stacked.channels}*{stacked['T']}->", 1)
