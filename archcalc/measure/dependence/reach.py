"""What each position of each layer depends on, along one axis of one input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from archcalc.measure.dependence.twin import Layers, probes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from archcalc.graph import NetworkGraph
    from archcalc.measure.dependence.marks import Marks

AT_ONCE = 256
"""Probes that run together."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and last probe that reach each position, side by side; -1 where none does."""

    first: Tensor
    last: Tensor

    @classmethod
    def of(cls, reached: Tensor, which: range) -> Ends:
        """From a row for each probe and a column for each position."""
        some = reached.any(0)
        first = reached.float().argmax(0) + which.start
        last = which.stop - 1 - reached.flip(0).float().argmax(0)
        return cls(torch.where(some, first, -1), torch.where(some, last, -1))

    def joined(self, later: Ends) -> Ends:
        """With those of later probes."""
        return Ends(torch.where(self.first < 0, later.first, self.first), torch.maximum(self.last, later.last))

    @property
    def pairs(self) -> list[tuple[int, int] | None]:
        """First and last of every position, None where nothing arrives."""
        ends = zip(self.first.tolist(), self.last.tolist(), strict=True)
        return [None if last < 0 else (first, last) for first, last in ends]

    @property
    def size(self) -> int:
        """The most probes from the first to the last."""
        return int(torch.where(self.last < 0, 0, self.last - self.first + 1).max())


@dataclass(frozen=True, slots=True)
class Reached:
    """What reaches the grid of a layer by position, and its tokens together."""

    grid: Ends
    tokens: Ends | None

    def joined(self, later: Reached) -> Reached:
        """With what later probes reach."""
        tokens = None if self.tokens is None or later.tokens is None else self.tokens.joined(later.tokens)
        return Reached(self.grid.joined(later.grid), tokens)


def chunks(count: int, most: int) -> Iterator[range]:
    """Numbers from 0 on, so many at once."""
    for start in range(0, count, most):
        yield range(start, min(start + most, count))


def reached(graph: NetworkGraph, source: str, axis: str) -> dict[str, Reached]:
    """What reaches each layer from which positions of the source along the axis, every tensor on the way as it is."""
    layers, found = Layers(graph, axis), dict[str, Reached]()
    last_use = {path: node.path for node in graph.nodes.values() for path in (*node.inputs, node.path)}
    for which in chunks(graph.inputs[source].shape[axis], AT_ONCE):
        tensors = probes(graph, source, axis, 0, which)
        for node in graph.nodes.values():
            size = node.shape.get(axis)
            marks = layers.run(node, node.operator, [tensors[path] for path in node.inputs], size)
            arrived = arrivals(marks, node.shape.grid, axis, which)
            found[node.path] = found[node.path].joined(arrived) if node.path in found else arrived
            tensors[node.path] = marks
            drop(tensors, (path for path in (*node.inputs, node.path) if last_use[path] == node.path))
    return found


def drop(tensors: dict[str, Marks], paths: Iterable[str]) -> None:
    """Forget what nothing reads any more."""
    for path in set(paths):
        del tensors[path]


def arrivals(marks: Marks, grid: tuple[str, ...], axis: str, which: range) -> Reached:
    """Which probes reach which positions along the axis; one position where the tensor has no such axis."""
    tokens = None if marks.tokens is None else Ends.of(marks.tokens.flatten(1).any(1, keepdim=True), which)
    return Reached(Ends.of(by_position(marks, grid, axis), which), tokens)


def by_position(marks: Marks, grid: tuple[str, ...], axis: str) -> Tensor:
    """A row for each probe and a column for each position along the axis: whether any channel is reached."""
    anywhere = marks.grid.any(1)
    if axis not in grid:
        return anywhere.flatten(1) if anywhere.dim() > 1 else anywhere.unsqueeze(1)
    return anywhere.movedim(1 + grid.index(axis), 1).flatten(1)
