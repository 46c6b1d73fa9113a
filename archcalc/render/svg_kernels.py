"""Kernels as isometric boxes, a kernel to a cell: all kernels to one scale, all volumes to another.

Where the volumes are small enough both scales are one, and each kernel lies in the volume that it slides over.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.drawings.temporal_effect import TemporalEffect
from archcalc.render import svg
from archcalc.render.cells import short_count
from archcalc.render.isometric import DOWN, Box, Isometric, fits, outline
from archcalc.render.palette import THEMES, Paint, blend
from archcalc.render.svg_box import EDGE_STEPS, box_faces, cells
from archcalc.render.svg_legend import legend_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree.ElementTree import Element

    from archcalc.drawings.kernels import KernelFigure, KernelsDrawing
    from archcalc.render.palette import Theme
    from archcalc.render.svg import Point

    _Cell = tuple[KernelFigure, int]
    _Corner = tuple[float, float, float]

COLUMN, CAPTION = 250, 120
PICTURE = (214, 220)
LEAST, BETWEEN = 140, 30
"""A picture is no lower than this, nor than its kernel and its volume with so much between them."""
MARGIN, HEAD, LEGEND = 24, 82, 26
KERNEL_ROOM, VOLUME_ROOM = (112, 118), (96, 88)
LARGEST_STEP, SMALLEST_STEP = 18, 12
MOST_FIGURES = 200
MOST_COLUMNS = 8
"""Of one network more kernels take several rows."""
LONGEST_ARROWS = 4, 2, 4
"""Arrows along depth, height and width: longer for a larger stride, up to this one; below the kernel is its caption."""


@dataclass(frozen=True, slots=True)
class _Scales:
    """How long a position is drawn: of kernels, and of volumes."""

    kernel: float
    volume: float

    @property
    def within(self) -> bool:
        """Return whether kernels are drawn inside their volumes."""
        return self.kernel == self.volume


def kernels_svg(drawings: Sequence[KernelsDrawing], theme: str = "light") -> str:
    """The kernels of networks; of one network in a row, of several side by side in a column each.

    Raises:
        UsageError: no network has a kernel, or all of them have more than 200.
    """
    figures = [figure for drawing in drawings for figure in drawing.kernels]
    if not figures:
        raise UsageError("no convolution; expected a kernel to draw")
    if len(figures) > MOST_FIGURES:
        raise UsageError(f"{len(figures)} kernels; expected at most {MOST_FIGURES} in one drawing")
    colors, scales = THEMES[theme], _scales(figures)
    columns = _columns(drawings)
    elements: list[Element] = []
    for number, drawing in enumerate(drawings):
        width = COLUMN * len(columns) // len(drawings) - 16
        elements += _heading(drawing, MARGIN + number * COLUMN, colors, width)
    height: float = MARGIN + HEAD
    for row in zip_longest(*columns):
        tall = max(_height(cell[0], scales) for cell in row if cell)
        for place, cell in enumerate(row):
            if cell:
                at = MARGIN + place * COLUMN, height
                shown = _figure(cell, at, tall, scales, colors)
                elements.append(svg.of_layers(shown, cell[0].layers, class_="kernel"))
        height += tall + CAPTION
    meanings = sorted({figure.effect for figure in figures if figure.effect is not None})
    key = [(each.meaning, Paint(_fill(each, colors))) for each in meanings]
    legend, rows = legend_rows(key, (MARGIN, height), len(columns) * COLUMN, colors)
    elements += legend
    size = 2 * MARGIN + len(columns) * COLUMN, height + rows * LEGEND + MARGIN
    return svg.page(*size, colors.page, "Kernels of " + ", ".join(each.name for each in drawings), elements)


def _columns(drawings: Sequence[KernelsDrawing]) -> list[list[_Cell]]:
    """Kernels and the MACs of their networks: of one network a row or more, of several a column to a network."""
    networks = [[(figure, drawing.macs) for figure in drawing.kernels] for drawing in drawings]
    if len(networks) > 1:
        return networks
    return [networks[0][at::MOST_COLUMNS] for at in range(min(MOST_COLUMNS, len(networks[0])))]


def _height(figure: KernelFigure, scales: _Scales) -> float:
    """How high the picture of a kernel has to be."""
    if scales.within:
        return PICTURE[1]
    kernel, volume = outline(figure.reach, scales.kernel)[1], outline(figure.volume, scales.volume)[1]
    return min(PICTURE[1], max(LEAST, kernel + volume + BETWEEN))


def _scales(figures: Sequence[KernelFigure]) -> _Scales:
    both = min(fits(figure.volume, *PICTURE) for figure in figures)
    if both >= SMALLEST_STEP:
        step = min(both, LARGEST_STEP)
        return _Scales(step, step)
    kernel = min(LARGEST_STEP, *(fits(figure.reach, *KERNEL_ROOM) for figure in figures))
    return _Scales(kernel, min(fits(figure.volume, *VOLUME_ROOM) for figure in figures))


def _heading(drawing: KernelsDrawing, x: float, colors: Theme, width: float) -> list[Element]:
    lines = [*svg.wrapped(drawing.title, 12, width), f"{drawing.input} ({'x'.join(drawing.axes)})"]
    name = svg.text((x, MARGIN + 16), svg.fitted(drawing.name, 18, width), 18, colors.text, font_weight="bold")
    return [name, *(svg.text((x, MARGIN + 36 + 16 * number), svg.fitted(line, 12, width), 12, colors.text)
                    for number, line in enumerate(lines))]  # fmt: skip


def _figure(cell: _Cell, at: Point, height: float, scales: _Scales, colors: Theme) -> list[Element]:
    figure, macs = cell
    drawn = _within(figure, at, scales, colors) if scales.within else _separate(figure, at, height, scales, colors)
    return drawn + _caption(figure, (at[0], at[1] + height + 28), colors, macs)


def _within(figure: KernelFigure, at: Point, scales: _Scales, colors: Theme) -> list[Element]:
    """The kernel at the first place of its volume, arrows along the volume's faces."""
    step = scales.kernel
    width, height = outline(figure.volume, step)
    x, y = at[0] + 12 + (PICTURE[0] - width) / 2, at[1] + (PICTURE[1] - height) / 2 + figure.volume[0] * DOWN * step
    view = Isometric(x, y, step)
    volume = Box((0, 0, 0), _sizes(figure.volume))
    drawn = box_faces(volume, view, colors.plain, colors, faint=True, class_="volume")
    drawn += cells(volume, view, colors.line, "T")
    drawn += _kernel_boxes(figure, view, colors)
    drawn += _frame_numbers(figure, view, colors)
    t, h, w = figure.reach
    starts = (t, 0, w / 2), (0, h, w / 2), (0, h / 2, w)
    return drawn + _arrows(figure, view, starts, colors)


