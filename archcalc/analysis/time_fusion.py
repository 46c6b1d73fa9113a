"""Where a network fuses time, and from which layer on the field covers the clip, a frame or an image."""

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
    """Paths of layers; None if there is no such layer.

    `fusing` are the layers with an output that reads more frames than any of their inputs did; `whole_clip` is the
    first layer whose temporal field covers every frame; `ends` is the first layer with a single time step that
    depends on several frames. `shift` describes the shift-equivariance of the last layer.
    """

    frames: int
    fusing: tuple[str, ...]
    whole_clip: str | None
    ends: str | None
    shift: TimeShift | None


def time_fusion(analysis: Analysis) -> TimeFusion | None:
    """Return the facts about time for the input with the most frames; None if no input has frames."""
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
    """Return the first layer with an output whose field covers the spatial axes of the input, or None.

    Uses the input with the most frames, or the first one if no input has time.
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
