"""How layers read their inputs along each axis, and what arrives through that; equal work is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from archcalc.analysis.tensor_values import InputAxis, TensorValues, Value
from archcalc.core.frozen import FrozenDict
from archcalc.core.reads import POINTWISE, AxisReads, Taps, TokenFlow, WholeAxisRead, fixed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.core.shape import Shape
    from archcalc.graph import Node

MOST_HELD = 16
"""Layers between a value and one that holds it, as far as it is looked for."""

_UNREAD: Any = object()

Parts = dict[InputAxis, list[Value]]


def axis_reads(node: Node, shapes: tuple[Shape, ...], input_index: int, axis: str) -> AxisReads:
    """How a layer reads one of its inputs along an axis; an axis that the input lacks has one position there."""
    own = axis in shapes[input_index]
    return node.operator.reads(shapes, input_index, axis) if own else _broadcast(node.shape, axis)


def _broadcast(shape: Shape, axis: str) -> AxisReads:
    """How a layer reads the one position of an axis that its input lacks."""
    return fixed(0) if axis in shape else POINTWISE


class Way(NamedTuple):
    """How a layer reads one of its inputs: what tokens have to do with it, and the reads on every axis there is."""

    flow: TokenFlow
    reads: Mapping[str, AxisReads]


class LayerReads(Generic[Value]):
    """What layers find in the values of the tensors that they read, on some axes."""

    def __init__(self, axes: set[str]) -> None:
        self._axes = axes
        self._read: dict[tuple[Value, AxisReads, int], Value | None] = {}
        self._united: dict[tuple[Value, ...], Value] = {}
        self._holds: dict[Value, Value] = {}

    def ways(self, node: Node) -> tuple[Way, ...]:
        """Return how a layer reads each of its inputs, all channels alike."""
        return tuple([self._way(node, node.typed.inputs, input_index) for input_index in range(len(node.typed.inputs))])

    def together(self, node: Node, inputs: Iterable[tuple[Way, TensorValues[Value]]]) -> TensorValues[Value]:
        """Return the values of a layer, or of some of its channels, from what it reads and how."""
        grid: Parts[Value] = {}
        tokens: Parts[Value] = {}
        for way, seen in inputs:
            self._from_grid(node, way, seen, grid, tokens)
            self._from_tokens(node, way.flow, seen, grid, tokens)
        return TensorValues(self._unite(grid), self._unite(tokens) if node.shape.tokens else FrozenDict())

    def grid_alone(
        self, shape: Shape, reads: Mapping[str, AxisReads], seen: TensorValues[Value]
    ) -> TensorValues[Value]:
        """Return the values of a layer with one input, where neither has tokens."""
        found = {}
        for key, each in seen.grid.items():
            read = self.read(each, reads[key[1]], shape.get(key[1]))
            if read is not None:
                found[key] = read
        return TensorValues(FrozenDict(found))

    def merged(self, inputs: Sequence[TensorValues[Value]]) -> TensorValues[Value]:
        """Return the values of a layer that reads its inputs position by position, where none has tokens."""
        parts: Parts[Value] = {}
        for seen in inputs:
            for key, each in seen.grid.items():
                parts.setdefault(key, []).append(each)
        return TensorValues(self._unite(parts))

    def _way(self, node: Node, shapes: tuple[Shape, ...], input_index: int) -> Way:
        operator, own = node.typed.operator, shapes[input_index].grid
        reads = {
            axis: operator.reads(shapes, input_index, axis) if axis in own else _broadcast(node.typed.shape, axis)
            for axis in self._axes
        }
        return Way(operator.token_flow(input_index, shapes), reads)

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
        if (reads is POINTWISE or reads == POINTWISE) and len(axis_field) == size:
            return axis_field
        key = (axis_field, reads, size)
        found = self._read.get(key, _UNREAD)
        if found is _UNREAD:
            found = self._read[key] = axis_field.read(reads, size)
            if (
                found is not None
                and axis_field.holds_what_it_reads
                and len(axis_field) == size
                and _reads_itself(reads)
            ):
                self._holds[found] = axis_field
        return found

    def _unite(self, parts: Parts[Value]) -> Mapping[InputAxis, Value]:
        return FrozenDict({key: self._union(fields) for key, fields in parts.items()})

    def _union(self, parts: list[Value]) -> Value:
        if len(parts) == 1:
            return parts[0]
        fields = tuple(dict.fromkeys(parts))
        if len(fields) == 1:
            return fields[0]
        found = self._united.get(fields)
        if found is None:
            kept = self._without_held(fields) if self._holds else fields
            found = self._united[fields] = kept[0].union(kept[1:]) if len(kept) > 1 else kept[0]
        return found

    def _without_held(self, fields: tuple[Value, ...]) -> tuple[Value, ...]:
        """The values without those that another holds, as the body of a residual does its shortcut."""
        held = set()
        for each in fields:
            inner = self._holds.get(each)
            for _ in range(MOST_HELD):
                if inner is None:
                    break
                held.add(inner)
                inner = self._holds.get(inner)
        return tuple([each for each in fields if each not in held]) if held else fields


def _reads_itself(reads: AxisReads) -> bool:
    return reads.reads_itself if isinstance(reads, Taps) else reads is WholeAxisRead.SELF_AND_ALL
