"""Which positions of every tensor some output of the network depends on, walked back from the outputs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from archcalc.core.positions import Positions
from archcalc.core.reads import Taps, WholeAxisRead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.core.reads import AxisReads
    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph, Node

Needed = dict[str, Positions]
"""Positions by axis of a tensor."""

MOST_KEPT = 1024
MOST_PROGRESSIONS = 2_000
"""Reads that would give more progressions are taken as everything between their ends."""


def needed_positions(graph: NetworkGraph) -> dict[str, Needed]:
    """Return the positions of every layer and network input that an output depends on, by axis.

    A tensor without an entry leads to no output. Axes are treated one by one, as receptive fields are.
    """
    needed: dict[str, Needed] = {}
    for path in graph.outputs.values():
        needed[path] = _all(graph.shape(path))
    for node in reversed(graph.nodes.values()):
        if node.path in needed:
            for input_index, path in enumerate(node.inputs):
                _add(needed, path, _read(node, input_index, needed[node.path]))
    return needed


def _all(shape: Shape) -> Needed:
    return {axis: Positions((range(shape[axis]),)) for axis in shape.grid}


def _add(needed: dict[str, Needed], path: str, more: Needed) -> None:
    known = needed.setdefault(path, {})
    for axis, positions in more.items():
        known[axis] = known[axis].union(positions) if axis in known else positions


def _read(node: Node, input_index: int, outputs: Needed) -> Needed:
    """Return which positions of an input a layer reads for some positions of its output."""
    inputs, shape = node.typed.inputs, node.typed.inputs[input_index]
    flow = node.operator.token_flow(input_index, inputs)
    if flow.from_grid and node.shape.tokens:
        return _all(shape)
    if not flow.grid:
        return {axis: Positions(()) for axis in shape.grid}
    return {
        axis: _read_by(outputs.get(axis, ONE), tuple(_ways(node, input_index, axis)), shape[axis])
        for axis in shape.grid
    }


@lru_cache(maxsize=MOST_KEPT)
def _read_by(outputs: Positions, ways: tuple[AxisReads, ...], size: int) -> Positions:
    return Positions.of(run for reads in ways for run in preimage(outputs, reads, size))


ONE = Positions((range(1),))
"""An axis that the output lacks has one position there."""


def _ways(node: Node, input_index: int, axis: str) -> Iterable[AxisReads]:
    """Return how the channels of a layer read an input along an axis; most layers read all channels alike."""
    plain = node.operator.reads(node.typed.inputs, input_index, axis)
    channels = node.operator.channel_reads(node.typed.inputs, input_index)
    if not channels.differs:
        return (plain,)
    return dict.fromkeys(part.reads.get(axis, plain) for part in channels.parts(range(node.shape.channels)))


def preimage(outputs: Positions, reads: AxisReads, size: int) -> Iterator[range]:
    """Yield the positions, of `size`, that some outputs read; those outside the tensor are padding."""
    if not outputs or reads is WholeAxisRead.NOTHING:
        return
    if not isinstance(reads, Taps):
        yield range(outputs.last + 1 if reads is WholeAxisRead.PAST else size)
        return
    for run in outputs.runs:
        yield from _clipped(_taps_of(run, reads), size)


def _taps_of(run: range, taps: Taps) -> Iterator[range]:
    phases = min(taps.period, len(run))
    if phases * taps.longest > MOST_PROGRESSIONS:
        ends = [taps.at(position) for position in (*run[: taps.period], *run[-taps.period :])]
        read = [each for each in ends if each]
        yield range(min((each[0] for each in read), default=0), max((each[-1] for each in read), default=-1) + 1)
        return
    for first in range(phases):
        same_phase = run[first :: taps.period] if taps.period > 1 else run
        yield from _of_phase(same_phase, taps)
        if taps.period == 1:
            return


def _of_phase(run: range, taps: Taps) -> Iterator[range]:
    """Yield what outputs of one phase read: every tap moves by the same step from one of them to the next."""
    first, last = taps.at(run[0]), taps.at(run[-1])
    if not first:
        return
    step = run.step * taps.move // taps.period
    if first.step == 1 and (step <= len(first) or len(run) == 1):
        yield range(first[0], last[-1] + 1)
        return
    for one, other in zip(first, last, strict=True):
        yield range(one, other + 1, step) if step else range(one, one + 1)


def _clipped(runs: Iterable[range], size: int) -> Iterator[range]:
    for run in runs:
        before = max(0, -(run.start // run.step)) if run.start < 0 else 0
        start = run.start + before * run.step
        if start < min(run.stop, size):
            yield range(start, min(run.stop, size), run.step)
