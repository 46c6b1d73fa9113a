"""Totals of a network from its graph alone: no record of a layer, no label, no field."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from archcalc.analysis.conventions import CONVENTIONS
from archcalc.analysis.memory import Memory, training, weights_of
from archcalc.analysis.memory_run import Recorder, peak_inference_bytes, saved_by_layer
from archcalc.analysis.quantities import QUANTITIES
from archcalc.design.layer_counts import LayerCounts
from archcalc.graph import NetworkGraph

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.analysis.analyze import Settings
    from archcalc.graph import Node, TypedOperator


class Totals:
    """Totals of many graphs whose operators on shapes are shared; each of those is asked once."""

    def __init__(self, settings: Settings, views: tuple[int, int] | None) -> None:
        self.settings = settings
        self.views = views
        self._memory = Memory(settings.dtype, settings.batch)
        self._convention = CONVENTIONS[settings.convention]
        self.forget()

    def forget(self) -> None:
        """Forget the operators of graphs that are gone."""
        self.recorder = Recorder(self._memory)
        self._counts: dict[tuple[TypedOperator, bool], LayerCounts] = {}
        self._added: dict[tuple[str, TypedOperator, bool], int] = {}

    def of_node(self, key: str, node: Node) -> int:
        """Return what a layer adds to the sum of a local quantity."""
        place = key, node.typed, node.owner is None
        if place not in self._added:
            alone = NetworkGraph("", {}, {node.path: node})
            [self._added[place]] = QUANTITIES[key].of_layers(_Network(alone, self))
        return self._added[place]

    def of_graph(self, keys: Iterable[str], graph: NetworkGraph) -> dict[str, int | None]:
        """Return totals of a network by key; None where it has none, as the cost of a video without views."""
        network = _Network(graph, self)
        try:
            return {key: network.total(key) for key in keys}
        finally:
            self.recorder.forget_runs()

    def counts(self, node: Node) -> LayerCounts:
        """Return the counts of a layer."""
        tied = node.owner is not None
        known = self._counts.get((node.typed, tied))
        if known is None:
            known = self._counts[node.typed, tied] = LayerCounts(node.typed, self._convention, self._memory, tied=tied)
        return known


class _Network:
    """A network whose counts are computed when a quantity reads them."""

    def __init__(self, graph: NetworkGraph, known: Totals) -> None:
        self.graph = graph
        self.dtype = known.settings.dtype
        self._known = known

    @cached_property
    def layers(self) -> list[LayerCounts]:
        return list(map(self._known.counts, self.graph.nodes.values()))

    def total(self, key: str) -> int | None:
        return self.totals.saved_bytes if key == "saved_bytes" else QUANTITIES[key].total(self)

    @cached_property
    def totals(self) -> _NetworkTotals:
        return _NetworkTotals(self, self._known)


class _NetworkTotals:
    """The totals that are no sums of local quantities, by the names of `archcalc.Totals`."""

    def __init__(self, network: _Network, known: Totals) -> None:
        self._network = network
        self._known = known

    @property
    def layers(self) -> int:
        return len(self._network.layers)

    @property
    def cost_per_video(self) -> int | None:
        if self._known.views is None:
            return None
        clips, crops = self._known.views
        return clips * crops * sum(each.cost for each in self._network.layers)

    @property
    def peak_inference_bytes(self) -> int:
        return peak_inference_bytes(self._network.graph, self._known.recorder)

    @property
    def saved_bytes(self) -> int:
        return sum(saved_by_layer(self._network.graph, self._known.recorder).values())

    @property
    def training_bytes(self) -> int:
        memory, optimizer = self._known.recorder.memory, self._known.settings.optimizer
        return training(weights_of(self._network.layers), memory, optimizer, self.saved_bytes).total