def _separate(figure: KernelFigure, at: Point, tall: float, scales: _Scales, colors: Theme) -> list[Element]:
    """Return the enlarged kernel, and its volume with the kernel at true size in the background."""
    far = Isometric(at[0] + PICTURE[0] - outline(figure.volume, scales.volume)[0] + 22,
                    at[1] + 14 + figure.volume[0] * DOWN * scales.volume, scales.volume)  # fmt: skip
    step = scales.kernel
    t, h, w = figure.reach
    width, height = outline(figure.reach, step)
    near = Isometric(at[0] + 34 + (KERNEL_ROOM[0] - width) / 2,
                     at[1] + tall - 22 - height + t * DOWN * step, step)  # fmt: skip
    volume = Box((0, 0, 0), _sizes(figure.volume))
    drawn = box_faces(volume, far, colors.plain, colors, faint=True, class_="volume")
    drawn += _lines_between(figure, near, far, colors)
    drawn += box_faces(
        Box((0, 0, 0), _sizes(figure.reach)), far, _fill(figure.effect, colors), colors, class_="true-size"
    )
    drawn += _volume_sizes(figure, far, colors)
    drawn += _kernel_boxes(figure, near, colors) + _kernel_sizes(figure, near, colors)
    starts = (t, h / 2, w), (0, h, w), (t / 2, h, w)
    return drawn + _arrows(figure, near, starts, colors)


def _lines_between(figure: KernelFigure, near: Isometric, far: Isometric, colors: Theme) -> list[Element]:
    """From the kernel in its volume to the kernel enlarged."""
    t, h, w = figure.reach
    corners = ((t, 0, 0), (t, h, w))
    return [
        svg.polyline([far.at(*corner), near.at(*corner)], stroke=colors.line, stroke_width=0.8, stroke_dasharray="3 3")
        for corner in corners
    ]


def _kernel_boxes(figure: KernelFigure, view: Isometric, colors: Theme) -> list[Element]:
    """A box for the kernel; with a dilation one for each run of taps, far ones first."""
    runs = [_runs(size, gap) for size, gap in zip(figure.size, figure.dilation, strict=True)]
    starts = [(t, h, w) for t in reversed(runs[0]) for h in reversed(runs[1]) for w in runs[2]]
    size = [1 if gap > 1 else length for length, gap in zip(figure.size, figure.dilation, strict=True)]
    drawn: list[Element] = []
    for start in starts:
        box = Box(start, (size[0], size[1], size[2]))
        drawn += box_faces(box, view, _fill(figure.effect, colors), colors, class_="kernel-box")
        drawn += cells(box, view, colors.text, "THW")
    return drawn


def _runs(size: int, gap: int) -> list[int]:
    return [0] if gap == 1 else [gap * tap for tap in range(size)]


def _fill(effect: TemporalEffect | None, colors: Theme) -> str:
    """Return the color of the effect; frame-wise is slightly darker, because it is drawn on another box."""
    if not effect:
        return blend(colors.fills[TemporalEffect.FRAMEWISE], colors.line, 0.12)
    return colors.fills[effect]


