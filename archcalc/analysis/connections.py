"""Which of the layers that are shown read one another: serial and parallel parts, and residual additions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from archcalc.ops.merge import Add
from archcalc.ops.traits import Join

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from archcalc.analysis.records import LayerRecord
    from archcalc.graph import NetworkGraph, Node

MOST_SOURCES = 16
"""A sum of more layers than this counts as the last of them, so that work stays linear in long chains of sums."""

PARALLEL = "∥"
"""Between parallel paths, or before each."""

MOST_VISITED = 1_000
"""Layers between the ends of a residual addition that are visited; a longer way is not taken for one."""

Paths = list[list[int]]


@dataclass(frozen=True, slots=True)
class Skip:
    """A residual addition: its path, the number of the layer at which its shortcut begins, and whether it has weights.

    `around` is the shown layer whose input is added to its output, if it is alone between them and the addition lies
    within another residual; None for any other.
    """

    path: str
    fork: int
    projected: bool
    around: str | None = None


@dataclass(frozen=True, slots=True)
class Connections:
    """`reads` has, for each shown layer, the shown layers that it reads, directly or through others.

    What comes from outside of the part has the path of the tensor that is read.
    """

    reads: Mapping[str, frozenset[str]]
    skips: tuple[Skip, ...]


def connections(graph: NetworkGraph, layers: Sequence[LayerRecord], shown: Collection[str]) -> Connections:
    """Return how the shown layers of a part of a network are connected; `layers` are all layers of the part."""
    sources: dict[str, frozenset[str]] = {}
    reads: dict[str, frozenset[str]] = {}
    skips: list[Skip] = []
    order = {layer.path: number for number, layer in enumerate(layers)}
    for layer in layers:
        node = graph.nodes[layer.path]
        sides = _sides(graph, node, order)
        read = _sources(order, sources, (sides[0],) if sides else node.inputs)
        if sides and (skip := _skip(graph, node.path, sides, order, sources, reads)):
            skips.append(skip)
        if node.path in shown:
            reads[node.path] = read
        sources[node.path] = frozenset((node.path,)) if node.path in shown else read
    return Connections(reads, tuple(_nested_only(skips)))


def _nested_only(skips: Sequence[Skip]) -> list[Skip]:
    """Return the additions with `around` only within another one, which begins before and ends after."""
    found: list[Skip] = []
    earliest: float = inf
    for each in reversed(skips):
        found.append(each if earliest < each.fork else replace(each, around=None))
        earliest = min(earliest, each.fork)
    return found[::-1]


def _sources(
    order: Mapping[str, int], sources: Mapping[str, frozenset[str]], inputs: Collection[str]
) -> frozenset[str]:
    found = {each for path in inputs for each in sources.get(path, (path,))}
    return frozenset(sorted(found, key=lambda each: order.get(each, -1))[-MOST_SOURCES:])


def _sides(graph: NetworkGraph, node: Node, order: Mapping[str, int]) -> tuple[str, str] | None:
    """Return (main, shortcut) of a residual addition; None for any other layer.

    A plain sum of two tensors is one if the second is made of the first.
    """
    if node.operator.traits.join is Join.SHORTCUT:
        return node.inputs[0], node.inputs[1]
    if not isinstance(node.operator, Add) or len(set(node.inputs)) != 2 or len(node.inputs) != 2:
        return None
    first, second = sorted(node.inputs, key=lambda path: order.get(path, -1))
    return (second, first) if second in order and _is_made_of(graph, second, first, order) else None


def _is_made_of(graph: NetworkGraph, path: str, source: str, order: Mapping[str, int]) -> bool:
    """Return whether a tensor depends on an earlier one, by at most `MOST_VISITED` of the layers between them."""
    earliest = order.get(source, -1)
    waiting, seen = [path] if path in order else [], {path}
    while waiting and len(seen) < MOST_VISITED:
        for each in graph.nodes[waiting.pop()].inputs:
            if each == source:
                return True
            if each not in seen and order.get(each, -1) > earliest:
                seen.add(each)
                waiting.append(each)
    return False


def _skip(
    graph: NetworkGraph,
    path: str,
    sides: tuple[str, str],
    order: Mapping[str, int],
    sources: Mapping[str, frozenset[str]],
    reads: Mapping[str, frozenset[str]],
) -> Skip | None:
    """Return a residual addition; None if its body or its shortcut begins outside of the part."""
    main, shortcut = sides
    fork = _fork(graph, main, shortcut, order)
    if main not in order or fork is None:
        return None
    start, projected = fork
    body, before = _sources(order, sources, (main,)), _sources(order, sources, (shortcut,))
    around = next(iter(body)) if len(body) == 1 else None
    alone = around is not None and not projected and reads.get(around) == before
    return Skip(path, start, projected, around if alone else None)


def _fork(graph: NetworkGraph, main: str, shortcut: str, order: Mapping[str, int]) -> tuple[int, bool] | None:
    """Return the number of the layer, -1 outside of the part, that body and shortcut begin with; None without one.

    The second is whether a layer between it and the end of the shortcut has weights.
    """
    path, projected = shortcut, False
    while not _is_made_of(graph, main, path, order):
        if path not in order:
            return None
        node = graph.nodes[path]
        projected = projected or bool(node.operator.parameters(graph.input_shapes(node)).weights)
        path = node.inputs[0]
    return order.get(path, -1), projected


def paths_of(reads: Sequence[frozenset[str]], own: Sequence[frozenset[str]]) -> list[Paths]:
    """Return items in order as groups of parallel paths; a group of one path with one item is serial.

    `own` are the shown layers of each item, `reads` the ones that it reads. Items are parallel that begin with the same
    tensors; a path goes on while an item reads the one before it only.
    """
    groups: list[Paths] = []
    readers = Counter(reads)
    start = 0
    while start < len(reads):
        paths = [[start]]
        for number in range(start + 1, len(reads) if readers[reads[start]] > 1 else start):
            if reads[number] <= own[number - 1]:
                paths[-1].append(number)
            elif reads[number] == reads[start]:
                paths.append([number])
            else:
                break
        groups.append(paths if len(paths) > 1 else [[start]])
        start = groups[-1][-1][-1] + 1
    return groups
