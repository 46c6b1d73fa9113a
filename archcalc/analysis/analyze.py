"""Runs all passes over a graph and puts their answers together."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.conventions import CONVENTIONS, Convention, Cost, LayerArithmetic, cost
from archcalc.analysis.labels import stacked_frames, with_stacked_frames
from archcalc.analysis.memory import Memory, training, weights_of
from archcalc.analysis.memory_run import Recorder, peak_inference_bytes, saved_by_layer
from archcalc.analysis.receptive_field import receptive_fields
from archcalc.analysis.records import Analysis, AxisSizes, InputField, LayerRecord, Totals
from archcalc.core.frozen import FrozenDict
from archcalc.core.terms import NO_PARAMETERS, Arithmetic, Parameters, total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis.receptive_field import TensorField
    from archcalc.core.field import AxisField
    from archcalc.core.ignored_rule import IgnoredRule
    from archcalc.core.window import TransposedWindow, Window
    from archcalc.graph import NetworkGraph, Node, TypedOperator


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an analysis."""

    convention: str = "macs"
    batch: int = 1
    dtype: str = "float32"
    optimizer: str = "sgd_momentum"


def analyze_graph(
    graph: NetworkGraph,
    settings: Settings,
    *,
    title: str = "",
    views: tuple[int, int] | None = None,
    ignored_rules: tuple[IgnoredRule, ...] = (),
) -> Analysis:
    """Shape, receptive field, parameters, arithmetic and memory of every layer, and their totals."""
    memory = Memory(settings.dtype, settings.batch)
    convention = CONVENTIONS[settings.convention]
    sizes, recorder = _FieldSizes(), Recorder(memory)
    fields = receptive_fields(graph, sizes.by_input)
    layers = _records(graph, fields, sizes, convention, recorder)
    totals = _totals(graph, layers, recorder, settings.optimizer, views)
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
        ignored_rules=ignored_rules,
        tensor_fields=FrozenDict(fields),
    )


def _records(
    graph: NetworkGraph,
    fields: Mapping[str, TensorField],
    sizes: _FieldSizes,
    convention: Convention,
    recorder: Recorder,
) -> tuple[LayerRecord, ...]:
    facts = _OperatorFacts(convention)
    saved, one = saved_by_layer(graph, recorder), recorder.memory.activation(1)
    layers, stacked = [], dict[str, str]()
    for path, node in graph.nodes.items():
        known = facts.of(node.typed)
        label = known.label
        if known.stacked:
            stacked[path] = known.stacked
        if stacked and node.inputs and node.inputs[0] in stacked:
            label = with_stacked_frames(label, node.typed.inputs[0].channels, stacked[node.inputs[0]])
        layers.append(_record(node, label, sizes.by_input(fields[path]), known, node.typed.elements * one, saved[path]))
    return tuple(layers)


class _LayerFacts(NamedTuple):
    label: str
    stacked: str
    windows: Mapping[str, Window | TransposedWindow] | None
    groups: int | None
    parameters: Parameters
    arithmetic: Arithmetic
    macs: int
    flops: int
    cost: Cost
    params: int
    buffers: int


class _OperatorFacts:
    """Answers of operators about their layers; each typed operator is asked once."""

    def __init__(self, convention: Convention) -> None:
        self._convention, self._flops = convention, CONVENTIONS["flops"]
        self._known: dict[TypedOperator, _LayerFacts] = {}

    def of(self, typed: TypedOperator) -> _LayerFacts:
        found = self._known.get(typed)
        if found is None:
            found = self._known[typed] = self._ask(typed)
        return found

    def _ask(self, typed: TypedOperator) -> _LayerFacts:
        operator, shapes = typed.operator, typed.inputs
        layer, parameters = LayerArithmetic.of(typed), operator.parameters(shapes)
        windows = operator.windows(shapes)
        windows = None if windows is None else FrozenDict(windows)
        return _LayerFacts(
            operator.label(shapes),
            stacked_frames(typed),
            windows,
            operator.channel_groups(shapes),
            parameters,
            layer.arithmetic,
            layer.macs,
            cost(self._flops, layer).value,
            cost(self._convention, layer),
            total(parameters.learned),
            total(parameters.buffers),
        )


