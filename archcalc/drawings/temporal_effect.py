"""The effect of layers along the time axis, which drawings show by color."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from archcalc.analysis.layer_reads import axis_reads
from archcalc.core.reads import AxisReads, Taps, WholeAxisRead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.records import Analysis, LayerRecord

TIME = "T"


class TemporalEffect(IntEnum):
    """What layers do along the time axis, from the weakest effect to the strongest."""

    FRAMEWISE = 0
    LOCAL = 1
    STRIDED = 2
    GLOBAL = 3

    @property
    def meaning(self) -> str:
        """Return the text of a legend."""
        return (
            "frame-wise (frames separate)",
            "local (neighboring frames)",
            "strided (fewer frames)",
            "global (all frames)",
        )[self]


def temporal_effect(analysis: Analysis, layers: Sequence[LayerRecord]) -> TemporalEffect | None:
    """Return the strongest effect of some layers; None if none of them reads several frames."""
    found = [each for layer in layers if (each := _of_layer(analysis, layer)) is not None]
    return max(found, default=None)


def _of_layer(analysis: Analysis, layer: LayerRecord) -> TemporalEffect | None:
    node = analysis.graph.nodes[layer.path]
    shapes = analysis.graph.input_shapes(node)
    size = node.shape.get(TIME)
    found = [
        _of_reads(axis_reads(node, shapes, number, TIME), shape[TIME], size)
        for number, shape in enumerate(shapes)
        if shape.get(TIME) > 1
    ]
    if found and any(_is_gate(analysis, path, size) for path in node.inputs):
        return TemporalEffect.GLOBAL
    return max(found, default=None)


def _is_gate(analysis: Analysis, path: str, size: int) -> bool:
    """Return whether an input with one time step, which is broadcast over `size` frames, depends on several frames."""
    if size <= 1 or path not in analysis.graph.nodes or analysis.graph.shape(path).get(TIME) > 1:
        return False
    return any(field.full.get(TIME, 0) > 1 for field in analysis.layer(path).fields.values())


def _of_reads(reads: AxisReads, frames: int, size: int) -> TemporalEffect:
    if not isinstance(reads, Taps):
        return TemporalEffect.FRAMEWISE if reads is WholeAxisRead.NOTHING else TemporalEffect.GLOBAL
    if reads_all(reads, frames, size):
        return TemporalEffect.GLOBAL
    if reads.move != reads.period:
        return TemporalEffect.STRIDED
    return TemporalEffect.FRAMEWISE if reads.own_position else TemporalEffect.LOCAL


def reads_all(reads: Taps, frames: int, size: int) -> bool:
    """Return whether one of `size` output positions reads each of several frames; dilated windows leave some out."""
    if reads.step > 1 or reads.longest < frames:
        return False
    ends = enumerate(zip(reads.first, reads.last, strict=True))
    return any(
        _phase_reads_all(first, last, reads.move, frames, -(-(size - at) // reads.period)) for at, (first, last) in ends
    )


def _phase_reads_all(first: int, last: int, move: int, frames: int, repeats: int) -> bool:
    """Return whether a window from `first` to `last` holds all frames once it has moved fewer than `repeats` times."""
    if move == 0:
        return repeats > 0 and first <= 0 and last >= frames - 1
    earliest = max(0, -(-(frames - 1 - last) // move))
    return earliest <= min(repeats - 1, -first // move)
