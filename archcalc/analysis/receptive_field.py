"""Receptive fields of every layer, per network input and axis of that input.

The pass only walks and unites; what a layer reads is the operator's answer, and the arithmetic is core's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import accumulate
from operator import or_
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, Protocol, Self, TypeVar

from archcalc.core.field import AxisField, of_input
from archcalc.core.problem import Location, OperatorError, Problem, Source, SpecError
from archcalc.core.reads import POINTWISE, TOKENS_PASS_BY, AxisReads, Taps, TokenFlow, WholeAxisRead, fixed
from archcalc.core.work import budget

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.analysis.channel_fields import ChannelFields
    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph, Node, TypedOperator

InputAxis = tuple[str, str]
"""A network input and one of its axes."""


class AxisValue(Protocol):
    """What the walk carries along one axis of a source: a receptive field, or the positions that the source reaches."""

    holds_what_it_reads: ClassVar[bool]
    """Whether a layer that reads each position itself, among others, has all of the value of what it reads."""

    def __len__(self) -> int:
        """Positions of the tensor along the axis."""

    def read(self, reads: AxisReads, size: int) -> Self | None:
        """The value of a layer with `size` positions that reads the tensor so; None when nothing arrives."""

    def union(self, others: Sequence[Self]) -> Self:
        """The value of a layer that reads several tensors."""


MOST_FIELDS = 50_000
MOST_FIELDS_A_LAYER = 12
"""Fields that each layer adds to those that are allowed: of two inputs with three axes, twice."""
MOST_HELD = 16
"""Layers between a value and one that holds it, as far as it is looked for."""

Value = TypeVar("Value", bound=AxisValue)
Parts = dict[InputAxis, list[Value]]


@dataclass(frozen=True)  # with slots, Python 3.11 cannot make a generic one
class TensorValues(Generic[Value]):
    """What the walk has found for a tensor: for its grid and its tokens, by network input and axis of that input."""

    grid: Mapping[InputAxis, Value] = field(default_factory=dict)
    tokens: Mapping[InputAxis, Value] = field(default_factory=dict)

    def by_input(self) -> dict[str, dict[str, Value]]:
        """The grid's fields as input name -> axis -> field; inputs that do not reach the tensor are absent."""
        fields: dict[str, dict[str, Value]] = {}
        for (name, axis), seen in self.grid.items():
            fields.setdefault(name, {})[axis] = seen
        return fields

    def axis_fields(self, key: InputAxis) -> list[Value]:
        """The grid's field and that of the tokens, whichever there are."""
        return [fields[key] for fields in (self.grid, self.tokens) if key in fields]


TensorField = TensorValues[AxisField]


def receptive_fields(graph: NetworkGraph) -> dict[str, TensorField]:
    """The field of every network input and every layer, by path, in the order of the graph.

    A network that was recorded from a module has its fields already.
    """
    one_input = lru_cache(maxsize=None)(of_input)
    fields = {
        name: TensorField({(name, axis): one_input(each.shape[axis]) for axis in each.shape.grid})
        for name, each in graph.inputs.items()
    }
    if graph.imported is not None:
        given = graph.imported.fields
        return fields | {path: TensorValues(given[path].grid, given[path].tokens) for path in graph.nodes}
    axes = {axis for each in graph.inputs.values() for axis in each.shape.grid}
    _check_number(graph)
    with budget():
        return walked(graph, fields, axes, graph.nodes.values())


def _check_number(graph: NetworkGraph) -> None:
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
    graph: NetworkGraph, sources: Mapping[str, TensorValues[Value]], axes: set[str], nodes: Iterable[Node]
) -> dict[str, TensorValues[Value]]:
    """Carry the values of some tensors through layers in the order of the graph; SpecError names a layer at fault.

    The result has the sources and every layer that depends on one of them, by path. A source keeps its value.
    """
    values = dict(sources)
    walk = Walk[Value](axes, graph, values)
    nothing = TensorValues[Value]()
    for node in nodes:
        if node.path in values or not any(path in values for path in node.inputs):
            continue
        try:
            values[node.path] = walk.layer(node, [values.get(path, nothing) for path in node.inputs])
        except OperatorError as error:
            raise SpecError(
                [Problem(_place(node, graph), f"{node.path}: {error.found}", error.expected, error.hint)]
            ) from None
    return values


