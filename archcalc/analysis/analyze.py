"""Runs all passes over a graph and puts their answers together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.conventions import CONVENTIONS, Convention, Cost, cost
from archcalc.analysis.labels import layer_label
from archcalc.analysis.memory import Memory, peak_inference_bytes, training_bytes
from archcalc.analysis.receptive_field import TensorField, receptive_fields
from archcalc.analysis.records import Analysis, InputField, LayerRecord, Totals
from archcalc.core.terms import NO_PARAMETERS, Arithmetic, Parameters, total
from archcalc.ops.convolving import Convolving

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.core.shape import Shape
    from archcalc.core.window import TransposedWindow, Window
    from archcalc.graph import NetworkGraph, Node
    from archcalc.ops.base import Operator


@dataclass(frozen=True, slots=True)
class Settings:
    """What an analysis is worked out for."""

    convention: str = "macs"
    batch: int = 1
    dtype: str = "float32"
    optimizer: str = "sgd_momentum"


def analyze_graph(
    graph: NetworkGraph, settings: Settings, *, title: str = "", views: tuple[int, int] | None = None
) -> Analysis:
    """Shape, receptive field, parameters, arithmetic and memory of every layer, and their totals."""
    memory = Memory(settings.dtype, settings.batch)
    convention = CONVENTIONS[settings.convention]
    fields = receptive_fields(graph)
    facts, seen = _Facts(graph, convention), _Seen()
    layers = tuple(
        _record(graph, node, seen.by_input(fields[node.path]), facts.of(node), memory) for node in graph.nodes.values()
    )
    totals = _totals(graph, layers, memory, settings.optimizer, views)
    return Analysis(
        name=graph.name,
        title=title,
        graph=graph,
        layers=layers,
        totals=totals,
        convention=convention,
        batch=settings.batch,
        dtype=settings.dtype,
        optimizer=settings.optimizer,
        views=views,
        tensor_fields=fields,
    )


@dataclass(frozen=True, slots=True)
class _LayerFacts:
    windows: Mapping[str, Window | TransposedWindow] | None
    groups: int | None
    parameters: Parameters
    arithmetic: Arithmetic
    macs: int
    flops: int
    cost: Cost
    params: int
    buffers: int


class _Facts:
    """What operators say of their layers; equal operators on equal inputs are asked once."""

    def __init__(self, graph: NetworkGraph, convention: Convention) -> None:
        self._graph = graph
        self._convention = convention
        self._known: dict[tuple[Operator, tuple[Shape, ...]], _LayerFacts] = {}

    def of(self, node: Node) -> _LayerFacts:
        shapes = self._graph.input_shapes(node)
        key = (node.operator, shapes)
        if key not in self._known:
            self._known[key] = self._ask(node.operator, shapes)
        return self._known[key]

    def _ask(self, operator: Operator, shapes: tuple[Shape, ...]) -> _LayerFacts:
        arithmetic, parameters = operator.arithmetic(shapes), operator.parameters(shapes)
        windows = operator.windows(shapes)
        return _LayerFacts(
            windows,
            _groups(operator, shapes) if windows is not None else None,
            parameters,
            arithmetic,
            total(arithmetic.macs),
            cost(CONVENTIONS["flops"], arithmetic).value,
            cost(self._convention, arithmetic),
            total(parameters.learned),
            total(parameters.buffers),
        )


def _record(
    graph: NetworkGraph, node: Node, fields: Mapping[str, InputField], facts: _LayerFacts, memory: Memory
) -> LayerRecord:
    shared = node.owner is not None
    return LayerRecord(
        path=node.path,
        op=node.op,
        label=layer_label(graph, node),
        inputs=node.inputs,
        shape=node.shape,
        windows=facts.windows,
        groups=facts.groups,
        fields=fields,
        parameters=NO_PARAMETERS if shared else facts.parameters,
        arithmetic=facts.arithmetic,
        params=0 if shared else facts.params,
        buffers=0 if shared else facts.buffers,
        macs=facts.macs,
        flops=facts.flops,
        cost=facts.cost.value,
        activation_bytes=memory.activation(node.shape.elements),
        missing=facts.cost.missing,
        owner=node.owner,
        note=node.note,
    )


def _groups(operator: Operator, shapes: tuple[Shape, ...]) -> int:
    return operator.channels(shapes[0])[2] if isinstance(operator, Convolving) else 1


class _Seen:
    """Receptive fields as records; layers that see the same share one."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], dict[str, InputField]] = {}

    def by_input(self, seen: TensorField) -> dict[str, InputField]:
        key = (*seen.grid.items(), None, *seen.tokens.items())
        if key not in self._known:
            keys = dict.fromkeys((*seen.grid, *seen.tokens))
            names = dict.fromkeys(name for name, _ in keys)
            self._known[key] = {
                name: _input_field(seen, name, [axis for own, axis in keys if own == name]) for name in names
            }
        return self._known[key]


def _input_field(seen: TensorField, name: str, axes: Iterable[str]) -> InputField:
    parts = {axis: seen.axis_fields((name, axis)) for axis in axes}
    return InputField(
        full={axis: max(each.full_size for each in fields) for axis, fields in parts.items()},
        clipped={axis: max(each.clipped_size for each in fields) for axis, fields in parts.items()},
        jump={axis: fields[0].jump for axis, fields in parts.items()},
        sees_all={axis: any(each.sees_all for each in fields) for axis, fields in parts.items()},
        aligned=all(each.aligned for fields in parts.values() for each in fields),
    )


def _totals(graph: NetworkGraph, layers: tuple[LayerRecord, ...], memory: Memory, optimizer: str,
            views: tuple[int, int] | None) -> Totals:  # fmt: skip
    params, buffers = sum(each.params for each in layers), sum(each.buffers for each in layers)
    whole = sum(each.cost for each in layers)
    return Totals(
        layers=len(layers),
        params=params,
        buffers=buffers,
        macs=sum(each.macs for each in layers),
        flops=sum(each.flops for each in layers),
        cost=whole,
        cost_per_video=whole * views[0] * views[1] if views else None,
        parameter_bytes=params * memory.itemsize,
        activation_bytes=sum(each.activation_bytes for each in layers),
        peak_inference_bytes=peak_inference_bytes(graph, memory),
        training_bytes=training_bytes(graph, memory, params, buffers, optimizer),
    )
