"""Finds layers that no output of a network reads: they are counted, and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.problem import Location, Problem, Source
from archcalc.spec.context import places_around

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph, Node


def unread_problems(graph: NetworkGraph) -> tuple[Problem, ...]:
    """Return a problem for each place in the text whose layers lead to no output, in the order of the layers."""
    by_place: dict[Location, list[Node]] = {}
    for path in graph.unread():
        node = graph.nodes[path]
        by_place.setdefault(node.location or Location(Source(graph.name)), []).append(node)
    written = graph.imported is None
    return tuple(_problem(place, nodes, written=written) for place, nodes in by_place.items())


def _problem(place: Location, nodes: list[Node], *, written: bool) -> Problem:
    paths = [node.path for node in nodes]
    one = len(paths) == 1
    layers = f"layer {paths[0]!r} leads" if one else f"{len(paths)} layers, {paths[0]!r} to {paths[-1]!r}, lead"
    it = "it" if one else "them"
    hint = f"the totals count {it}; read {it} with 'from', or remove {it}" if written else f"the totals count {it}"
    return Problem(place, f"{layers} to no output of the network", "", hint, places_around(nodes[0].scope))
