"""How the tensors of a network move along an axis of one of its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from archcalc.measure.dependence.axis_access import AxisAccess, axis_access, move, takes_sizes_alone
from archcalc.ops.merge import Merge
from archcalc.ops.reshape import Expand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph, Node


@dataclass(frozen=True, slots=True)
class Moves:
    """Positions of each tensor per position of the input, None where nothing of it comes through windows.

    `unit` is what a number of positions of the input has to be a multiple of for every pattern to come out whole.
    """

    rates: Mapping[str, Fraction | None]
    unit: int


def moves(graph: NetworkGraph, source: str, axis: str) -> Moves:
    """How every tensor of a network moves along an axis of an input."""
    rates: dict[str, Fraction | None] = {name: Fraction(1) if name == source else None for name in graph.inputs}
    unit = 1
    for node in graph.nodes.values():
        rate = _slowest(node, graph.input_shapes(node), [rates[path] for path in node.inputs], axis)
        if rate is None:
            rates[node.path] = None
            continue
        shape = graph.input_shapes(node)[0]
        moved, period = (
            move(node.operator, axis, shape, node.shape[axis]) if axis in shape and axis in node.shape else _STILL
        )
        rates[node.path] = rate * moved
        unit = lcm(unit, (period / rate).numerator, (1 / (rate * moved)).numerator)
    return Moves(rates, unit)


_STILL = (Fraction(1), 1)

THROUGH_WINDOWS = (AxisAccess.WINDOW, AxisAccess.BOTH)
OF_WHOLE_AXES = (AxisAccess.WHOLE, AxisAccess.BOTH)


def _slowest(node: Node, shapes: tuple[Shape, ...], rates: list[Fraction | None], axis: str) -> Fraction | None:
    """The rate of what comes through windows; where tensors of several rates meet, they meet at the slowest."""
    through = [
        (stretched(node, shape, axis), rate)
        for input_index, (shape, rate) in enumerate(zip(shapes, rates, strict=True))
        if rate is not None and access_of(node, shapes, input_index, axis) in THROUGH_WINDOWS
    ]
    moving = [rate for still, rate in through if not still]
    return min(moving or [rate for _, rate in through], default=None)


def access_of(node: Node, shapes: tuple[Shape, ...], input_index: int, axis: str) -> AxisAccess:
    """What a layer sees of one input along an axis; one that the input lacks has one position."""
    if takes_sizes_alone(node.operator, input_index):
        return AxisAccess.NOTHING
    return axis_access(node.operator, shapes, input_index, axis) if axis in shapes[input_index] else AxisAccess.WINDOW


def stretched(node: Node, shape: Shape, axis: str) -> bool:
    """Whether a layer repeats the one position that an input has on the axis."""
    return isinstance(node.operator, (Merge, Expand)) and shape.get(axis) == 1 and node.shape.get(axis) > 1
