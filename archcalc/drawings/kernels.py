"""The distinct kernels of a network: how long, high and wide, where they slide, how often they are used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import kinds_by_path
from archcalc.core.shape import axes_of
from archcalc.core.window import TransposedWindow
from archcalc.drawings.box_edges import box_edges, extent
from archcalc.drawings.temporal_effect import temporal_effect
from archcalc.ops.traced import Traced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.core.shape import Shape
    from archcalc.core.window import Window
    from archcalc.drawings.box_edges import Edges, Extent
    from archcalc.drawings.temporal_effect import TemporalEffect

"""Sizes along T (or D), H and W; 1 where there is no such axis."""


@dataclass(frozen=True, slots=True)
class KernelFigure:
    """One kernel, and all layers that have it.

    `axes` are those it is written with, `slides` the strides it takes along each axis it moves on (the input, padding
    included, is longer than the kernel there). `volume` is the largest input it slides over, and `volume_axes` are the
    axes which that has. `channels` are the least and the most that come in, then the least and most that go out.
    `effect` is what it does to the time of that volume, `kind` is the kind of its layers. `part` is the part of the
    network that the layers are in, where the figures of its parts are separate.
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
    part: str = ""
    kind: str = ""

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
    """The kernels of one network, small before large, and all its multiply-accumulates.

    `others` are those of layers without a kernel, by their kind, the most first.
    """

    name: str
    title: str
    input: str
    axes: tuple[str, ...]
    kernels: tuple[KernelFigure, ...]
    macs: int
    others: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Learned:
    """A layer with a kernel, and the shape of the tensor that this slides over."""

    layer: LayerRecord
    windows: Mapping[str, Window | TransposedWindow]
    source: Shape
    groups: str
    part: str


def kernels_drawing(analysis: Analysis, depth: int | None = None) -> KernelsDrawing:
    """The kernels of all convolutions; pools slide windows but have no kernel that is learnt.

    With `depth` the kernels of each part at this depth of the paths are apart.
    """
    alike: dict[tuple[object, ...], list[_Learned]] = {}
    kinds, rest = kinds_by_path(analysis), {layer.path: layer.macs for layer in analysis.layers}
    for each in _learned(analysis, depth):
        del rest[each.layer.path]
        alike.setdefault(_key(each), []).append(each)
    figures = [_figure(analysis, each, kinds) for each in alike.values()]
    if depth is None:
        figures.sort(key=_order)
    first = analysis.inputs[0]
    return KernelsDrawing(
        name=analysis.name,
        title=analysis.title,
        input=f"{first.name} {first.shape}",
        axes=first.shape.axes,
        kernels=tuple(figures),
        macs=analysis.totals.macs,
        others=_by_kind(rest, kinds),
    )


def _by_kind(macs: Mapping[str, int], kinds: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Return the multiply-accumulates of some layers by their kind, the most first; none without any."""
    found: dict[str, int] = {}
    for path, count in macs.items():
        found[kinds[path]] = found.get(kinds[path], 0) + count
    return tuple(sorted(((kind, count) for kind, count in found.items() if count), key=lambda each: -each[1]))


def _learned(analysis: Analysis, depth: int | None) -> Iterator[_Learned]:
    graph = analysis.graph
    for layer in analysis.layers:
        operator = graph.nodes[layer.path].operator
        part = "" if depth is None else graph.stage(layer.path, depth).path
        if layer.windows and layer.parameters.weights:
            source = graph.shape(layer.inputs[0])
            yield _Learned(layer, layer.windows, source, _groups(layer.groups or 1, source), part)
        elif isinstance(operator, Traced) and operator.kernel is not None:
            kernel = operator.kernel
            yield _Learned(layer, kernel.windows, kernel.over, _groups(kernel.groups, kernel.over), part)


def _key(learned: _Learned) -> tuple[object, ...]:
    kernel = tuple((axis, each.kernel, each.dilation) for axis, each in learned.windows.items())
    return learned.part, kernel, _is_transposed(learned), learned.groups


def _is_transposed(learned: _Learned) -> bool:
    return any(isinstance(each, TransposedWindow) for each in learned.windows.values())


def _groups(groups: int, source: Shape) -> str:
    if groups == 1:
        return ""
    return "depthwise" if groups == source.channels else "grouped"


def _figure(analysis: Analysis, alike: Sequence[_Learned], kinds: Mapping[str, str]) -> KernelFigure:
    first = alike[0]
    widest = max(alike, key=lambda each: each.source.cells)
    strides = dict.fromkeys(tuple(each.stride for each in one.windows.values()) for one in alike)
    ways_in, ways_out = [each.source.channels for each in alike], [each.layer.shape.channels for each in alike]
    axes, edges = axes_of(each.source for each in alike), box_edges(widest.source.grid)
    return KernelFigure(
        axes=tuple(first.windows),
        size=extent({axis: each.kernel for axis, each in first.windows.items()}, edges),
        dilation=extent({axis: each.dilation for axis, each in first.windows.items()}, edges),
        volume_axes=widest.source.grid,
        volume=extent(widest.source.sizes, edges),
        slides=tuple((axis, taken) for axis in axes if (taken := _taken(alike, axis))),
        strides=tuple(strides),
        channels=(min(ways_in), max(ways_in), min(ways_out), max(ways_out)),
        groups=first.groups,
        transposed=_is_transposed(first),
        layers=tuple(each.layer.path for each in alike),
        macs=sum(each.layer.macs for each in alike),
        effect=temporal_effect(analysis, [widest.layer]),
        part=first.part,
        kind=kinds[first.layer.path],
    )


def _taken(alike: Sequence[_Learned], axis: str) -> tuple[int, ...]:
    """Return the strides along an axis of the layers with more than one position there."""
    taken = {each.windows[axis].stride for each in alike if axis in each.windows and each.layer.shape.get(axis) > 1}
    return tuple(sorted(taken))


def _order(figure: KernelFigure) -> tuple[int, Extent, str]:
    t, h, w = figure.size
    return t * h * w, figure.size, figure.groups
