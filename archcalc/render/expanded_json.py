"""The JSON of expanded specs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.render.json import input_object, rows_json
from archcalc.spec.expanded import written_arguments

if TYPE_CHECKING:
    from archcalc.graph import Node
    from archcalc.spec.load import Spec


def expanded_json(spec: Spec) -> str:
    """Return a spec without blocks and repeats as JSON: every layer with its arguments, inputs and shape."""
    head = {
        "spec": spec.name,
        "title": spec.title,
        "parameters": dict(spec.parameters),
        "choices": {name: each.described() for name, each in spec.choices.items()},
        "inputs": [input_object(each) for each in spec.graph.inputs.values()],
        "outputs": dict(spec.graph.outputs),
    }
    return rows_json("layers", map(_layer, spec.graph.nodes.values()), head)


def _layer(node: Node) -> dict[str, Any]:
    return {
        "path": node.path,
        "name": node.name,
        "op": node.op,
        "arguments": written_arguments(node),
        "inputs": list(node.inputs),
        "shape": node.shape.sizes,
        "tokens": node.shape.tokens,
        **({"heads": node.shape.heads} if node.shape.heads > 1 else {}),
        "shares": node.owner,
        "note": node.note,
    }