def _record(
    node: Node, label: str, fields: Mapping[str, InputField], facts: _LayerFacts, activation: int, saved: int
) -> LayerRecord:
    shared = node.owner is not None
    return LayerRecord(
        path=node.path,
        op=node.op,
        label=label,
        inputs=node.inputs,
        shape=node.typed.shape,
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
        activation_bytes=activation,
        saved_bytes=saved,
        uncounted=facts.cost.uncounted,
        owner=node.owner,
        note=node.note,
    )


class _FieldSizes:
    """Receptive fields as records; layers that hand on what they received share one."""

    def __init__(self) -> None:
        self._of_tensor: dict[int, Mapping[str, InputField]] = {}
        self._of_axis: dict[AxisField, AxisSizes] = {}

    def by_input(self, seen: TensorField) -> Mapping[str, InputField]:
        """The records of a tensor, by input."""
        found = self._of_tensor.get(id(seen))  # the walk hands fields on as they are
        if found is None:
            found = self._of_tensor[id(seen)] = self._by_input(seen)
        return found

    def _by_input(self, seen: TensorField) -> Mapping[str, InputField]:
        axes: dict[str, dict[str, AxisSizes]] = {}
        for fields in (seen.grid, seen.tokens):
            for (name, axis), each in fields.items():
                known, sizes = axes.setdefault(name, {}), self._sizes(each)
                known[axis] = _joined(known[axis], sizes) if axis in known else sizes
        return FrozenDict({name: InputField(FrozenDict(sizes)) for name, sizes in axes.items()})

    def _sizes(self, seen: AxisField) -> AxisSizes:
        found = self._of_axis.get(seen)
        if found is None:
            found = self._of_axis[seen] = _axis_sizes(seen)
        return found


def fields_by_input(seen: TensorField) -> Mapping[str, InputField]:
    """Return the receptive field of a tensor as records, by the tensor it is in."""
    return _FieldSizes().by_input(seen)


def _axis_sizes(seen: AxisField) -> AxisSizes:
    return AxisSizes(
        seen.full_size, seen.window_size, seen.clipped_size, seen.jump, seen.start, seen.sees_all, seen.aligned
    )


def _joined(grid: AxisSizes, tokens: AxisSizes) -> AxisSizes:
    """The field of the grid joined with that of the tokens, which have no position; start and jump are the grid's."""
    return AxisSizes(
        max(grid.full, tokens.full),
        grid.window if tokens.window is None else max(grid.window or 0, tokens.window),
        max(grid.clipped, tokens.clipped),
        grid.jump,
        grid.start,
        grid.sees_all or tokens.sees_all,
        grid.aligned and tokens.aligned,
    )


def _totals(graph: NetworkGraph, layers: tuple[LayerRecord, ...], recorder: Recorder, optimizer: str,
            views: tuple[int, int] | None) -> Totals:  # fmt: skip
    unread = 0 if graph.imported is None else sum(graph.imported.unread.values())
    params, buffers = _sum(layers, "params") + unread, _sum(layers, "buffers")
    whole, saved = _sum(layers, "cost"), _sum(layers, "saved_bytes")
    memory, weights = recorder.memory, weights_of(layers)
    return Totals(
        layers=len(layers),
        params=params,
        buffers=buffers,
        macs=_sum(layers, "macs"),
        flops=_sum(layers, "flops"),
        cost=whole,
        cost_per_video=whole * views[0] * views[1] if views else None,
        parameter_bytes=params * memory.itemsize,
        activation_bytes=_sum(layers, "activation_bytes"),
        peak_inference_bytes=peak_inference_bytes(graph, recorder),
        saved_bytes=saved,
        training_bytes=training(weights, memory, optimizer, saved).total,
    )


def _sum(layers: tuple[LayerRecord, ...], count: str) -> int:
    return sum(map(attrgetter(count), layers))
