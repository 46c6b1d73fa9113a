"""Where the size of a layer's output comes from, axis by axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.shape import CHANNEL, OtherShape, Shape, axes_of
from archcalc.core.window import Multiple, Window
from archcalc.explain.explanation import Section, Step
from archcalc.ops.traits import Family

if TYPE_CHECKING:
    from archcalc.core.window import SizeRule
    from archcalc.graph import NetworkGraph, Node
    from archcalc.ops.base import Operator

Inputs = tuple[Shape, ...]


def size_section(graph: NetworkGraph, node: Node) -> Section:
    """A step for each axis of the output, and for each that the layer drops."""
    if isinstance(node.shape, OtherShape):
        return Section("size", (Step("elements", "", node.shape.elements, f"{node.shape}, as recorded"),), "size")
    inputs = graph.input_shapes(node)
    steps = [_axis_step(node, inputs, axis) for axis in axes_of((node.shape, *inputs))]
    if node.shape.tokens:
        steps.append(Step("tokens", "", node.shape.tokens, "in addition to the grid"))
    if node.shape.heads > 1:
        steps.append(Step("heads", "", node.shape.heads, "in parallel; later layers apply the same weights to each"))
    return Section("size", tuple(steps), "size")


def _axis_step(node: Node, inputs: Inputs, axis: str) -> Step:
    if axis not in node.shape:
        return Step(axis, "", "gone", f"{inputs[0].get(axis)} positions before")
    size = node.shape[axis]
    if axis == CHANNEL:
        return Step(axis, node.operator.channels_formula(inputs), size, _channels_remark(inputs, size))
    window = node.operator.size_windows(inputs).get(axis)
    if window is not None:
        return Step(axis, window.size_formula(inputs[0][axis]), size, _window_remark(window, inputs[0][axis]))
    return Step(axis, "", size, _axis_remark(node.operator, inputs, axis, size))


def _window_remark(window: SizeRule, n: int) -> str:
    if isinstance(window, Multiple):
        return f"each position becomes {window.factor}"
    remark = f"kernel {window.kernel}, stride {window.stride}"
    if not isinstance(window, Window) or not window.ceil_mode:
        return remark
    if window.drops_last(n):
        return f"{remark}; a further window would start after the input and its left padding"
    if window.extent > window.padded(n):
        return f"{remark}; less than one stride larger than its padded input, which ceil_mode allows"
    return remark


def _axis_remark(operator: Operator, inputs: Inputs, axis: str, size: int) -> str:
    if operator.traits.family in (Family.POOL, Family.GLOBAL_POOL) and inputs[0].get(axis) != size:
        return f"as many as asked for, from {inputs[0].get(axis)}"
    before = max((shape.get(axis) for shape in inputs), default=1)
    return "as before" if before == size else f"from {before}"


def _channels_remark(inputs: Inputs, size: int) -> str:
    return "as before" if len(inputs) == 1 and inputs[0].channels == size else ""
