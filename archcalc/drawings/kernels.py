"""The distinct kernels of a network: how long, high and wide, where they slide, how often they are used."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.shape import axes_of
from archcalc.drawings.box_edges import box_edges, extent
from archcalc.drawings.temporal_effect import temporal_effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.drawings.box_edges import Edges, Extent
    from archcalc.drawings.temporal_effect import TemporalEffect

"""Sizes along T (or D), H and W; 1 where there is no such axis."""


@dataclass(frozen=True, slots=True)
class KernelFigure:
    """One kernel, and all layers that have it.

    `axes` are those it is written with, `slides` the strides it takes along each axis it moves on (the input, padding
    included, is longer than the kernel there). `volume` is the largest input it slides over, and `volume_axes` are the
    axes which that has. `channels` are the least and the most that come in, then the least and most that go out.
    `effect` is what it does to the time of that volume.
    """

    axes: tuple[str, ...]
    size: Extent
    dilation: Extent
    volume_axes: tuple[str, ...]
    volume: Extent
    slides: tuple[tuple[str, tuple[int, ...]], ...]
    strides: tuple[tuple[int, ...], ...]
    channels: tuple[int, int, int, int]
    groups: str
    transposed: bool
    layers: tuple[str, ...]
    macs: int
    effect: TemporalEffect | None

    @property
    def label(self) -> str:
        """`3x1x1`, of the axes it is written with."""
        return "x".join(str(size) for axis, size in self.by_axis if axis in self.axes)

    @property
    def by_axis(self) -> tuple[tuple[str, int], ...]:
        """Its size along the edges of its volume."""
        return tuple(zip(self.edges, self.size, strict=True))

    @property
    def edges(self) -> Edges:
        """Return the axes along depth, height and width."""
        return box_edges(self.volume_axes)

    @property
    def reach(self) -> Extent:
        """From the first tap to the last along each axis, holes of a dilation included."""
        spans = [gap * (size - 1) + 1 for size, gap in zip(self.size, self.dilation, strict=True)]
        return spans[0], spans[1], spans[2]


@dataclass(frozen=True, slots=True)
class KernelsDrawing:
    """The kernels of one network, small before large, and all its multiply-accumulates."""

    name: str
    title: str
    input: str
    axes: tuple[str, ...]
    kernels: tuple[KernelFigure, ...]
    macs: int


def kernels_drawing(analysis: Analysis) -> KernelsDrawing:
    """The kernels of all convolutions; pools slide windows but have no kernel that is learnt."""
    alike: dict[tuple[object, ...], list[LayerRecord]] = defaultdict(list)
    for layer in analysis.layers:
        if layer.windows and layer.parameters.weights:
            alike[_key(analysis, layer)].append(layer)
    figures = sorted((_figure(analysis, layers) for layers in alike.values()), key=_order)
    first = analysis.inputs[0]
    return KernelsDrawing(
        name=analysis.name,
        title=analysis.title,
        input=f"{first.name} {first.shape}",
        axes=first.shape.axes,
        kernels=tuple(figures),
        macs=analysis.totals.macs,
    )


def _key(analysis: Analysis, layer: LayerRecord) -> tuple[object, ...]:
    windows = layer.windows or {}
    kernel = tuple((axis, each.kernel, each.dilation) for axis, each in windows.items())
    return kernel, "transpose" in layer.op, _groups(analysis, layer)


def _groups(analysis: Analysis, layer: LayerRecord) -> str:
    groups = layer.groups or 1
    if groups == 1:
        return ""
    return "depthwise" if groups == analysis.graph.shape(layer.inputs[0]).channels else "grouped"


def _figure(analysis: Analysis, layers: Sequence[LayerRecord]) -> KernelFigure:
    first = layers[0]
    windows = first.windows or {}
    sources = [analysis.graph.shape(layer.inputs[0]) for layer in layers]
    largest, widest = max(zip(sources, layers, strict=True), key=lambda each: each[0].cells)
    strides = dict.fromkeys(tuple(each.stride for each in (layer.windows or {}).values()) for layer in layers)
    ways_in, ways_out = [shape.channels for shape in sources], [layer.shape.channels for layer in layers]
    axes, edges = axes_of(sources), box_edges(largest.grid)
    return KernelFigure(
        axes=tuple(windows),
        size=extent({axis: each.kernel for axis, each in windows.items()}, edges),
        dilation=extent({axis: each.dilation for axis, each in windows.items()}, edges),
        volume_axes=largest.grid,
        volume=extent(largest.sizes, edges),
        slides=tuple((axis, taken) for axis in axes if (taken := _taken(layers, axis))),
        strides=tuple(strides),
        channels=(min(ways_in), max(ways_in), min(ways_out), max(ways_out)),
        groups=_groups(analysis, first),
        transposed="transpose" in first.op,
        layers=tuple(layer.path for layer in layers),
        macs=sum(layer.macs for layer in layers),
        effect=temporal_effect(analysis, [widest]),
    )


def _taken(layers: Sequence[LayerRecord], axis: str) -> tuple[int, ...]:
    """Return the strides along an axis of the layers with more than one position there."""
    taken = {
        layer.windows[axis].stride
        for layer in layers
        if layer.windows and axis in layer.windows and layer.shape.get(axis) > 1
    }
    return tuple(sorted(taken))


def _order(figure: KernelFigure) -> tuple[int, Extent, str]:
    t, h, w = figure.size
    return t * h * w, figure.size, figure.groups
