"""What each layer would depend on if the input went on at both ends of an axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from archcalc.measure.dependence.axis_access import AxisAccess, mixes_tokens, takes_sizes_alone
from archcalc.measure.dependence.axis_probe import Layers, probes
from archcalc.measure.dependence.enlarged import enlarged, has_equal
from archcalc.measure.dependence.extent import Extent, Sides
from archcalc.measure.dependence.marks import Marks
from archcalc.measure.dependence.moves import OF_WHOLE_AXES, THROUGH_WINDOWS, access_of, moves, stretched
from archcalc.measure.dependence.reached import by_position
from archcalc.measure.dependence.sample import sample_of
from archcalc.ops.norm import PositionNorm
from archcalc.ops.slicing import Select

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from fractions import Fraction

    from torch import Tensor

    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph, Node
    from archcalc.measure.dependence.sample import Sample

AT_ONCE = 512
"""Probes that run together."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What reaches a tensor of the enlarged network.

    `windows` are the marks of what comes through windows alone, None where nothing does; the tensor then has `margin`
    positions more at both ends. `whole` are the probes that came through an operation on the whole axis, `tokens` those
    that its tokens saw. `depends` are the marks of all that its real positions depend on, None as long as that is what
    comes through windows: an operation on the whole axis sees the real positions, and from there on tensors have ends.
    """

    windows: Marks | None
    margin: int
    whole: Tensor
    tokens: Tensor
    depends: Marks | None = None


@dataclass(frozen=True, slots=True)
class Extents:
    """How far each layer sees, None for one that has no equal on a larger input or that hangs on such a layer.

    `cut_short`: some real position sees the ends of the larger input, and might see more of a still larger one.
    `margin` is how many positions that has more at both ends, `sample` those of its positions that were probed.
    """

    by_path: Mapping[str, Extent | None]
    cut_short: bool
    margin: int
    sample: Sample

    def probed(self, claim: Collection[int]) -> bool:
        """Return whether all of these positions were probed, as far as the larger input has them."""
        positions = torch.tensor(sorted(claim), dtype=torch.long) + self.margin
        return bool(self.sample.contains(positions.clamp(0, self.sample.size - 1)).all())


def extents(graph: NetworkGraph, source: str, axis: str, margin: int, claimed: Sequence[Collection[int]]) -> Extents:
    """Return how far each layer sees along an axis of an input with at least `margin` positions more at both ends.

    `claimed`: positions of the input, also before the first and after the last, that are probed on a long axis as well.
    """
    found = moves(graph, source, axis)
    margin = found.unit * -(-margin // found.unit)
    size = graph.inputs[source].shape[axis] + 2 * margin
    sample = sample_of(size, found.unit, [{each + margin for each in claim} for claim in claimed])
    walk, sides = _Walk(graph, axis, found.rates, margin), dict[str, Sides | None]()
    for which in sample.chunks(AT_ONCE):
        for path, new in walk.run(source, which):
            known = sides.get(path)
            sides[path] = new if known is None or new is None else known.joined(new)
    return Extents(
        {path: None if each is None else each.extent() for path, each in sides.items()},
        any(each is not None and each.touches(size) for each in sides.values()),
        margin,
        sample,
    )


class _Walk:
    """Runs of the enlarged network, some probes at a time."""

    def __init__(self, graph: NetworkGraph, axis: str, rates: Mapping[str, Fraction | None], margin: int) -> None:
        self._graph, self._axis, self._margin, self._rates = graph, axis, margin, rates
        self._layers = Layers(graph, axis)
        self._last_use = {path: node.path for node in graph.nodes.values() for path in (*node.inputs, node.path)}

    def run(self, source: str, which: Tensor) -> Iterator[tuple[str, Sides | None]]:
        nothing = torch.zeros(len(which), dtype=torch.bool)
        tensors: dict[str, Seen | None] = {
            name: Seen(marks if name == source else None, self._margin, nothing, nothing)
            for name, marks in probes(self._graph, source, self._axis, self._margin, which).items()
        }
        for node in self._graph.nodes.values():
            inputs = [tensors[path] for path in node.inputs]
            known = [seen for seen in inputs if seen is not None]
            seen = tensors[node.path] = self._layer(node, known) if len(known) == len(inputs) else None
            yield node.path, None if seen is None else self._sides(node, seen, which)
            for path in {*node.inputs, node.path}:
                if self._last_use[path] == node.path:
                    del tensors[path]

    def _sides(self, node: Node, seen: Seen, which: Tensor) -> Sides:
        grid, axis = node.shape.grid, self._axis
        depends = None if seen.depends is None else by_position(seen.depends, grid, axis)
        if seen.windows is None:
            return Sides.of(None, slice(0), seen.whole, seen.tokens, depends, which)
        windows = by_position(seen.windows, grid, axis)
        return Sides.of(windows, self._real(seen, windows.shape[1]), seen.whole, seen.tokens, depends, which)

    def _real(self, seen: Seen, count: int) -> slice:
        return slice(seen.margin, count - seen.margin)

    def _layer(self, node: Node, inputs: list[Seen]) -> Seen | None:
        """What reaches a layer; None if it has no equal on a larger input."""
        depends = self._depends(node, inputs)
        if isinstance(node.operator, Select) and node.operator.tokens == "class":
            return Seen(None, 0, inputs[0].tokens, torch.zeros_like(inputs[0].tokens), depends)
        whole, tokens = self._by_whole_axes(node, inputs)
        shapes = self._graph.input_shapes(node)
        windows = {
            input_index: seen
            for input_index, seen in enumerate(inputs)
            if seen.windows is not None and access_of(node, shapes, input_index, self._axis) in THROUGH_WINDOWS
        }
        if not windows:
            return Seen(None, 0, whole, tokens, depends)
        if access_of(node, shapes, 0, self._axis) is AxisAccess.BOTH:
            return Seen(_alike(windows[0], node), windows[0].margin, whole, tokens, depends)
        margin = self._margin_of(node)
        marks = None if margin is None else self._run(node, windows, len(whole), margin)
        return None if marks is None or margin is None else Seen(marks, margin, whole, tokens, depends)

    def _depends(self, node: Node, inputs: list[Seen]) -> Marks | None:
        """All that the real positions of a layer depend on: what it makes, as it is, of that of its inputs."""
        shapes, count = self._graph.input_shapes(node), len(inputs[0].whole)
        if all(seen.depends is None for seen in inputs) and not self._is_global(node, inputs):
            return None
        marks = [
            self._at_real(seen, shape, count, whole=access_of(node, shapes, input_index, self._axis) in OF_WHOLE_AXES)
            for input_index, (seen, shape) in enumerate(zip(inputs, shapes, strict=True))
        ]
        return self._layers.run(node, node.operator, marks, node.shape.get(self._axis))

    def _is_global(self, node: Node, inputs: list[Seen]) -> bool:
        """Whether a layer sees more of what reaches it through windows than a window does."""
        shapes = self._graph.input_shapes(node)
        return any(
            access_of(node, shapes, input_index, self._axis) in OF_WHOLE_AXES
            or (shapes[input_index].tokens > 0 and mixes_tokens(node.operator, shapes, input_index))
            for input_index, seen in enumerate(inputs)
            if seen.windows is not None
        )

    def _at_real(self, seen: Seen, shape: Shape, count: int, *, whole: bool) -> Marks:
        """All that the real positions depend on; read as a whole, with their windows over the ends of the tensor."""
        if seen.windows is None:
            return _blank(shape, self._axis, 0, count) if seen.depends is None else seen.depends
        windows = self._cut(seen, shape, 0)
        if seen.depends is None:
            return windows
        return seen.depends.joined(windows) if whole else seen.depends

    def _by_whole_axes(self, node: Node, inputs: list[Seen]) -> tuple[Tensor, Tensor]:
        """The probes that reach the grid and the tokens of a layer other than through windows."""
        shapes = self._graph.input_shapes(node)
        whole = tokens = torch.zeros_like(inputs[0].whole)
        for input_index, (seen, shape) in enumerate(zip(inputs, shapes, strict=True)):
            if takes_sizes_alone(node.operator, input_index):
                continue
            everything = seen.whole | self._anywhere(seen, shape)
            whole = whole | (
                seen.whole if access_of(node, shapes, input_index, self._axis) is AxisAccess.WINDOW else everything
            )
            tokens = tokens | seen.tokens
            if mixes_tokens(node.operator, shapes, input_index):
                whole, tokens = whole | seen.tokens, tokens | everything
        return whole, tokens if node.shape.tokens else torch.zeros_like(tokens)

    def _anywhere(self, seen: Seen, shape: Shape) -> Tensor:
        """The probes that any real position sees through windows."""
        if seen.windows is None:
            return torch.zeros_like(seen.whole)
        positions = by_position(seen.windows, shape.grid, self._axis)
        return positions[:, self._real(seen, positions.shape[1])].any(1)

    def _margin_of(self, node: Node) -> int | None:
        """How many positions more a layer has at both ends; None where that is no whole number."""
        if self._axis not in node.shape:
            return 0
        rate = self._rates[node.path]
        assert rate is not None, "something comes through windows"
        margin = self._margin * rate
        return int(margin) if margin.denominator == 1 else None

    def _run(self, node: Node, windows: Mapping[int, Seen], probes_run: int, margin: int) -> Marks | None:
        """What the layer makes of its marks; inputs without any are 0 everywhere. None if it is another layer there."""
        shapes, axis = self._graph.input_shapes(node), self._axis
        moving = [seen for input_index, seen in windows.items() if not stretched(node, shapes[input_index], axis)]
        common = min((seen.margin for seen in moving), default=margin)
        marks = []
        for input_index, shape in enumerate(shapes):
            own = 0 if stretched(node, shape, axis) else common
            marks.append(
                self._cut(windows[input_index], shape, own)
                if input_index in windows
                else _blank(shape, axis, own, probes_run)
            )
        if not has_equal(node.operator, axis, shapes[0], node.shape.get(axis), (common, margin)):
            return None
        size = node.shape.get(axis) + 2 * margin
        operator = enlarged(node.operator, axis, shapes[0], size, common)
        run = self._layers.run(node, operator, marks, size)
        if axis in node.shape and run.grid.shape[2 + node.shape.grid.index(axis)] != size:
            return None
        return Marks(run.grid, None if run.tokens is None else torch.zeros_like(run.tokens), run.runs)

    def _cut(self, seen: Seen, shape: Shape, margin: int) -> Marks:
        """The marks with fewer positions at both ends."""
        assert seen.windows is not None, "the caller looked"
        if self._axis not in shape or margin == seen.margin:
            return seen.windows
        dimension = 2 + shape.grid.index(self._axis)
        grid = seen.windows.grid.narrow(dimension, seen.margin - margin, shape[self._axis] + 2 * margin)
        return Marks(grid, seen.windows.tokens, seen.windows.runs)


def _alike(seen: Seen, node: Node) -> Marks:
    """Each position sees what it saw: through a norm in each channel by itself, through attention in all alike."""
    assert seen.windows is not None, "the caller looked"
    tokens = seen.windows.tokens
    if isinstance(node.operator, PositionNorm):
        return Marks(seen.windows.grid, None if tokens is None else torch.zeros_like(tokens), seen.windows.runs)
    silent = None if tokens is None else torch.zeros_like(tokens[:, :1])
    return Marks(seen.windows.grid.amax(1, keepdim=True), silent, (node.shape.channels,))


def _blank(shape: Shape, axis: str, margin: int, count: int) -> Marks:
    """A tensor that nothing reaches."""
    sizes = [shape[own] + 2 * margin if own == axis else 1 for own in shape.grid]
    tokens = torch.zeros(count, 1, shape.tokens) if shape.tokens else None
    return Marks(torch.zeros(count, 1, *sizes), tokens, (shape.channels,))