def _frame_numbers(figure: KernelFigure, view: Isometric, colors: Theme) -> list[Element]:
    """Frames by number, from t=0, along the upper edge of the volume."""
    if figure.edges[0] not in figure.volume_axes:
        x, y = view.at(0.5, 0, 0)
        return [svg.text((x - 8, y - 4), "t=0", 11, colors.text, "end", font_weight="bold")]
    frames = figure.volume[0]
    marks = []
    for frame in range(frames):
        x, y = view.at(frame + 0.5, 0, 0)
        name = figure.by_axis[0][0].lower()
        words = f"{name}={frame}" if frame == 0 else str(frame)
        marks.append(svg.text((x - 4, y - 4), words, 11, colors.text, "end", font_weight="bold"))
    return marks


def _kernel_sizes(figure: KernelFigure, view: Isometric, colors: Theme) -> list[Element]:
    """Draw each size next to its edge; that of time is bold, at a thick edge."""
    (depth, t), (high, h), (wide, w) = figure.by_axis
    reach = figure.reach
    x, y = view.at(reach[0] / 2, 0, 0)
    drawn = [svg.polyline([view.at(0, 0, 0), view.at(reach[0], 0, 0)], stroke=colors.hot, stroke_width=4)]
    drawn.append(svg.text((x - 6, y - 6), f"{depth} {t}", 13, colors.text, "end", font_weight="bold"))
    x, y = view.at(0, reach[1] / 2, 0)
    drawn.append(svg.text((x - 7, y + 4), f"{high} {h}", 12, colors.text, "end"))
    if wide == "W" and high != "H" and wide not in figure.volume_axes:
        return drawn
    x, y = view.at(0, reach[1], reach[2] / 2)
    drawn.append(svg.text((x - 6, y + 13), f"{wide} {w}", 12, colors.text, "end"))
    return drawn


def _volume_sizes(figure: KernelFigure, view: Isometric, colors: Theme) -> list[Element]:
    t, h, w = figure.volume
    above = view.at(t, h, w)[0], view.at(t, 0, 0)[1] - 5
    words = "x".join(str(size) for axis, size in zip(figure.edges, figure.volume, strict=True)
                     if axis in figure.volume_axes)  # fmt: skip
    return [svg.text(above, words, 11, colors.text, "end")]


def _arrows(
    figure: KernelFigure, view: Isometric, starts: tuple[_Corner, _Corner, _Corner], colors: Theme
) -> list[Element]:
    """An arrow along each axis that the kernel moves on, with the strides it takes."""
    drawn: list[Element] = []
    for axis, strides in figure.slides:
        edge = figure.edges.index(axis)
        x, y = view.at(*starts[edge])
        across, down = EDGE_STEPS[edge]
        length = 22 + 6 * (min(max(strides), LONGEST_ARROWS[edge]) - 1)
        end = x + across * length, y + down * length
        drawn += svg.arrow((x, y), end, colors.text, 2)
        words = axis if strides == (1,) else f"{axis} +{','.join(map(str, strides))}"
        weight = "bold" if axis == "T" else "normal"
        dx, dy, anchor = ((4, 2, "start"), (-6, 5, "end"), (2, 12, "start"))[edge]
        drawn.append(svg.text((end[0] + dx, end[1] + dy), words, 12, colors.text, anchor, class_="move",
                              font_weight=weight))  # fmt: skip
    return drawn


def _caption(figure: KernelFigure, at: Point, colors: Theme, macs: int) -> list[Element]:
    room = COLUMN - 16
    drawn = [svg.text(at, svg.fitted(_name(figure), 16, room), 16, colors.text, font_weight="bold", class_="label")]
    for number, line in enumerate(_lines(figure, macs)):
        drawn.append(svg.text((at[0], at[1] + 18 + 15 * number), svg.fitted(line, 12, room), 12, colors.text))
    return drawn


def _name(figure: KernelFigure) -> str:
    words = [figure.label, figure.groups, "transposed" if figure.transposed else ""]
    return " ".join(word for word in words if word)


def _lines(figure: KernelFigure, macs: int) -> Iterable[str]:
    strides = ", ".join("x".join(map(str, stride)) for stride in figure.strides)
    yield f"stride {strides}"
    least_in, most_in, least_out, most_out = figure.channels
    yield f"{_range(least_in, most_in)} → {_range(least_out, most_out)} channels"
    share = f" ({100 * figure.macs / macs:.1f} %)" if macs else ""
    yield f"{short_count(figure.macs)} MACs{share}"
    yield _layers(figure)
    gaps = "x".join(map(str, figure.dilation))
    if max(figure.dilation) > 1:
        yield f"dilation {gaps}"


def _layers(figure: KernelFigure) -> str:
    if len(figure.layers) == 1:
        return figure.layers[0]
    return f"{len(figure.layers)} layers{f' in {figure.part}' if figure.part else ''}"


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def _sizes(extent: tuple[int, int, int]) -> tuple[float, float, float]:
    return float(extent[0]), float(extent[1]), float(extent[2])
