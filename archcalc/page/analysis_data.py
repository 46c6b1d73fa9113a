"""A whole network as plain data: problems, inputs, parameters, the table, and where each layer was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.page.places import Places
from archcalc.page.tables import options_of, table_data
from archcalc.spec.choices import OneOf, Range
from archcalc.spec.settings import setting_text
from archcalc.spec.text import Scalar, plain
from archcalc.tables.layers import layer_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.api import Analysis
    from archcalc.core.problem import Location, Problem
    from archcalc.core.scopes import BlockScope
    from archcalc.graph import NetworkInput, Node
    from archcalc.page.networks import Network
    from archcalc.page.request import Request
    from archcalc.spec.load import Spec
    from archcalc.spec.model import Parameter


def analysis_data(network: Network, request: Request) -> dict[str, Any]:
    """Return everything that a page shows of a network before a layer is chosen."""
    places = Places(network.name, network.text)
    spec, analysis = network.spec, network.analysis
    options = options_of(request)
    return {
        "problems": [_problem(each, places) for each in network.problems],
        "warnings": [_problem(each, places) for each in network.warnings],
        "draft": bool(network.problems),
        "name": "" if spec is None else spec.name,
        "title": "" if spec is None else spec.title,
        "source": "" if spec is None else spec.source,
        "inputs": [] if spec is None else [input_data(each) for each in spec.graph.inputs.values()],
        "parameters": [] if spec is None else parameters_data(spec),
        "table": None if analysis is None else table_data(layer_table(analysis, options)),
        **_layers(analysis, places),
        "lines": {} if spec is None else places.lines(spec.graph),
        "files": [] if spec is None else _files(spec, places),
    }


def _problem(problem: Problem, places: Places) -> dict[str, Any]:
    return {
        "message": problem.message,
        "found": problem.found,
        "expected": problem.expected,
        "hint": problem.hint,
        "place": places.place(problem.location),
        "related": [{"what": what, "place": places.place(where)} for where, what in problem.related],
    }


def input_data(network_input: NetworkInput) -> dict[str, Any]:
    """Return an input; `text` is what changes it, such as `3x16x112x112@25`."""
    sizes = network_input.shape.sizes
    rate = "" if network_input.fps is None else f"@{network_input.fps:g}"
    return {
        "name": network_input.name,
        "shape": sizes,
        "fps": network_input.fps,
        "text": "x".join(map(str, sizes.values())) + rate,
    }


def parameters_data(spec: Spec) -> list[dict[str, Any]]:
    """Return the parameters of a spec with their values, and what they may be."""
    main = None if spec.origin is None else spec.origin.document.main
    return [] if main is None else [_parameter(each, spec) for each in main.parameters]


def _parameter(parameter: Parameter, spec: Spec) -> dict[str, Any]:
    default = None if parameter.default is None else plain(parameter.default)
    value = spec.parameters.get(parameter.name, default)
    choices = parameter.choices
    return {
        "name": parameter.name,
        "value": value,
        "text": setting_text(value),
        "kind": _kind(value, choices),
        "choices": [setting_text(each) for each in choices.values] if isinstance(choices, OneOf) else None,
        "least": choices.low if isinstance(choices, Range) else None,
        "most": choices.high if isinstance(choices, Range) else None,
        "step": choices.step if isinstance(choices, Range) else None,
        "default": None if parameter.default is None else _default_text(parameter.default, default),
    }


def _default_text(node: object, value: object) -> str:
    return node.text if isinstance(node, Scalar) and isinstance(value, str) else setting_text(value)


def _kind(value: object, choices: object) -> str:
    if isinstance(choices, OneOf):
        return "choice"
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "text" if isinstance(value, str) else "other"


def _layers(analysis: Analysis | None, places: Places) -> dict[str, Any]:
    """Return the layers in order, each with its place and the numbers of the block calls that lead to it."""
    calls: dict[BlockScope, int] = {}
    found: list[dict[str, Any]] = []
    for layer in () if analysis is None else analysis.layers:
        assert analysis is not None
        node, lines = analysis.graph.nodes[layer.path], places.own_lines(analysis.graph.nodes[layer.path])
        found.append(
            {
                "path": layer.path,
                "name": layer.name,
                "op": layer.op,
                "label": layer.label,
                "inputs": list(layer.inputs),
                "shape": layer.shape.sizes,
                "tokens": layer.shape.tokens,
                "size": str(layer.shape),
                "params": layer.params,
                "macs": layer.macs,
                "note": layer.note,
                "place": places.place(node.location),
                "line": lines[0] if lines else None,
                "calls": [calls.setdefault(call, len(calls)) for call in node.scope.calls],
            }
        )
    return {"layers": found, "calls": [_call(each, places) for each in calls]}


def _call(call: BlockScope, places: Places) -> dict[str, Any]:
    return {
        "path": call.path,
        "block": call.block,
        "place": places.place(call.location),
        "definition": places.place(call.definition),
    }


def _files(spec: Spec, places: Places) -> list[dict[str, Any]]:
    """Return the libraries in which layers were written, by the names that places have for them."""
    found: dict[str, dict[str, Any]] = {}
    for location in _locations(spec.graph.nodes.values()):
        name = location.source.name
        if name not in found and not places.is_own(location):
            place = places.place(location)
            found[name] = {"name": name, "library": place["library"] if place else None}
    return list(found.values())


def _locations(nodes: Iterable[Node]) -> Iterable[Location]:
    for node in nodes:
        if node.location is not None:
            yield node.location
        for call in node.scope.calls:
            if call.definition is not None:
                yield call.definition
