"""Evaluates designs of one spec: only what was asked for, and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.design.expansion import MOST_REMEMBERED, Memory, RememberingExpander
from archcalc.design.fields import Fields, last_before_pool
from archcalc.design.totals import Totals
from archcalc.graph import GraphBuilder
from archcalc.spec.diagnostics import Diagnostics
from archcalc.spec.load import expand_into, read_views

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.analysis.analyze import Settings
    from archcalc.analysis.records import InputField
    from archcalc.graph import NetworkGraph, Node
    from archcalc.spec.inputs import InputOverride
    from archcalc.spec.model import Document


class Bound(NamedTuple):
    """The most that a sum over layers may be."""

    key: str
    most: float


class OverBound(Exception):
    """A design has more than a bound allows; its expansion ended there."""

    def __init__(self, bound: Bound) -> None:
        super().__init__(f"{bound.key} above {bound.most}")
        self.bound = bound


class Evaluator:
    """Evaluates designs of one parsed spec one after the other.

    Each result is that of `archcalc.load` and `archcalc.analyze`, which the tests compare with.
    """

    def __init__(self, document: Document, settings: Settings, *, most_remembered: int = MOST_REMEMBERED) -> None:
        problems = Diagnostics()
        views = read_views(document.views, problems)
        problems.raise_any()
        self.document = document
        self.settings = settings
        self._memory = Memory()
        self._totals = Totals(settings, views)
        self._fields = Fields()
        self._most = most_remembered

    def graph(
        self, parameters: Mapping[str, object], inputs: Mapping[str, InputOverride], bounds: Sequence[Bound] = ()
    ) -> NetworkGraph:
        """Return the network of a design, whose nodes may be those of designs before.

        Raises:
            OverBound: the first of the bounds is exceeded.
            SpecError: the design cannot be built.
            UsageError: the spec has no such parameter, value or input.
        """
        if self._memory.size > self._most:
            self.forget()
        problems = Diagnostics()
        builder = GraphBuilder(self.document.name, {}, self._memory.typed)
        watch = _Watch(self._totals, bounds[0]).add if bounds else None
        expander = RememberingExpander(builder, problems, self._memory, watch)
        expand_into(expander, self.document, parameters, inputs)
        return builder.graph

    def totals(self, graph: NetworkGraph, keys: Iterable[str]) -> dict[str, int | None]:
        """Return totals of a network by the key of the quantity."""
        return self._totals.of_graph(keys, graph)

    def field(self, graph: NetworkGraph, layer: str | None = None) -> Mapping[str, InputField]:
        """Return the field of a layer, or of the last before the global pool, in each input that reaches it.

        Raises:
            KeyError: there is no such layer.
            SpecError: the field takes too much work.
        """
        path = last_before_pool(graph) if layer is None else layer
        if path not in graph.nodes:
            raise KeyError(path)
        return self._fields.of(graph, path)

    def forget(self) -> None:
        """Forget everything but the parsed text."""
        for each in (self._memory, self._totals, self._fields):
            each.forget()


class _Watch:
    """Sums a quantity up while a network is expanded, and ends the expansion above a bound."""

    def __init__(self, totals: Totals, bound: Bound) -> None:
        self._totals = totals
        self._bound = bound
        self._sum = 0

    def add(self, node: Node) -> None:
        self._sum += self._totals.of_node(self._bound.key, node)
        if self._sum > self._bound.most:
            raise OverBound(self._bound)
