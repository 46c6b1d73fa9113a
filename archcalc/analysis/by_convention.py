"""A whole network counted by one convention."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.conventions import (
    Convention,
    Cost,
    LayerArithmetic,
    Uncounted,
    cost,
    counted_parameters,
    extra,
    together,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.analysis.records import Analysis
    from archcalc.graph import NetworkGraph, Node, TypedOperator


class CountedBy(NamedTuple):
    """What a convention counts of each layer, by path, and in all.

    `added` is what it counts in addition to multiply-accumulates, by operator; `missing` what it leaves out.
    """

    convention: Convention
    costs: Mapping[str, int]
    params: int
    added: Mapping[str, int]
    missing: tuple[Uncounted, ...]

    @property
    def cost(self) -> int:
        """Return the cost of the network for one sample."""
        return sum(self.costs.values())

    def of(self, paths: Iterable[str]) -> int:
        """Return the cost of some layers."""
        return sum(self.costs[path] for path in paths)


class _Answer(NamedTuple):
    cost: Cost
    extra: int
    params: int


def counted_by(analysis: Analysis, convention: Convention) -> CountedBy:
    """Return a network counted by a convention; each operator on shapes is asked once."""
    known: dict[TypedOperator, _Answer] = {}
    costs: dict[str, int] = {}
    added: dict[str, int] = {}
    missing: list[Uncounted] = []
    imported = analysis.graph.imported
    params = 0 if imported is None else sum(imported.unread.values())
    for path, node in analysis.graph.nodes.items():
        if node.typed not in known:
            known[node.typed] = _ask(convention, node.typed)
        found = known[node.typed]
        costs[path] = found.cost.value
        missing += found.cost.uncounted
        params += found.params if _counts_parameters(convention, analysis.graph, node) else 0
        if found.extra:
            added[node.op] = added.get(node.op, 0) + found.extra
    return CountedBy(convention, costs, params, added, together(missing))


def _counts_parameters(convention: Convention, graph: NetworkGraph, node: Node) -> bool:
    """Return whether a layer owns its weights, or is a module of another kind than their owner that counts them too."""
    if node.owner is None:
        return True
    return convention.counts_tied and node.op != graph.nodes[node.owner].op


def _ask(convention: Convention, typed: TypedOperator) -> _Answer:
    layer, parameters = LayerArithmetic.of(typed), typed.operator.parameters(typed.inputs)
    return _Answer(cost(convention, layer), extra(convention, layer), counted_parameters(convention, layer, parameters))
