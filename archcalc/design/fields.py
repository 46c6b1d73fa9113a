"""Receptive fields of single layers in many graphs; equal work on equal fields is done once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from archcalc.analysis.analyze import fields_by_input
from archcalc.analysis.receptive_field import TensorField, Walk, check_number, receptive_fields
from archcalc.core.field import AxisField, of_input
from archcalc.core.problem import OperatorError, Problem, SpecError
from archcalc.core.work import budget
from archcalc.ops.traits import Family

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis.records import InputField
    from archcalc.graph import NetworkGraph, Node, TypedOperator


class Fields:
    """Fields of graphs whose operators on shapes are shared."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget the operators of graphs that are gone."""
        self._of_input = lru_cache(maxsize=None)(of_input)
        self._walks: dict[frozenset[str], Walk[AxisField]] = {}
        self._known: dict[tuple[TypedOperator, frozenset[str], tuple[int, ...]], TensorField] = {}
        self._by_channel: dict[TypedOperator, bool] = {}
        self._sources: dict[tuple[object, ...], TensorField] = {}
        self._records: dict[int, Mapping[str, InputField]] = {}

    def of(self, graph: NetworkGraph, path: str) -> Mapping[str, InputField]:
        """Return the field of a layer in each input that reaches it; SpecError names a layer whose field has none."""
        if any(map(self._differs, graph.nodes.values())):
            return fields_by_input(receptive_fields(graph)[path])
        check_number(graph)
        with budget():
            found = self._walked(graph, path)
        if id(found) not in self._records:
            self._records[id(found)] = fields_by_input(found)
        return self._records[id(found)]

    def _walked(self, graph: NetworkGraph, path: str) -> TensorField:
        fields = {name: self._source(name, graph) for name in graph.inputs}
        axes = frozenset(axis for each in graph.inputs.values() for axis in each.shape.grid)
        for node in graph.nodes.values():
            if path in fields:
                break
            inputs = [fields[source] for source in node.inputs]
            key = (node.typed, axes, tuple(map(id, inputs)))
            found = self._known.get(key)
            if found is None:
                found = self._known[key] = self._layer(node, inputs, axes, graph)
            fields[node.path] = found
        return fields[path]

    def _source(self, name: str, graph: NetworkGraph) -> TensorField:
        shape = graph.inputs[name].shape
        key = (name, shape)
        if key not in self._sources:
            self._sources[key] = TensorField({(name, axis): self._of_input(shape[axis]) for axis in shape.grid})
        return self._sources[key]

    def _layer(self, node: Node, inputs: list[TensorField], axes: frozenset[str], graph: NetworkGraph) -> TensorField:
        if axes not in self._walks:
            self._walks[axes] = Walk(set(axes), graph, {})
        try:
            return self._walks[axes].layer(node, inputs)
        except OperatorError as error:
            place = node.location
            assert place is not None
            raise SpecError([Problem(place, f"{node.path}: {error.found}", error.expected, error.hint)]) from None

    def _differs(self, node: Node) -> bool:
        """Whether some channels of a layer read other positions than others; such fields depend on the whole graph."""
        typed = node.typed
        if typed not in self._by_channel:
            self._by_channel[typed] = typed.operator.channel_reads(typed.inputs, 0).differs
        return self._by_channel[typed]


def last_before_pool(graph: NetworkGraph) -> str:
    """Return the layer that the last global pool reads; the last layer where no pool is on every path to the output.

    The pools of gates, as in squeeze-and-excitation, are not on every path.
    """
    needed = set(graph.outputs.values())
    for node in reversed(graph.nodes.values()):
        if node.path not in needed:
            continue
        if len(needed) == 1 and _pools_globally(node):
            return node.inputs[0]
        needed.remove(node.path)
        needed.update(node.inputs)
    return next(reversed(graph.nodes))


def _pools_globally(node: Node) -> bool:
    """Whether a layer reduces some axis that has more than one position."""
    if node.operator.traits.family is not Family.GLOBAL_POOL:
        return False
    (before, *_), after = node.typed.inputs, node.typed.shape
    return any(after.get(axis) < before[axis] for axis in before.grid)
