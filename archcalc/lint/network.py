"""What the rules ask of a network: layers with their records, what reads them, and the chains between them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from archcalc.analysis.padding import convolution_taps
from archcalc.core.shape import CHANNEL
from archcalc.ops.linear import Linear
from archcalc.ops.traced import Traced
from archcalc.ops.traits import Family

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archcalc.analysis.padding import AxisTaps
    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.core.field import AxisField
    from archcalc.graph import NetworkGraph, Node

AFFINE = frozenset({"batch_norm", "dropout", "identity", "scale"})
"""Operators that multiply each channel by a number and add one at inference, and do nothing else."""


class Network:
    """An analysis and what several rules derive from it, each derived once."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.graph: NetworkGraph = analysis.graph

    @cached_property
    def records(self) -> Mapping[str, LayerRecord]:
        """Return the records of the layers by path."""
        return {each.path: each for each in self.analysis.layers}

    @cached_property
    def readers(self) -> Mapping[str, list[Node]]:
        """Return the layers that read a tensor, for every layer and network input."""
        found: dict[str, list[Node]] = {path: [] for path in (*self.graph.inputs, *self.graph.nodes)}
        for node in self.graph.nodes.values():
            for path in dict.fromkeys(node.inputs):
                found[path].append(node)
        return found

    @cached_property
    def outputs(self) -> frozenset[str]:
        """Return the paths of the tensors that the network returns."""
        return frozenset(self.graph.outputs.values())

    @cached_property
    def convolutions(self) -> list[tuple[Node, Mapping[str, AxisTaps]]]:
        """Return the convolutions that are not transposed, with their taps by axis."""
        taps = ((node, convolution_taps(node)) for node in self.graph.nodes.values())
        return [(node, by_axis) for node, by_axis in taps if by_axis]

    def share(self, macs: int) -> float:
        """Return a number of multiply-accumulates as a fraction of those of the network."""
        return macs / max(1, self.analysis.totals.macs)

    def fields(self, path: str, axis: str) -> dict[str, AxisField]:
        """Return the receptive fields of a tensor along an axis, by network input."""
        grid = self.analysis.tensor_fields[path].grid
        return {name: field for (name, own), field in grid.items() if own == axis}

    def extent(self, name: str, axis: str) -> int:
        """Return the positions of a network input along an axis."""
        return self.graph.inputs[name].shape[axis]

    def linear_maps(self) -> Iterator[Node]:
        """Return the layers that are linear maps of channels, a bias aside: convolutions and linear layers."""
        for node in self.graph.nodes.values():
            record = self.records[node.path]
            weights = record.parameters.weights or record.owner
            if isinstance(node.operator, Traced):  # it may do more than its products
                continue
            if isinstance(node.operator, Linear) and node.operator.over != CHANNEL:
                continue
            if node.operator.traits.family in (Family.CONVOLUTION, Family.LINEAR) and record.macs and weights:
                yield node

    def chain_before(self, node: Node) -> Iterator[Node]:
        """Return the layers before one, nearest first, while each has one input and only the next one reads it."""
        while len(node.inputs) == 1 and (before := self.graph.nodes.get(node.inputs[0])) is not None:
            if len(self.readers[before.path]) > 1 or before.path in self.outputs:
                return
            yield before
            node = before

    def only_reader(self, path: str) -> Node | None:
        """Return the layer that alone reads a tensor; None where several do, or the network returns it."""
        readers = self.readers[path]
        return readers[0] if len(readers) == 1 and path not in self.outputs else None


def percent(share: float) -> str:
    """Return a share for people: `33.3%`."""
    return f"{100 * share:.3g}%"


def counted(number: int, axis: str) -> str:
    """Return a number of positions along an axis for people: `2 frames`, `1 position along H`."""
    what = "frame" if axis == "T" else "position"
    return f"{number:,} {what}{'' if number == 1 else 's'}" + ("" if axis == "T" else f" along {axis}")
