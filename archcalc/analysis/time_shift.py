"""Shift-equivariance in time: how features change when the clip is shifted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import TYPE_CHECKING

from archcalc.core.reads import Taps, WholeAxisRead
from archcalc.ops.traced import Traced
from archcalc.ops.traits import Family

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph, Node

TIME = "T"


@dataclass(frozen=True, slots=True)
class TimeShift:
    """Shifting the clip by `frames` shifts a tensor by `positions`, ignoring the borders.

    `pooled`: all positions were treated equally and combined, so nothing is left to shift. `broken` is the first
    layer on the way that depends on the time index; the other fields then have no meaning. `unknown`: that layer was
    recorded from a module, and whether it depends on the index is not known.
    """

    frames: int
    positions: int
    pooled: bool = False
    broken: str | None = None
    unknown: bool = False

    @property
    def rate(self) -> Fraction:
        """Return the number of frames per position."""
        return Fraction(self.frames, self.positions)

    def read(self, taps: Taps) -> TimeShift:
        """Return the shift after a pattern of reads that repeats, which is equivariant for whole periods only."""
        moved = lcm(self.positions, taps.move)
        return replace(self, frames=self.frames * moved // self.positions, positions=moved // taps.move * taps.period)


def time_shifts(graph: NetworkGraph, name: str) -> dict[str, TimeShift | None]:
    """Return the effect of a shift of the clip in time on every layer; None for a layer that no frame reaches.

    Frames are those of the input called `name`; other inputs with a time axis have the same time, and shift with
    it.
    """
    found: dict[str, TimeShift | None] = {
        each: _shift_of_input(given.shape, graph.inputs[name].shape) for each, given in graph.inputs.items()
    }
    for node in graph.nodes.values():
        reached = [
            _read(node, input_index, seen)
            for input_index, path in enumerate(node.inputs)
            if (seen := found[path]) is not None
        ]
        found[node.path] = reduce(lambda one, other: _joined(node.path, one, other), reached) if reached else None
    return {path: found[path] for path in graph.nodes}


def _shift_of_input(shape: Shape, named: Shape) -> TimeShift | None:
    """The shift of one input for the frames of another that shows the same time."""
    if TIME not in shape or TIME not in named:
        return None
    rate = Fraction(named[TIME], shape[TIME])
    return TimeShift(rate.numerator, rate.denominator)


def _read(node: Node, input_index: int, seen: TimeShift) -> TimeShift:
    """One input as the layer reads it."""
    shape = node.typed.inputs[input_index]
    if seen.broken or seen.pooled:
        return seen
    if TIME not in shape:
        return seen
    if shape[TIME] > 1 and node.operator.depends_on_index(node.typed.inputs, TIME):
        return replace(seen, broken=node.path, unknown=isinstance(node.operator, Traced))
    reads = node.operator.reads(node.typed.inputs, input_index, TIME)
    if reads is WholeAxisRead.SELF_AND_ALL:
        return seen
    if not isinstance(reads, Taps) or is_of_the_whole_clip(node, shape):
        return replace(seen, pooled=True)
    return seen.read(reads) if reads.move else replace(seen, broken=node.path)


def is_of_the_whole_clip(node: Node, shape: Shape) -> bool:
    """Whether a pool has one window of all frames."""
    if node.operator.traits.family is not Family.POOL or node.shape.get(TIME) > 1:
        return False
    windows = node.operator.windows(node.typed.inputs)
    return windows is None or TIME not in windows or windows[TIME].kernel >= shape[TIME]


def _joined(path: str, one: TimeShift, other: TimeShift) -> TimeShift:
    """Two inputs of one layer: they have to shift together."""
    if one.broken or other.broken:
        return one if one.broken else other
    if one.pooled and other.pooled:
        return max(one, other, key=lambda each: each.rate)
    if one.pooled or other.pooled:
        return other if one.pooled else one
    if one.rate != other.rate:
        return replace(one, broken=path)
    positions = lcm(one.positions, other.positions)
    return TimeShift(int(positions * one.rate), positions)
