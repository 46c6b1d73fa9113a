"""The smallest receptive field over paths, found by following every path from a tensor back to an input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .dependence import Lengths, lengths_along, operands_of
from .network import Network, Node, flatten
from .operation import Operands, Tap

MOST_PATHS = 3000

Step = tuple[Node, int]
"""A node, and which of its operands the path goes through."""


class TooManyPathsError(Exception):
    """The network has more paths than can be followed."""


def smallest_field(network: Network, path: str, source: str, axis: str) -> int | None:
    """The least over all paths of windows of what a real position of the tensor sees at most; None without a path."""
    nodes, lengths = {node.path: node for node in flatten(network)}, lengths_along(network, axis)
    sizes = []
    for number, steps in enumerate(paths(nodes, path, source)):
        if number >= MOST_PATHS:
            raise TooManyPathsError
        if all(through_windows(node, operand, axis, lengths) for node, operand in steps):
            sizes.append(largest(steps, lengths[path] or 1, axis, lengths))
    return min((size for size in sizes if size), default=0) if sizes else None


def paths(nodes: Mapping[str, Node], path: str, source: str) -> Iterator[list[Step]]:
    """Every path from a tensor back to the source."""
    if path == source:
        yield []
    elif path in nodes:
        for operand, before in enumerate(nodes[path].inputs):
            for steps in paths(nodes, before, source):
                yield [(nodes[path], operand), *steps]


def through_windows(node: Node, operand: int, axis: str, lengths: Lengths) -> bool:
    """Whether an operand is read through a window, rather than as a whole alone."""
    operands = operands_of(node, lengths)
    outputs, _ = node.operation.step(axis, operands)
    return any(at == operand for index in range(outputs) for at, _ in window_taps(node, index, axis, operands))


def window_taps(node: Node, index: int, axis: str, operands: Operands) -> Iterable[Tap]:
    """What one position of a node is wired to, less what sees a whole axis; picking a position is a window."""
    fixed = node.operation.fixed(axis, operands)
    yield from node.operation.window_taps(axis, index, operands)
    yield from (tap for tap in node.operation.taps(axis, index, operands) if tap[0] in fixed)


def largest(steps: list[Step], count: int, axis: str, lengths: Lengths) -> int:
    """The largest hull over the first positions, each followed along one path over tensors without ends."""
    return max(extent(index, steps, axis, lengths) for index in range(count))


def extent(index: int, steps: list[Step], axis: str, lengths: Lengths) -> int:
    """From the first to the last position that one position sees along a path; 0 for none."""
    seen = {index}
    for node, operand in steps:
        operands = operands_of(node, lengths)
        seen = {i for at in seen for which, i in window_taps(node, at, axis, operands) if which == operand}
    return max(seen) - min(seen) + 1 if seen else 0
