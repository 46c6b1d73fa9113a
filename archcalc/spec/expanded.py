"""An expanded spec as plain data: every layer with its computed arguments, inputs and shape."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph, Node
    from archcalc.spec.load import Spec


def expanded_spec(spec: Spec) -> dict[str, Any]:
    """Name, parameters, choices, inputs and layers; a layer says its path, operator, arguments, sources and shape."""
    inputs: dict[str, Any] = {}
    for network_input in spec.graph.inputs.values():
        fps = {"fps": network_input.fps} if network_input.fps else {}
        spacing = {"spacing": dict(network_input.spacing)} if network_input.spacing else {}
        inputs[network_input.name] = {**network_input.shape.sizes, **fps, **spacing}
    return {
        "name": spec.name,
        "title": spec.title,
        "parameters": dict(spec.parameters),
        **({"choices": {name: each.described() for name, each in spec.choices.items()}} if spec.choices else {}),
        "inputs": inputs,
        "layers": [_layer(spec.graph, node) for node in spec.graph.nodes.values()],
        "outputs": dict(spec.graph.outputs),
    }


def _layer(graph: NetworkGraph, node: Node) -> dict[str, Any]:
    described: dict[str, Any] = {"path": node.path, node.op: written_arguments(node), "from": list(node.inputs)}
    described["shape"] = str(graph.shape(node.path))
    if node.owner:
        described["share"] = node.owner
    if node.note:
        described["note"] = node.note
    return described


def written_arguments(node: Node) -> dict[str, Any]:
    """Return the arguments of a layer that differ from their defaults."""
    values = {each.name: getattr(node.operator, each.name) for each in fields(node.operator)}  # type: ignore[arg-type]
    defaults = {each.name: each.default for each in fields(node.operator)}  # type: ignore[arg-type]
    return {name: _plain(value) for name, value in values.items() if value != defaults[name]}


def _plain(value: object) -> object:
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
