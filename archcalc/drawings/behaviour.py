"""What layers do to time, as drawings colour it."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from archcalc.analysis.receptive_field import axis_reads
from archcalc.core.reads import AxisReads, Reach, Taps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.records import Analysis, LayerRecord

TIME = "T"


class Behaviour(IntEnum):
    """From least to most; several layers together do the most of what one of them does."""

    APART = 0
    MIXES = 1
    STRIDES = 2
    ALL = 3

    @property
    def meaning(self) -> str:
        """What a legend says."""
        return ("keeps frames apart", "mixes frames", "skips or shrinks frames", "sees all frames")[self]


def behaviour(analysis: Analysis, layers: Sequence[LayerRecord]) -> Behaviour | None:
    """What layers do to time together; None where none of them has time to do anything to."""
    found = [each for layer in layers if (each := _of_layer(analysis, layer)) is not None]
    return max(found, default=None)


def _of_layer(analysis: Analysis, layer: LayerRecord) -> Behaviour | None:
    node = analysis.graph.nodes[layer.path]
    shapes = analysis.graph.input_shapes(node)
    timed = [(slot, shape[TIME]) for slot, shape in enumerate(shapes) if shape.get(TIME) > 1]
    size = node.shape.get(TIME)
    found = (_of_reads(axis_reads(node, shapes, slot, TIME), frames, size) for slot, frames in timed)
    return max(found, default=None)


def _of_reads(reads: AxisReads, frames: int, size: int) -> Behaviour:
    if not isinstance(reads, Taps):
        return Behaviour.APART if reads is Reach.NOTHING else Behaviour.ALL
    if reads.longest >= frames and any(reads_all(reads, position, frames) for position in range(size)):
        return Behaviour.ALL
    if reads.move != reads.period:
        return Behaviour.STRIDES
    return Behaviour.APART if reads.own_position else Behaviour.MIXES


def reads_all(reads: Taps, position: int, frames: int) -> bool:
    """Whether an output position reads every frame of its input, which a dilated window of as many taps may not."""
    return sum(0 <= frame < frames for frame in reads.at(position)) == frames
