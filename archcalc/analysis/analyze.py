"""Runs all passes over a graph and puts their answers together."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.analysis.conventions import CONVENTIONS, Convention, Cost, cost
from archcalc.analysis.labels import in_place
from archcalc.analysis.memory import Memory, Recorder, peak_inference_bytes, saved_by_layer, training, weights_of
from archcalc.analysis.receptive_field import TensorField, receptive_fields
from archcalc.analysis.records import Analysis, InputField, LayerRecord, Totals
from archcalc.core.frozen import FrozenDict
from archcalc.core.terms import NO_PARAMETERS, Arithmetic, Parameters, total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.field import AxisField
    from archcalc.core.shape import Shape
    from archcalc.core.window import TransposedWindow, Window
    from archcalc.graph import NetworkGraph, Node, TypedOperator
    from archcalc.ops.base import Operator


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an analysis."""

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
    facts, seen = _Facts(convention), _Seen()
    recorder = Recorder(memory)
    saved = saved_by_layer(graph, recorder)
    layers = tuple(
        _record(graph, node, seen.by_input(fields[node.path]), facts.of(node.typed), memory, saved[node.path])
        for node in graph.nodes.values()
    )
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
        tensor_fields=_frozen(fields),
    )


def _frozen(fields: Mapping[str, TensorField]) -> FrozenDict[str, TensorField]:
    """The same fields in mappings that do not change; what layers share they share still."""
    each = {id(seen): TensorField(FrozenDict(seen.grid), FrozenDict(seen.tokens)) for seen in fields.values()}
    return FrozenDict({path: each[id(seen)] for path, seen in fields.items()})


class _LayerFacts(NamedTuple):
    label: str
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
    """Answers of operators about their layers; each typed operator is asked once."""

    def __init__(self, convention: Convention) -> None:
        self._convention = convention
        self._known: dict[TypedOperator, _LayerFacts] = {}

    def of(self, typed: TypedOperator) -> _LayerFacts:
        if typed not in self._known:
            self._known[typed] = self._ask(typed.operator, typed.inputs)
        return self._known[typed]

    def _ask(self, operator: Operator, shapes: tuple[Shape, ...]) -> _LayerFacts:
        arithmetic, parameters = operator.arithmetic(shapes), operator.parameters(shapes)
        windows, macs = operator.windows(shapes), total(arithmetic.macs)
        windows = None if windows is None else FrozenDict(windows)
        return _LayerFacts(
            operator.label(shapes),
            windows,
            operator.channel_groups(shapes),
            parameters,
            arithmetic,
            macs,
            cost(CONVENTIONS["flops"], arithmetic, macs).value,
            cost(self._convention, arithmetic, macs),
            total(parameters.learned),
            total(parameters.buffers),
        )


def _record(
    graph: NetworkGraph, node: Node, fields: Mapping[str, InputField], facts: _LayerFacts, memory: Memory, saved: int
) -> LayerRecord:
    shared = node.owner is not None
    return LayerRecord(
        path=node.path,
        op=node.op,
        label=in_place(facts.label, graph, node),
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
        activation_bytes=memory.activation(node.typed.elements),
        saved_bytes=saved,
        uncounted=facts.cost.uncounted,
        owner=node.owner,
        note=node.note,
    )


class _Seen:
    """Receptive fields as records; layers that hand on what they received share one."""

    def __init__(self) -> None:
        self._of_tensor: dict[int, dict[str, InputField]] = {}
        self._of_axis: dict[AxisField, _AxisSizes] = {}
        self._mappings: dict[tuple[type, tuple[str, ...], tuple[Any, ...]], FrozenDict[str, Any]] = {}

    def by_input(self, seen: TensorField) -> dict[str, InputField]:
        """The records of a tensor, by input."""
        if id(seen) not in self._of_tensor:  # the walk hands fields on as they are
            self._of_tensor[id(seen)] = self._by_input(seen)
        return self._of_tensor[id(seen)]

    def _by_input(self, seen: TensorField) -> dict[str, InputField]:
        axes: dict[str, dict[str, _AxisSizes]] = {}
        for fields in (seen.grid, seen.tokens):
            for (name, axis), each in fields.items():
                known, sizes = axes.setdefault(name, {}), self._sizes(each)
                known[axis] = known[axis].joined(sizes) if axis in known else sizes
        return FrozenDict({name: self._input_field(sizes) for name, sizes in axes.items()})

    def _input_field(self, sizes: Mapping[str, _AxisSizes]) -> InputField:
        axes = tuple(sizes)
        full, window, clipped, jump, offset, center, sees_all, aligned = zip(*sizes.values(), strict=True)
        return InputField(
            self._shared(int, axes, full),
            self._shared(int, axes, window),
            self._shared(int, axes, clipped),
            self._shared(Fraction, axes, jump),
            self._shared(int, axes, offset),
            self._shared(Fraction, axes, center),
            self._shared(bool, axes, sees_all),
            all(aligned),
        )

    def _shared(self, kind: type, axes: tuple[str, ...], values: tuple[Any, ...]) -> FrozenDict[str, Any]:
        """A value for each axis, all of one kind or None; equal ones are one mapping."""
        key = kind, axes, values
        found = self._mappings.get(key)
        if found is None:
            found = self._mappings[key] = FrozenDict(zip(axes, values, strict=True))
        return found

    def _sizes(self, seen: AxisField) -> _AxisSizes:
        if seen not in self._of_axis:
            self._of_axis[seen] = _axis_sizes(seen)
        return self._of_axis[seen]


def fields_by_input(seen: TensorField) -> dict[str, InputField]:
    """Return the receptive field of a tensor as records, by the tensor it is in."""
    return _Seen().by_input(seen)


class _AxisSizes(NamedTuple):
    """What an axis field comes to; `offset` and `center` are those of what output 0 sees through windows."""

    full: int
    window: int | None
    clipped: int
    jump: Fraction | None
    offset: int | None
    center: Fraction | None
    sees_all: bool
    aligned: bool

    def joined(self, tokens: _AxisSizes) -> _AxisSizes:
        """Return the field joined with that of the tokens, which have no position; offset and jump are the grid's."""
        return _AxisSizes(
            max(self.full, tokens.full),
            self.window if tokens.window is None else max(self.window or 0, tokens.window),
            max(self.clipped, tokens.clipped),
            self.jump,
            self.offset,
            self.center,
            self.sees_all or tokens.sees_all,
            self.aligned and tokens.aligned,
        )


def _axis_sizes(seen: AxisField) -> _AxisSizes:
    start = seen.start
    return _AxisSizes(
        seen.full_size,
        seen.window_size,
        seen.clipped_size,
        seen.jump,
        start and start[0],
        start and Fraction(start[0] + start[1], 2),
        seen.sees_all,
        seen.aligned,
    )


def _totals(graph: NetworkGraph, layers: tuple[LayerRecord, ...], recorder: Recorder, optimizer: str,
            views: tuple[int, int] | None) -> Totals:  # fmt: skip
    unread = 0 if graph.imported is None else sum(graph.imported.unread.values())
    params, buffers = sum(each.params for each in layers) + unread, sum(each.buffers for each in layers)
    whole, saved = sum(each.cost for each in layers), sum(each.saved_bytes for each in layers)
    memory, weights = recorder.memory, weights_of(layers)
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
        peak_inference_bytes=peak_inference_bytes(graph, recorder),
        saved_bytes=saved,
        training_bytes=training(weights, memory, optimizer, saved).total,
    )
