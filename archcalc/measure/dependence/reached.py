"""What each position of each layer depends on, along one axis of one input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from archcalc.measure.dependence.axis_probe import Layers, probes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from archcalc.graph import NetworkGraph
    from archcalc.measure.dependence.marks import Marks
    from archcalc.measure.dependence.sample import Sample

AT_ONCE = 256
"""Probes that run together."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and last probe that reach each position, side by side; -1 where none does."""

    first: Tensor
    last: Tensor

    @classmethod
    def of(cls, reached: Tensor, which: Tensor) -> Ends:
        """From a row of 0 and 1 for each probe, a column for each position; `which` are the positions of the probes."""
        marks, count = reached.to(torch.int16), len(which)  # half the memory, and probes that run together are few
        rank = torch.arange(1, count + 1, dtype=torch.int16).unsqueeze(1)
        last, first = (marks * rank).amax(0).long(), (marks * (count + 1 - rank)).amax(0).long()
        positions = torch.cat([torch.tensor([-1]), which])
        return cls(positions[torch.where(first > 0, count + 1 - first, 0)], positions[last])

    def joined(self, later: Ends) -> Ends:
        """With those of later probes."""
        return Ends(torch.where(self.first < 0, later.first, self.first), torch.maximum(self.last, later.last))

    def at(self, position: int) -> tuple[int, int] | None:
        """Return first and last of one position, None where nothing arrives or where there is no such position."""
        if position >= len(self.last) or self.last[position] < 0:
            return None
        return int(self.first[position]), int(self.last[position])

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


def reached(graph: NetworkGraph, source: str, axis: str, sample: Sample) -> dict[str, Reached]:
    """Return which layers each sampled position of a source reaches, without reducing the tensors between them."""
    layers, found = Layers(graph, axis), dict[str, Reached]()
    last_use = {path: node.path for node in graph.nodes.values() for path in (*node.inputs, node.path)}
    for which in sample.chunks(AT_ONCE):
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


def arrivals(marks: Marks, grid: tuple[str, ...], axis: str, which: Tensor) -> Reached:
    """Which probes reach which positions along the axis; one position where the tensor has no such axis."""
    tokens = None if marks.tokens is None else Ends.of(marks.tokens.flatten(1).any(1, keepdim=True), which)
    return Reached(Ends.of(by_position(marks, grid, axis), which), tokens)


def by_position(marks: Marks, grid: tuple[str, ...], axis: str) -> Tensor:
    """Return a row for each probe, a column for each position along the axis: 1 where any channel is reached."""
    anywhere = marks.grid.amax(1) if marks.grid.shape[1] > 1 else marks.grid.squeeze(1)
    if axis not in grid:
        return anywhere.flatten(1) if anywhere.dim() > 1 else anywhere.unsqueeze(1)
    return anywhere.movedim(1 + grid.index(axis), 1).flatten(1)
