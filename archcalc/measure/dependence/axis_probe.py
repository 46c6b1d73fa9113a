"""A network rebuilt along one axis, on which probes show what depends on what."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from archcalc.measure.dependence.channel_reduction import narrow
from archcalc.measure.dependence.collapsed import collapsed
from archcalc.measure.dependence.dependency_mode import Wiring, wire
from archcalc.measure.dependence.folded_channels import joined_positions, with_copies, without_copies
from archcalc.measure.dependence.marks import Marks, marked
from archcalc.ops.conv_recurrent import ConvRecurrent
from archcalc.pytorch.evaluate import Layer, built_layer
from archcalc.pytorch.network import grid_and_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph, Node
    from archcalc.ops.base import Operator

Axes = tuple[str, ...]


@contextmanager
def plain_kernels() -> Iterator[None]:
    """Run convolutions without oneDNN, which lays one channel out as sixteen, and NNPACK, whose zeros are not exact."""
    before = torch._C._get_mkldnn_enabled()
    torch._C._set_mkldnn_enabled(False)
    try:
        with torch.backends.nnpack.flags(enabled=False):
            yield
    finally:
        torch._C._set_mkldnn_enabled(before)


class Layers:
    """The layers of a network along one axis, built from the tensors that reach them."""

    def __init__(self, graph: NetworkGraph, axis: str) -> None:
        self._graph = graph
        self._axis = axis
        self._layers: dict[tuple[Operator, tuple[Shape, ...]], Layer] = {}

    def run(self, node: Node, operator: Operator, inputs: Sequence[Marks], size: int) -> Marks:
        """What reaches the output of a layer; `size` is that of the output along the axis."""
        axes = [self._graph.shape(path).grid for path in node.inputs]
        alone = collapsed(operator, self._axis, inputs[0].shape(axes[0]), size)
        given = [without_copies(each, operator, self._axis) for each in inputs]
        given[0] = joined_positions(given[0], operator, inputs[0].shape(axes[0]), {self._axis: size})
        steps = self._steps(node) if isinstance(operator, ConvRecurrent) and self._axis != "T" else 1
        reduced, narrowed, runs = narrow(alone, [each.repeated(steps) for each in given] if steps > 1 else given)
        shapes = tuple(marks.shape(own) for marks, own in zip(narrowed, axes, strict=False))
        layer = self._layer(reduced, shapes)
        with torch.no_grad(), Wiring(), plain_kernels():
            value = layer.run(layer.module, [marks.value for marks in narrowed])
        if steps > 1 and operator.output_shape(self._graph.input_shapes(node)).get("T") > 1:
            value = grid_and_tokens(value)[0].amax(2, keepdim=True)
        arrived = marked(value, runs or (1,) * grid_and_tokens(value)[0].shape[1])
        return with_copies(arrived, node.operator, self._graph.shape(node.inputs[0]), self._axis)

    def _steps(self, node: Node) -> int:
        """Return how many frames a convolutional recurrence reads: each lets a position see further along H and W."""
        return self._graph.shape(node.inputs[0])["T"]

    def _layer(self, operator: Operator, shapes: tuple[Shape, ...]) -> Layer:
        key = (operator, shapes)
        if key not in self._layers:
            self._layers[key] = layer = built_layer(operator, shapes)
            wire(layer.module)
        return self._layers[key]


def probes(graph: NetworkGraph, source: str, axis: str, margin: int, which: Tensor) -> dict[str, Marks]:
    """Return the inputs of a network, with one sample per probe, which is at one position of one input.

    Along the axis, an input has additional positions at both ends; other axes have one position.
    """
    found = {}
    for name, given in graph.inputs.items():
        sizes = [given.shape[own] + 2 * margin if own == axis else 1 for own in given.shape.grid]
        grid = torch.zeros(len(which), 1, *sizes)
        if name == source:
            grid.movedim(2 + given.shape.grid.index(axis), 2).flatten(1)[range(len(which)), which] = 1
        found[name] = Marks(grid, None, (given.shape.channels,))
    return found
