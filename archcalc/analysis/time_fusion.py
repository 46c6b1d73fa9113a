"""Where a network fuses time, and from where on it has seen the whole clip, or the whole of a frame or image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.time_shift import time_shifts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.analysis.time_shift import TimeShift

TIME = "T"


@dataclass(frozen=True, slots=True)
class TimeFusion:
    """Paths of layers, None where there is no such layer.

    `fusing` are the layers in which an output reads more frames than any of their inputs did; `whole_clip` is the first
    whose outputs have seen every frame; `ends` is the layer after which a single time step is left. `shift` is what a
    shift of the clip does to the last layer.
    """

    frames: int
    fusing: tuple[str, ...]
    whole_clip: str | None
    ends: str | None
    shift: TimeShift | None


def time_fusion(analysis: Analysis) -> TimeFusion | None:
    """The facts about time for the input with the most frames, the first of equals; None when none has any."""
    inputs = [each for each in analysis.inputs if TIME in each.shape]
    if not inputs:
        return None
    timed = max(inputs, key=lambda each: each.shape[TIME])
    frames = timed.shape[TIME]
    seen = {timed.name: 1} | {layer.path: _seen(layer, timed.name, TIME) for layer in analysis.layers}
    fusing = [
        layer.path
        for layer in analysis.layers
        if seen[layer.path] > max((seen.get(source, 0) for source in layer.inputs), default=0) > 0
    ]
    return TimeFusion(
        frames=frames,
        fusing=tuple(fusing),
        whole_clip=_first(analysis.layers, lambda layer: seen[layer.path] >= frames),
        ends=_first(analysis.layers, lambda layer: layer.shape.get(TIME) == 1 and seen[layer.path] > 1),
        shift=time_shifts(analysis.graph, timed.name)[analysis.layers[-1].path],
    )


def whole_image(analysis: Analysis) -> str | None:
    """The first layer with an output that has seen all positions of the input along its axes of space, or None.

    That of the input with the most frames, or of the first where no input has time.
    """
    main = max(analysis.inputs, key=lambda each: each.shape.get(TIME, 0))
    extents = {axis: main.shape[axis] for axis in main.shape.grid if axis != TIME}

    def sees_everything(layer: LayerRecord) -> bool:
        return all(_seen(layer, main.name, axis) >= size for axis, size in extents.items())

    return _first(analysis.layers, sees_everything) if extents else None


def _seen(layer: LayerRecord, name: str, axis: str) -> int:
    return layer.fields[name].clipped.get(axis, 0) if name in layer.fields else 0


def _first(layers: Iterable[LayerRecord], holds: Callable[[LayerRecord], bool]) -> str | None:
    return next((layer.path for layer in layers if holds(layer)), None)