def axis_reads(node: Node, shapes: tuple[Shape, ...], input_index: int, axis: str) -> AxisReads:
    """How a layer reads one of its inputs along an axis; an axis that the input lacks has one position there."""
    if axis in shapes[input_index]:
        return node.operator.reads(shapes, input_index, axis)
    return fixed(0) if axis in node.shape else POINTWISE


class Way(NamedTuple):
    """How a layer reads one of its inputs: what tokens have to do with it, and the reads on every axis there is."""

    flow: TokenFlow
    reads: Mapping[str, AxisReads]


class Walk(Generic[Value]):
    """One pass; equal work on the same fields is done once."""

    def __init__(self, axes: set[str], graph: NetworkGraph, values: Mapping[str, TensorValues[Value]]) -> None:
        self._axes, self._graph, self._values = axes, graph, values
        self._sources = frozenset(values)
        self._ways: dict[TypedOperator, tuple[Way, ...]] = {}
        self._channels: ChannelFields[Value] | None = None
        self._read: dict[tuple[Value, AxisReads, int], Value | None] = {}
        self._united: dict[tuple[Value, ...], Value] = {}
        self._holds: dict[Value, Value] = {}

    def layer(self, node: Node, inputs: list[TensorValues[Value]]) -> TensorValues[Value]:
        """Return the values of a layer from those of the tensors that it reads."""
        ways = self._ways_of(node)
        if ways is _UNCHANGED:
            return inputs[0]
        if ways is _BY_CHANNEL:
            return self._channel_fields().layer(node)
        if len(ways) == 1 and ways[0].flow.grid and not inputs[0].tokens and not node.shape.tokens:
            return self._grid_alone(node.shape, ways[0].reads, inputs[0])
        return self.together(node, zip(ways, inputs, strict=True))

    def together(self, node: Node, inputs: Iterable[tuple[Way, TensorValues[Value]]]) -> TensorValues[Value]:
        """Return the values of a layer, or of some of its channels, from what it reads and how."""
        grid: Parts[Value] = {}
        tokens: Parts[Value] = {}
        for way, seen in inputs:
            self._from_grid(node, way, seen, grid, tokens)
            self._from_tokens(node, way.flow, seen, grid, tokens)
        return TensorValues(self._unite(grid), self._unite(tokens) if node.shape.tokens else {})

    def _grid_alone(
        self, shape: Shape, reads: Mapping[str, AxisReads], seen: TensorValues[Value]
    ) -> TensorValues[Value]:
        """The usual case: one input, and no tokens on either side."""
        found = {}
        for key, each in seen.grid.items():
            read = self.read(each, reads[key[1]], shape.get(key[1]))
            if read is not None:
                found[key] = read
        return TensorValues(found)

    def _ways_of(self, node: Node) -> tuple[Way, ...]:
        kind = node.kind
        if kind not in self._ways:
            self._ways[kind] = self.ways(node)
            if kind.operator.channel_reads(kind.inputs, 0).differs:
                self._ways[kind] = _BY_CHANNEL
            elif _positions(kind.inputs[0]) == _positions(kind.shape) and _unchanged(self._ways[kind]):
                self._ways[kind] = _UNCHANGED
        return self._ways[kind]

    def ways(self, node: Node) -> tuple[Way, ...]:
        """Return how a layer reads each of its inputs, all channels alike."""
        return tuple(self._way(node, node.kind.inputs, input_index) for input_index in range(len(node.kind.inputs)))

    def _channel_fields(self) -> ChannelFields[Value]:
        from archcalc.analysis.channel_fields import ChannelFields

        if self._channels is None:
            self._channels = ChannelFields(self._graph, self, self._values, self._sources)
        return self._channels

    def _way(self, node: Node, shapes: tuple[Shape, ...], input_index: int) -> Way:
        reads = {axis: axis_reads(node, shapes, input_index, axis) for axis in self._axes}
        return Way(node.operator.token_flow(input_index, shapes), reads)

    def _from_grid(
        self, node: Node, way: Way, seen: TensorValues[Value], grid: Parts[Value], tokens: Parts[Value]
    ) -> None:
        flow, shape = way.flow, node.shape
        for key, axis_field in seen.grid.items():
            if flow.grid:
                self._append(grid, key, self.read(axis_field, way.reads[key[1]], shape.get(key[1])))
            if flow.from_grid:
                self._append(tokens, key, self.read(axis_field, WholeAxisRead.ALL, 1))

    def _from_tokens(
        self, node: Node, flow: TokenFlow, seen: TensorValues[Value], grid: Parts[Value], tokens: Parts[Value]
    ) -> None:
        for key, axis_field in seen.tokens.items():
            if flow.kept:
                self._append(tokens, key, axis_field)
            if flow.to_grid:
                self._append(grid, key, self.read(axis_field, WholeAxisRead.ALL, node.shape.get(key[1])))

    @staticmethod
    def _append(parts: Parts[Value], key: InputAxis, part: Value | None) -> None:
        if part is not None:
            parts.setdefault(key, []).append(part)

    def read(self, axis_field: Value, reads: AxisReads, size: int) -> Value | None:
        """Return what arrives at `size` positions, computed once for equal reads of one value."""
        if reads == POINTWISE and len(axis_field) == size:
            return axis_field
        key = (axis_field, reads, size)
        if key not in self._read:
            found = self._read[key] = axis_field.read(reads, size)
            if (
                found is not None
                and axis_field.holds_what_it_reads
                and len(axis_field) == size
                and _reads_itself(reads)
            ):
                self._holds[found] = axis_field
        return self._read[key]

    def _unite(self, parts: Parts[Value]) -> dict[InputAxis, Value]:
        return {key: self._union(tuple(dict.fromkeys(fields))) for key, fields in parts.items()}

    def _union(self, fields: tuple[Value, ...]) -> Value:
        if len(fields) == 1:
            return fields[0]
        if fields not in self._united:
            kept = self._without_held(fields) if self._holds else fields
            self._united[fields] = kept[0].union(kept[1:]) if len(kept) > 1 else kept[0]
        return self._united[fields]

    def _without_held(self, fields: tuple[Value, ...]) -> tuple[Value, ...]:
        """The values without those that another holds, as the body of a residual does its shortcut."""
        held = set()
        for each in fields:
            inner: Value | None = each
            for _ in range(MOST_HELD):
                inner = self._holds.get(inner) if inner is not None else None
                held.add(inner)
        return tuple([each for each in fields if each not in held])


def _reads_itself(reads: AxisReads) -> bool:
    return reads.reads_itself if isinstance(reads, Taps) else reads is WholeAxisRead.SELF_AND_ALL


def _positions(shape: Shape) -> tuple[tuple[tuple[str, int], ...], int]:
    return shape.items[1:], shape.tokens


_UNCHANGED: tuple[Way, ...] = ()
"""The one input as it is, position by position."""

_BY_CHANNEL: tuple[Way, ...] = (Way(TOKENS_PASS_BY, {}),)
"""Some channels are read at other positions than the rest, or not at all."""


def _unchanged(ways: tuple[Way, ...]) -> bool:
    return (
        len(ways) == 1 and ways[0].flow is TOKENS_PASS_BY and all(each == POINTWISE for each in ways[0].reads.values())
    )
