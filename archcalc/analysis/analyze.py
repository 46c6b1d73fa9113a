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
from archcalc.ops.conv import Conv
from archcalc.ops.transposed import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.core.shape import Shape
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
    counts = _Counts(graph, convention)
    layers = tuple(_record(graph, node, fields[node.path], counts, memory) for node in graph.nodes.values())
    totals = _totals(graph, layers, memory, settings.optimizer, views)
    return Analysis(graph.name, title, graph, layers, totals, convention, settings.batch, settings.dtype, views, fields)


@dataclass(frozen=True, slots=True)
class _LayerCounts:
    parameters: Parameters
    arithmetic: Arithmetic
    macs: int
    flops: int
    cost: Cost
    params: int
    buffers: int


class _Counts:
    """Counts of layers; equal layers on equal inputs are counted once."""

    def __init__(self, graph: NetworkGraph, convention: Convention) -> None:
        self._graph = graph
        self._convention = convention
        self._known: dict[tuple[Operator, tuple[Shape, ...]], _LayerCounts] = {}

    def of(self, node: Node) -> _LayerCounts:
        shapes = self._graph.input_shapes(node)
        key = (node.operator, shapes)
        if key not in self._known:
            self._known[key] = self._count(node.operator, shapes)
        return self._known[key]

    def _count(self, operator: Operator, shapes: tuple[Shape, ...]) -> _LayerCounts:
        arithmetic, parameters = operator.arithmetic(shapes), operator.parameters(shapes)
        return _LayerCounts(
            parameters,
            arithmetic,
            total(arithmetic.macs),
            cost(CONVENTIONS["flops"], arithmetic).value,
            cost(self._convention, arithmetic),
            total(parameters.learned),
            total(parameters.buffers),
        )


def _record(graph: NetworkGraph, node: Node, seen: TensorField, counts: _Counts, memory: Memory) -> LayerRecord:
    count = counts.of(node)
    shared = node.owner is not None
    shapes = graph.input_shapes(node)
    windows = node.operator.windows(shapes)
    return LayerRecord(
        path=node.path,
        op=node.op,
        label=layer_label(graph, node),
        inputs=node.inputs,
        shape=node.shape,
        windows=windows,
        groups=_groups(node.operator, shapes) if windows is not None else None,
        fields=_input_fields(seen),
        parameters=NO_PARAMETERS if shared else count.parameters,
        arithmetic=count.arithmetic,
        params=0 if shared else count.params,
        buffers=0 if shared else count.buffers,
        macs=count.macs,
        flops=count.flops,
        cost=count.cost.value,
        activation_bytes=memory.activation(node.shape.elements),
        missing=count.cost.missing,
        owner=node.owner,
        note=node.note,
    )


def _groups(operator: Operator, shapes: tuple[Shape, ...]) -> int:
    return operator.channels(shapes[0])[2] if isinstance(operator, (Conv, ConvTranspose)) else 1


def _input_fields(seen: TensorField) -> dict[str, InputField]:
    keys = dict.fromkeys((*seen.grid, *seen.tokens))
    names = dict.fromkeys(name for name, _ in keys)
    return {name: _input_field(seen, name, [axis for own, axis in keys if own == name]) for name in names}


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
