"""Receptive fields of single layers in many graphs; equal work on equal fields is done once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from archcalc.analysis.analyze import fields_by_input
from archcalc.analysis.receptive_field import TensorField, Walk, at_layer, check_number, receptive_fields
from archcalc.core.field import AxisField, of_input
from archcalc.core.problem import OperatorError
from archcalc.core.work import advance, budget
from archcalc.ops.traits import Family

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis.records import InputField
    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph, Node, TypedOperator


class Fields:
    """Fields of graphs whose operators on shapes are shared."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget the operators of graphs that are gone."""
        self._of_input = lru_cache(maxsize=None)(of_input)
        self._walk: Walk[AxisField] | None = None
        self._known: dict[tuple[TypedOperator, tuple[int, ...]], TensorField | None] = {}
        self._sources: dict[tuple[str, Shape], TensorField] = {}
        self._records: dict[int, Mapping[str, InputField]] = {}

    def of(self, graph: NetworkGraph, path: str) -> Mapping[str, InputField]:
        """Return the field of a layer in each input that reaches it; SpecError names a layer whose field has none."""
        check_number(graph)
        with budget(len(graph.nodes)):
            found = self._walked(graph, path)
            if found is None:
                return self._sizes(receptive_fields(graph)[path], graph.nodes.get(path), graph)
            known = self._records.get(id(found))
            if known is None:
                known = self._records[id(found)] = self._sizes(found, graph.nodes.get(path), graph)
            return known

    @staticmethod
    def _sizes(found: TensorField, node: Node | None, graph: NetworkGraph) -> Mapping[str, InputField]:
        try:
            return fields_by_input(found)
        except OperatorError as error:
            assert node is not None  # an input's own positions cost nothing
            raise at_layer(node, graph, error) from None

    def _walked(self, graph: NetworkGraph, path: str) -> TensorField | None:
        """Return the field of a layer; None where some channels of it read other positions than others."""
        fields = {name: self._source(name, each.shape) for name, each in graph.inputs.items()}
        for node in graph.nodes.values():
            if path in fields:
                break
            inputs = [fields[source] for source in node.inputs]
            key = (node.typed, tuple(map(id, inputs)))
            if key not in self._known:
                self._known[key] = self._layer(node, inputs, graph)
            found = self._known[key]
            if found is None:
                return None
            fields[node.path] = found
            advance()
        return fields[path]

    def _source(self, name: str, shape: Shape) -> TensorField:
        key = (name, shape)
        if key not in self._sources:
            self._sources[key] = TensorField({(name, axis): self._of_input(shape[axis]) for axis in shape.grid})
        return self._sources[key]

    def _layer(self, node: Node, inputs: list[TensorField], graph: NetworkGraph) -> TensorField | None:
        """Return the field of a layer; None where its channels differ, for which the whole graph is needed."""
        if node.operator.channel_reads(node.typed.inputs, 0).differs:
            return None
        if self._walk is None:
            axes = {axis for each in graph.inputs.values() for axis in each.shape.grid}
            self._walk = Walk(axes, graph, {})
        try:
            return self._walk.layer(node, inputs)
        except OperatorError as error:
            raise at_layer(node, graph, error) from None


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
