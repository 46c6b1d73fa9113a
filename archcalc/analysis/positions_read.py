"""Exactly which positions of earlier tensors are read by positions of a layer, gaps included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.layer_reads import LayerReads
from archcalc.analysis.receptive_field import walked
from archcalc.analysis.tensor_values import TensorValues
from archcalc.core.positions import Positions
from archcalc.core.read_trace import NONE, ReadTrace, positions_taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph, Node

TOKENS = "tokens"
"""Stands for an axis with one position, on which all tokens of a tensor lie, or all of a tensor without axes."""

Traces = TensorValues[ReadTrace]


def traces_from(graph: NetworkGraph, sources: Iterable[str], nodes: Iterable[Node]) -> dict[str, Traces]:
    """Return how each of some layers reads the sources, by path, for `positions_read`."""
    found = {path: _source(path, graph.shape(path)) for path in sources}
    axes = {axis for each in found.values() for _, axis in (*each.grid, *each.tokens)}
    return walked(graph, found, axes, nodes)


def _source(path: str, shape: Shape) -> Traces:
    tokens = {(path, TOKENS): ReadTrace(1)} if shape.tokens else {}
    return TensorValues({(path, axis): ReadTrace(shape[axis]) for axis in shape.grid}, tokens)


def positions_read(traces: Traces, source: str, axes: Sequence[str], at: Mapping[str, int]) -> dict[str, Positions]:
    """Return what positions `at` of a layer with these traces read of a source, along each of its axes.

    On an axis that `at` leaves out, all positions of the layer together are meant; tokens have no position, so that
    they count where `at` is empty.
    """
    return {axis: _on_axis(traces, (source, axis), at) for axis in axes}


def _on_axis(traces: Traces, key: tuple[str, str], at: Mapping[str, int]) -> Positions:
    position = at.get(key[1])
    seen = [traces.grid[key]] if key in traces.grid else []
    if not at and key in traces.tokens:
        seen.append(traces.tokens[key])
    found = NONE
    for each in seen:
        chosen = range(each.size) if position is None else range(position, position + 1)
        found = found.union(each.back(Positions((chosen,))))
    return found


def cone(graph: NetworkGraph, path: str, at: Mapping[str, int]) -> dict[str, dict[str, Positions]]:
    """Return what positions `at` of a layer read of every tensor that leads to it, by path and axis of that tensor.

    Channels are taken together: behind a layer that moves or drops some of them, such as a temporal shift, this is a
    bound, and nothing outside of it is read.
    """
    axes = {axis for each in graph.inputs.values() for axis in each.shape.grid}
    ways, wanted = LayerReads[ReadTrace](axes), {path: _chosen(graph.shape(path), axes, at)}
    nodes = list(graph.nodes.values())
    for node in reversed(nodes[: nodes.index(graph.nodes[path]) + 1]):
        if node.path in wanted:
            _add_inputs(node, ways, wanted)
    return {
        each: {axis: found for axis, found in wanted[each].items() if axis in graph.shape(each)}
        for each in (*graph.inputs, *graph.nodes)
        if each in wanted
    }


def _chosen(shape: Shape, axes: Iterable[str], at: Mapping[str, int]) -> dict[str, Positions]:
    chosen = {axis: range(at[axis], at[axis] + 1) if axis in at else range(shape.get(axis)) for axis in axes}
    found = {axis: Positions((each,)) for axis, each in chosen.items()}
    return {**found, TOKENS: Positions((range(1),))} if shape.tokens and not at else found


def _add_inputs(node: Node, ways: LayerReads[ReadTrace], wanted: dict[str, dict[str, Positions]]) -> None:
    """Add what the wanted positions of a layer read of each of its inputs; tokens stand for an axis of their own."""
    mine = wanted[node.path]
    grid = {axis: chosen for axis, chosen in mine.items() if axis != TOKENS}
    for source, shape, way in zip(node.inputs, node.typed.inputs, ways.ways(node), strict=True):
        theirs = wanted.setdefault(source, {})
        if way.flow.grid:
            for axis, chosen in grid.items():
                _add(theirs, axis, positions_taken(chosen, way.reads[axis], shape.get(axis)))
        if way.flow.from_grid and TOKENS in mine:
            for axis in way.reads:
                _add(theirs, axis, Positions((range(shape.get(axis)),)))
        if shape.tokens and ((way.flow.kept and TOKENS in mine) or (way.flow.to_grid and any(grid.values()))):
            _add(theirs, TOKENS, Positions((range(1),)))


def _add(theirs: dict[str, Positions], axis: str, found: Positions) -> None:
    theirs[axis] = found.union(theirs.get(axis, NONE))
