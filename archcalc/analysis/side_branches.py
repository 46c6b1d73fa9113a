"""What papers leave out when they list a block: projections on its shortcut, gates, the lists of an attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.traits import Join

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph, Node

MAIN, SIDE, BOTH = 1, 2, 3


def side_layers(graph: NetworkGraph) -> set[str]:
    """Return the paths of the layers that are not on the main line of their block.

    What multiplies an input of the network, such as a mask for a spectrum, is the network itself and no gate.
    """
    order = {path: number for number, path in enumerate(graph.nodes)}
    aside = {node.path for node in graph.nodes.values() if _is_inside_a_layer(graph, node)}
    for node in graph.nodes.values():
        for main, side in _sides(node):
            only, shared = _only_after(graph, order, main, side)
            if node.operator.traits.join is Join.SHORTCUT or (main in shared and main in order):
                aside |= only
    return aside


def _is_inside_a_layer(graph: NetworkGraph, node: Node) -> bool:
    """Return whether the scope of a layer is another layer, as for the layers in the lists of an attention."""
    return any(scope.path in graph.nodes and scope.path != node.path for scope in node.scope.chain())


def _sides(node: Node) -> list[tuple[str, str]]:
    """Return (main, side) of a merge: a shortcut is second; a gate may be on either side."""
    if node.operator.traits.join is Join.SHORTCUT:
        return [(node.inputs[0], node.inputs[1])]
    sources = tuple(dict.fromkeys(node.inputs))
    if node.operator.traits.join is Join.GATE and len(sources) == 2:
        first, second = sources
        return [(first, second), (second, first)]
    return []


def _only_after(graph: NetworkGraph, order: dict[str, int], main: str, side: str) -> tuple[set[str], set[str]]:
    """Layers that `side` is made of and `main` is not, and those where the two lines meet.

    Walks back from both in the order of the network and stops where nothing is left that only one of them needs.
    """
    frontier = {main: MAIN}
    frontier[side] = frontier.get(side, 0) | SIDE
    only: set[str] = set()
    while any(needed_by != BOTH for needed_by in frontier.values()):
        path = max(frontier, key=lambda each: order.get(each, -1))
        needed_by = frontier.pop(path)
        if path not in order:
            continue
        if needed_by == SIDE:
            only.add(path)
        for source in graph.nodes[path].inputs:
            frontier[source] = frontier.get(source, 0) | needed_by
    return only, set(frontier)
