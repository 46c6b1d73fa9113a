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
    if reads.longest >= frames and any(reads_all(reads, position, frames) for position in range(size)):
        return TemporalEffect.GLOBAL
    if reads.move != reads.period:
        return TemporalEffect.STRIDED
    return TemporalEffect.FRAMEWISE if reads.own_position else TemporalEffect.LOCAL


def reads_all(reads: Taps, position: int, frames: int) -> bool:
    """Return whether an output position reads every frame; a dilated window with as many taps may not."""
    return sum(0 <= frame < frames for frame in reads.at(position)) == frames
