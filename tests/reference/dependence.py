"""Which input positions can move which output, found by marking.

One axis at a time, as if the others were not padded: the network is reduced to that axis, every tensor is a list over
its positions, and every position carries the set of input positions wired to it, as the bits of an integer. Nothing is
known of intervals here: an output takes the union over its taps, and a tap outside the tensor brings nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .network import Network, Node, flatten
from .operation import Operands

Marks: TypeAlias = list[int]
"""For every position of a tensor the set of input positions that can move it: bit i stands for input position i."""

Lengths: TypeAlias = Mapping[str, int | None]
"""The length of every tensor along one axis, None where it has no such axis."""


@dataclass(frozen=True)
class Hull:
    """From the first to the last input position of a set, both included."""

    lo: int
    hi: int

    @property
    def size(self) -> int:
        """How many positions the hull spans."""
        return self.hi - self.lo + 1


def hull(mask: int) -> Hull | None:
    """The hull of a set of positions; None for the empty one."""
    if mask == 0:
        return None
    return Hull((mask & -mask).bit_length() - 1, mask.bit_length() - 1)


def lengths_along(network: Network, axis: str) -> dict[str, int | None]:
    """The length of every tensor along one axis."""
    known: dict[str, int | None] = {name: shape.along(axis) for name, shape in network.inputs.items()}
    for node in flatten(network):
        known[node.path] = node.operation.length(axis, operands_of(node, known))
    return known


def operands_of(node: Node, lengths: Lengths) -> Operands:
    """The lengths of what a node takes."""
    return tuple(lengths[path] for path in node.inputs)


def mark(nodes: Sequence[Node], lengths: Lengths, axis: str, source: str) -> dict[str, Marks]:
    """The marks of every tensor of which both inputs and lengths are known, for one input of the network.

    A tensor without the axis has one position. Other inputs of the network carry no marks.
    """
    marks: dict[str, Marks] = {}
    produced = {node.path for node in nodes}
    for name, length in lengths.items():
        if name not in produced:
            marks[name] = [1 << i if name == source else 0 for i in range(length or 1)]
    for node in nodes:
        if node.path in lengths:
            marks[node.path] = mark_node(node, marks, lengths, axis)
    return marks


def mark_node(node: Node, marks: Mapping[str, Marks], lengths: Lengths, axis: str) -> Marks:
    """The union over the taps, for every position of one tensor."""
    operands = operands_of(node, lengths)
    taken = [marks[path] for path in node.inputs]
    return [
        union(taken[at][i] for at, i in node.operation.taps(axis, index, operands) if 0 <= i < len(taken[at]))
        for index in range(lengths[node.path] or 1)
    ]


def union(masks: Iterable[int]) -> int:
    """The union of sets."""
    total = 0
    for mask in masks:
        total |= mask
    return total


def reached(nodes: Sequence[Node], source: str) -> set[str]:
    """The paths of the tensors that hang on one input of the network."""
    found = {source}
    for node in nodes:
        if found & set(node.inputs) and not node.operation.reads_nothing:
            found.add(node.path)
    return found


def clipped_hulls(network: Network, source: str, axis: str) -> dict[str, list[Hull | None]]:
    """For every tensor that hangs on the input: the hull of what each of its positions really reads."""
    nodes = flatten(network)
    marks = mark(nodes, lengths_along(network, axis), axis, source)
    on = reached(nodes, source)
    return {path: [hull(mask) for mask in positions] for path, positions in marks.items() if path in on}


def clipped_size(hulls: Iterable[Hull | None]) -> int:
    """The largest hull over the positions of a tensor; 0 where none reads anything."""
    return max((found.size for found in hulls if found is not None), default=0)
