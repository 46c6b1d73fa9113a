"""Layers whose weights others use: those of a named layer or call, or of one inside it by its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.problem import MOST_NAMES, did_you_mean

if TYPE_CHECKING:
    from archcalc.spec.context import EvaluationContext
    from archcalc.spec.expand import Expander
    from archcalc.spec.text import Node


def weights_of(expander: Expander, named: Node, context: EvaluationContext) -> list[str]:
    """Return the layers that own the weights of a named layer, call or path, in order."""
    graph = expander.builder.graph
    owners = []
    for path in _layers(expander, named, context):
        node = graph.nodes[path]
        parameters = node.operator.parameters(graph.input_shapes(node))
        if parameters.learned or parameters.buffers:
            owners.append(node.owner or path)
    return owners


def _layers(expander: Expander, named: Node, context: EvaluationContext) -> list[str]:
    """Return the paths of the layers that `share` names."""
    name = str(expander.evaluator.value(named, context, context.input))
    head, *rest = name.split(".")
    scope = next((each for each in context.names.chain() if head in each.layers), None)
    if scope is None:
        known = (each for outer in context.names.chain() for each in reversed(outer.layers))
        expander.fail(
            named.location, context, f"unknown layer {name!r}", "an earlier named layer", did_you_mean(head, known)
        )
    start, end = scope.layers[head]
    if not rest:
        return expander.added[start:end]
    inside = scope.inside.get(head)
    path = ".".join([inside.path if inside else head, *rest])
    if inside and path in expander.builder.graph.nodes:
        return [path]
    expander.spend(end - start, named.location)
    found = [each for each in expander.added[start:end] if each.startswith(f"{path}.")]
    if not found:
        prefix = f"{inside.path}." if inside else ""
        inner = [f"{head}.{each.removeprefix(prefix)}" for each in expander.added[start:end][:MOST_NAMES]]
        said = f"{head!r} has no layer {'.'.join(rest)!r}"
        expander.fail(named.location, context, said, "the path of a layer inside it", did_you_mean(name, inner))
    return found
