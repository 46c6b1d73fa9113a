"""Layers and networks that tools are run on, and what archcalc counts for them in a convention."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from archcalc.analysis.conventions import CONVENTIONS, LayerArithmetic, Uncounted, cost, counted_parameters
from archcalc.graph import TypedOperator
from tests.ops.vocabulary import CASES, VOCABULARY, bind, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.graph import NetworkGraph


class Counts(NamedTuple):
    """A cost and a number of parameters."""

    cost: int
    params: int


class Ours(NamedTuple):
    """What a convention counts of some layers, and what the cost leaves out."""

    counts: Counts
    uncounted: tuple[Uncounted, ...]


def ours(convention: str, layers: Iterable[tuple[TypedOperator, bool]]) -> Ours:
    """Count layers, each given with whether its parameters are counted."""
    known, total, params = CONVENTIONS[convention], 0, 0
    uncounted: list[Uncounted] = []
    for typed, owns in layers:
        layer = LayerArithmetic.of(typed)
        found = cost(known, layer)
        total += found.value
        uncounted += found.uncounted
        if owns:
            params += counted_parameters(known, layer, typed.operator.parameters(typed.inputs))
    return Ours(Counts(total, params), tuple(uncounted))


def of_graph(graph: NetworkGraph, *, again: bool = False) -> list[tuple[TypedOperator, bool]]:
    """Return the layers of a network, and whether each owns its weights; with `again` also if another kind does."""
    ops = {path: node.op for path, node in graph.nodes.items()}
    return [(node.typed, node.owner is None or (again and ops[node.owner] != node.op)) for node in graph.nodes.values()]


def operator_cases() -> Iterator[tuple[str, TypedOperator]]:
    """Yield a layer for each case of the case files of operators, by the words of its file and its name."""
    for word in VOCABULARY:
        for case in yaml.safe_load((CASES / f"{word}.yaml").read_text("utf-8")):
            if "error" not in case:
                yield f"{word}: {case['name']}", typed_case(word, case)


def typed_case(word: str, case: dict[str, Any]) -> TypedOperator:
    """Return the layer of a case."""
    operator, inputs = bind(VOCABULARY[word], case.get("arguments", {})), tuple(map(shape_of, case["inputs"]))
    return TypedOperator(operator, inputs, operator.output_shape(inputs))
