"""Totals of a network from its graph alone: no record of a layer, no label, no field that is not asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.analysis.conventions import CONVENTIONS, cost
from archcalc.analysis.memory import Memory, StoredWeights, training, weights_of
from archcalc.analysis.memory_run import Recorder, peak_inference_bytes, saved_by_layer
from archcalc.analysis.quantities import QUANTITIES
from archcalc.core.terms import NO_PARAMETERS, total

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archcalc.core.terms import Parameters
    from archcalc.graph import NetworkGraph, Node, TypedOperator

SUMS = ("params", "weights", "buffers", "macs", "flops", "cost", "values", "activation_bytes", "parameter_bytes")
"""Totals that are sums over layers of something that operators and shapes decide."""
OF_WEIGHTS = ("params", "weights", "buffers", "parameter_bytes")
"""Sums over the layers that own their weights."""


class Totals:
    """Totals of many graphs whose operators on shapes are shared; each of those is asked once."""

    def __init__(self, settings: Settings, views: tuple[int, int] | None) -> None:
        self.settings = settings
        self._views = views
        self._memory = Memory(settings.dtype, settings.batch)
        self._recorder = Recorder(self._memory)
        self._known: dict[str, dict[TypedOperator, int]] = {key: {} for key in SUMS}
        self._stored: dict[TypedOperator, StoredWeights] = {}
        self._of_operator: Mapping[str, Callable[[TypedOperator], int]] = {
            "params": lambda typed: total(self._parameters(typed).learned),
            "weights": lambda typed: total(self._parameters(typed).weights),
            "buffers": lambda typed: total(self._parameters(typed).buffers),
            "parameter_bytes": lambda typed: total(self._parameters(typed).learned) * self._memory.itemsize,
            "macs": lambda typed: total(typed.operator.arithmetic(typed.inputs).macs),
            "flops": lambda typed: self._cost(typed, "flops"),
            "cost": lambda typed: self._cost(typed, settings.convention),
            "values": lambda typed: typed.elements,
            "activation_bytes": lambda typed: self._memory.activation(typed.elements),
        }

    def forget(self) -> None:
        """Forget the operators of graphs that are gone."""
        for known in self._known.values():
            known.clear()
        self._stored.clear()
        self._recorder = Recorder(self._memory)

    def of_node(self, key: str, node: Node) -> int:
        """Return what a layer adds to a sum."""
        if node.owner is not None and key in OF_WEIGHTS:
            return 0
        known, typed = self._known[key], node.typed
        if typed not in known:
            known[typed] = self._of_operator[key](typed)
        return known[typed]

    def of_graph(self, key: str, graph: NetworkGraph) -> int | None:
        """Return the total of a network; None where it has none, as the cost of a video without views."""
        if key in SUMS:
            return sum([self.of_node(key, node) for node in graph.nodes.values()])
        if key == "layers":
            return len(graph.nodes)
        if key == "cost_per_video":
            return self._views and self._views[0] * self._views[1] * (self.of_graph("cost", graph) or 0)
        if key in ("peak_inference_bytes", "saved_bytes", "training_bytes"):
            return self._of_memory(key, graph)
        return QUANTITIES[key].total(analyze_graph(graph, self.settings, views=self._views))

    def _of_memory(self, key: str, graph: NetworkGraph) -> int:
        try:
            if key == "peak_inference_bytes":
                return peak_inference_bytes(graph, self._recorder)
            saved = sum(saved_by_layer(graph, self._recorder).values())
            if key == "saved_bytes":
                return saved
            weights = weights_of(map(self._weights, graph.nodes.values()))
            return training(weights, self._memory, self.settings.optimizer, saved).total
        finally:
            self._recorder.forget_runs()

    def _weights(self, node: Node) -> StoredWeights:
        if node.owner is not None:
            return StoredWeights(NO_PARAMETERS, 0)
        if node.typed not in self._stored:
            parameters = self._parameters(node.typed)
            self._stored[node.typed] = StoredWeights(parameters, total(parameters.buffers))
        return self._stored[node.typed]

    @staticmethod
    def _parameters(typed: TypedOperator) -> Parameters:
        return typed.operator.parameters(typed.inputs)

    @staticmethod
    def _cost(typed: TypedOperator, convention: str) -> int:
        arithmetic = typed.operator.arithmetic(typed.inputs)
        return cost(CONVENTIONS[convention], arithmetic, total(arithmetic.macs)).value
