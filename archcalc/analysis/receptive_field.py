"""Receptive fields of every layer, per network input and axis of that input.

The pass only walks and unites; what a layer reads is the operator's answer, and the arithmetic is core's.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from itertools import accumulate
from operator import or_
from typing import TYPE_CHECKING, Generic

from archcalc.analysis.layer_reads import LayerReads, Way
from archcalc.analysis.tensor_values import TensorValues, Value
from archcalc.core.field import AxisField, of_input
from archcalc.core.frozen import FrozenDict
from archcalc.core.problem import Location, OperatorError, Problem, Source, SpecError
from archcalc.core.reads import POINTWISE, TOKENS_PASS_BY
from archcalc.core.work import advance, budget
from archcalc.ops.base import SameShape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from archcalc.analysis.channel_fields import ChannelFields
    from archcalc.graph import NetworkGraph, Node, TypedOperator

MOST_FIELDS = 50_000
MOST_FIELDS_A_LAYER = 12
"""Fields that each layer adds to those that are allowed: of two inputs with three axes, twice."""

TensorField = TensorValues[AxisField]


def receptive_fields(
    graph: NetworkGraph, look: Callable[[TensorField], object] | None = None
) -> dict[str, TensorField]:
    """The field of every network input and every layer, by path, in the order of the graph.

    What `look` works out of each field of a layer is in the same budget of work. A network that was recorded from a
    module has its fields already.
    """
    one_input = lru_cache(maxsize=None)(of_input)
    fields = {
        name: TensorField(FrozenDict({(name, axis): one_input(each.shape[axis]) for axis in each.shape.grid}))
        for name, each in graph.inputs.items()
    }
    if graph.imported is not None:
        given = graph.imported.fields
        recorded = ((path, given[path]) for path in graph.nodes)
        return fields | {path: TensorValues(FrozenDict(each.grid), FrozenDict(each.tokens)) for path, each in recorded}
    axes = {axis for each in graph.inputs.values() for axis in each.shape.grid}
    check_number(graph)
    with budget(len(graph.nodes)):
        return walked(graph, fields, axes, graph.nodes.values(), look)


def check_number(graph: NetworkGraph) -> None:
    """SpecError, before any is worked out, for more fields than a network of so many layers may have."""
    most = MOST_FIELDS + MOST_FIELDS_A_LAYER * len(graph.nodes)
    counts = {name: len(each.shape.grid) for name, each in graph.inputs.items()}
    if len(graph.nodes) * sum(counts.values()) <= most:
        return
    ends = accumulate(counts.values())
    reached = {name: (1 << end) - (1 << end - count) for (name, count), end in zip(counts.items(), ends, strict=True)}
    fields = 0
    for node in graph.nodes.values():
        reached[node.path] = reduce(or_, (reached[path] for path in node.inputs))
        fields += reached[node.path].bit_count()
        if fields > most:
            found = (
                f"{node.path}: more than {most:,} receptive fields, one for each layer, input that reaches it, and axis"
            )
            raise SpecError([Problem(_place(node, graph), found, "fewer inputs, or fewer layers after all of them")])


def _place(node: Node, graph: NetworkGraph) -> Location:
    return node.location or Location(Source(graph.name))


def walked(
    graph: NetworkGraph,
    sources: Mapping[str, TensorValues[Value]],
    axes: set[str],
    nodes: Iterable[Node],
    look: Callable[[TensorValues[Value]], object] | None = None,
) -> dict[str, TensorValues[Value]]:
    """Carry the values of some tensors through layers in the order of the graph; SpecError names a layer at fault.

    The result has the sources and every layer that depends on one of them, by path. A source keeps its value.
    """
    values = dict(sources)
    walk = Walk[Value](axes, graph, values)
    nothing = TensorValues[Value]()
    for node in nodes:
        path, inputs = node.path, [values.get(source) for source in node.inputs]
        if path in values or not any(inputs):
            continue
        try:
            found = values[path] = walk.layer(node, [each or nothing for each in inputs])
            if look is not None:
                look(found)
        except OperatorError as error:
            raise at_layer(node, graph, error) from None
        advance()
    return values


def at_layer(node: Node, graph: NetworkGraph, error: OperatorError) -> SpecError:
    """Return a mistake with the layer at fault and its place."""
    return SpecError([Problem(_place(node, graph), f"{node.path}: {error.found}", error.expected, error.hint)])


class Walk(Generic[Value]):
    """One pass; equal work on the same fields is done once."""

    def __init__(self, axes: set[str], graph: NetworkGraph, values: Mapping[str, TensorValues[Value]]) -> None:
        self._graph, self._values = graph, values
        self._layer_reads = LayerReads[Value](axes)
        self._sources = frozenset(values)
        self._ways: dict[TypedOperator, tuple[Way, ...]] = {}
        self._channels: ChannelFields[Value] | None = None

    def layer(self, node: Node, inputs: list[TensorValues[Value]]) -> TensorValues[Value]:
        """Return the values of a layer from those of the tensors that it reads."""
        typed = node.typed
        ways = self._ways.get(typed)
        if ways is None:
            ways = self._ways[typed] = self._ways_of(node)
        if ways is _UNCHANGED:
            return inputs[0] if len(inputs) == 1 else self._layer_reads.merged(inputs)
        if ways is _BY_CHANNEL:
            return self._channel_fields().layer(node)
        if len(ways) == 1 and ways[0].flow.grid and not inputs[0].tokens and not typed.shape.tokens:
            return self._layer_reads.grid_alone(typed.shape, ways[0].reads, inputs[0])
        return self._layer_reads.together(node, zip(ways, inputs, strict=True))

    def _ways_of(self, node: Node) -> tuple[Way, ...]:
        typed = node.typed
        if typed.operator.channel_reads(typed.inputs, 0).differs:
            return _BY_CHANNEL
        if isinstance(typed.operator, SameShape):
            return _UNCHANGED
        ways = self._layer_reads.ways(node)
        return _UNCHANGED if _unchanged(ways, typed) else ways

    def _channel_fields(self) -> ChannelFields[Value]:
        from archcalc.analysis.channel_fields import ChannelFields

        if self._channels is None:
            self._channels = ChannelFields(self._graph, self._layer_reads, self._values, self._sources)
        return self._channels


_UNCHANGED: tuple[Way, ...] = ()
"""The inputs as they are, position by position."""

_BY_CHANNEL: tuple[Way, ...] = (Way(TOKENS_PASS_BY, {}),)
"""Some channels are read at other positions than the rest, or not at all."""


def _unchanged(ways: tuple[Way, ...], typed: TypedOperator) -> bool:
    """Whether every position of a layer reads its own of all inputs; of several, none may have tokens."""
    grid, tokens = typed.shape.items[1:], typed.shape.tokens
    if tokens and len(ways) > 1:
        return False
    for shape, way in zip(typed.inputs, ways, strict=True):
        if shape.items[1:] != grid or shape.tokens != tokens or way.flow is not TOKENS_PASS_BY:
            return False
        if [reads for reads in way.reads.values() if reads != POINTWISE]:
            return False
    return True
