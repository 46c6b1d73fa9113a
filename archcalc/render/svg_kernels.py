"""Kernels as isometric boxes, a kernel to a cell: all kernels to one scale, all volumes to another.

Where the volumes are small enough both scales are one, and each kernel lies in the volume that it slides over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from math import ceil, log
from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import LAYER_KINDS
from archcalc.core.problem import UsageError
from archcalc.drawings.color import BY_KIND, BY_TIME
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

COLUMN, CAPTION, BELOW = 250, 138, 40
"""Width of a column; height of a caption; from the picture above it to its first line."""
PICTURE = (214, 220)
LEAST, BETWEEN = 140, 30
"""A picture is no lower than this, nor than its kernel and its volume with so much between them."""
MARGIN, HEAD, LEGEND, LINE = 24, 56, 26, 16
LEAST_WIDTH, MOST_OTHERS = 500, 3
"""A page is no narrower, so that titles are not broken into many lines; kinds of other layers that are named."""
KERNEL_ROOM, VOLUME_ROOM = (112, 118), (96, 88)
LARGEST_STEP, SMALLEST_STEP = 18, 12
LONGEST_GAP, THIN = 6, 5.0
"""Dilation of an enlarged kernel; the least edge of a volume."""
MOST_FIGURES = 200
MOST_COLUMNS = 4
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


@dataclass(frozen=True, slots=True)
class _Pen:
    """The colors of a theme, and what they mean."""

    colors: Theme
    color: str

    def effect(self, effect: TemporalEffect | None) -> Paint:
        """By the effect on time; frame-wise is slightly darker, as it is drawn on another box. Cells hide a hatch."""
        painted = self.colors.effect(effect or TemporalEffect.FRAMEWISE)
        fill = painted.fill if effect else blend(painted.fill, self.colors.line, 0.12)
        return replace(painted, fill=fill, hatch=0)

    def paint(self, figure: KernelFigure) -> Paint:
        """Return how a kernel is drawn."""
        if self.color == BY_KIND:
            return replace(self.colors.kind(figure.kind), hatch=0)
        return self.effect(figure.effect)


def kernels_svg(
    drawings: Sequence[KernelsDrawing], theme: str = "light", color: str = BY_TIME, ratio: float | None = None
) -> str:
    """The kernels of networks; of one network in rows, of several side by side in a column each.

    With `ratio` the rows of one network have as many kernels as bring the picture near to this width divided by its
    height, and its page has it.

    Raises:
        UsageError: no network has a kernel, or all of them have more than 200.
    """
    figures = [figure for drawing in drawings for figure in drawing.kernels]
    if not figures:
        raise UsageError(" ".join(map(_no_kernel, drawings)))
    if len(figures) > MOST_FIGURES:
        raise UsageError(f"{len(figures)} kernels; expected at most {MOST_FIGURES} in one drawing")
    scales, pen = _scales(figures), _Pen(THEMES[theme], color)
    columns = _columns(drawings, scales, ratio)
    width = max(len(columns) * COLUMN, LEAST_WIDTH)
    room = (width if len(drawings) == 1 else COLUMN) - 16
    headings = [_heading_lines(drawing, room) for drawing in drawings]
    elements: list[Element] = []
    for number, (drawing, lines) in enumerate(zip(drawings, headings, strict=True)):
        elements += _heading(drawing.name, lines, MARGIN + number * COLUMN, room, pen.colors)
    height: float = MARGIN + HEAD + LINE * max(map(len, headings))
    for row in zip_longest(*columns):
        tall = max(_height(cell[0], scales) for cell in row if cell)
        for place, cell in enumerate(row):
            if cell:
                at = MARGIN + place * COLUMN, height
                shown = _figure(cell, at, tall, scales, pen)
                elements.append(svg.of_layers(shown, cell[0].layers, class_="kernel"))
        height += tall + CAPTION
    legend, rows = legend_rows(_key(figures, pen), (MARGIN, height), width, pen.colors)
    title = "Kernels of " + ", ".join(each.name for each in drawings)
    size = 2 * MARGIN + width, height + rows * LEGEND + MARGIN
    return svg.page_of_shape(*size, ratio, pen.colors.page, title, [*elements, *legend])


def _key(figures: Sequence[KernelFigure], pen: _Pen) -> list[tuple[str, Paint]]:
    if pen.color == BY_KIND:
        kinds = {figure.kind for figure in figures}
        return [(kind, pen.colors.kind(kind)) for kind in LAYER_KINDS if kind in kinds]
    effects = sorted({figure.effect for figure in figures if figure.effect is not None})
    return [(each.meaning, pen.effect(each)) for each in effects]


def _no_kernel(drawing: KernelsDrawing) -> str:
    """Say what a network without a kernel has instead."""
    shares = [f"{_share(macs, drawing.macs)} {kind}" for kind, macs in drawing.others[:MOST_OTHERS]]
    has = f"; its multiply-accumulates are {', '.join(shares)}" if shares else ""
    return f"{drawing.name} has no convolution{has}; expected a kernel to draw"


def _share(part: int, whole: int) -> str:
    """Return a part in percent; what is not 0 is not written as 0, and what is not all is not written as 100."""
    percent = 100 * part / whole if whole else 0.0
    if part < whole and percent >= 99.95:
        return ">99.9%"
    return "<0.1%" if 0 < percent < 0.05 else f"{percent:.1f}%"


def _columns(drawings: Sequence[KernelsDrawing], scales: _Scales, ratio: float | None) -> list[list[_Cell]]:
    """Kernels and the MACs of their networks: of one network a row or more, of several a column to a network."""
    networks = [[(figure, drawing.macs) for figure in drawing.kernels] for drawing in drawings]
    if len(networks) > 1:
        return networks
    (cells,) = networks
    if ratio is None:
        return _in_rows(cells, MOST_COLUMNS)
    tried = [_in_rows(cells, count) for count in range(1, len(cells) + 1)]
    return min(tried, key=lambda columns: abs(log(_ratio(columns, scales) / ratio)))


def _in_rows(cells: Sequence[_Cell], most: int) -> list[list[_Cell]]:
    """Return the cells by columns, in as many rows as they need, which are about equally long."""
    rows = ceil(len(cells) / most)
    count = ceil(len(cells) / rows)
    return [list(cells[at::count]) for at in range(count)]


def _ratio(columns: Sequence[Sequence[_Cell]], scales: _Scales) -> float:
    tall = sum(CAPTION + max(_height(cell[0], scales) for cell in row if cell) for row in zip_longest(*columns))
    return (2 * MARGIN + max(len(columns) * COLUMN, LEAST_WIDTH)) / (2 * MARGIN + HEAD + 3 * LINE + LEGEND + tall)


def _height(figure: KernelFigure, scales: _Scales) -> float:
    """How high the picture of a kernel has to be."""
    if scales.within:
        return PICTURE[1]
    kernel, volume = outline(_reach(figure), scales.kernel)[1], outline(figure.volume, scales.volume)[1]
    return min(PICTURE[1], max(LEAST, kernel + volume + BETWEEN))


def _scales(figures: Sequence[KernelFigure]) -> _Scales:
    both = min(fits(figure.volume, *PICTURE) for figure in figures)
    if both >= SMALLEST_STEP:
        step = min(both, LARGEST_STEP)
        return _Scales(step, step)
    kernel = min(LARGEST_STEP, *(fits(_reach(figure), *KERNEL_ROOM) for figure in figures))
    return _Scales(kernel, min(fits(figure.volume, *VOLUME_ROOM) for figure in figures))


def _heading_lines(drawing: KernelsDrawing, width: float) -> list[str]:
    """The title, the input, and which share of the arithmetic has no kernel and is not shown."""
    lines = [*svg.wrapped(drawing.title, 12, width), f"{drawing.input} ({'x'.join(drawing.axes)})"]
    if drawing.others:
        shown = drawing.macs - sum(macs for _, macs in drawing.others)
        rest = [f"{kind} {_share(macs, drawing.macs)}" for kind, macs in drawing.others[:MOST_OTHERS]]
        more = len(drawing.others) - MOST_OTHERS
        rest += [f"{more} more"] if more > 0 else []
        words = f"Kernels: {_share(shown, drawing.macs)} of the MACs. Not shown: {', '.join(rest)}."
        lines += svg.wrapped(words, 12, width, 4)
    return lines


def _heading(name: str, lines: Sequence[str], x: float, width: float, colors: Theme) -> list[Element]:
    title = svg.text((x, MARGIN + 16), svg.fitted(name, 18, width), 18, colors.text, font_weight="bold")
    return [title, *(svg.text((x, MARGIN + 36 + LINE * number), svg.fitted(line, 12, width), 12, colors.text,
                              class_="heading")
                     for number, line in enumerate(lines))]  # fmt: skip


def _figure(cell: _Cell, at: Point, height: float, scales: _Scales, pen: _Pen) -> list[Element]:
    figure, macs = cell
    drawn = _within(figure, at, scales, pen) if scales.within else _separate(figure, at, height, scales, pen)
    return drawn + _caption(figure, (at[0], at[1] + height + BELOW), pen.colors, macs, within=scales.within)


def _within(figure: KernelFigure, at: Point, scales: _Scales, pen: _Pen) -> list[Element]:
    """The kernel at the first place of its volume, arrows along the volume's faces."""
    colors = pen.colors
    step = scales.kernel
    width, height = outline(figure.volume, step)
    x, y = at[0] + 12 + (PICTURE[0] - width) / 2, at[1] + (PICTURE[1] - height) / 2 + figure.volume[0] * DOWN * step
    view = Isometric(x, y, step)
    volume = Box((0, 0, 0), _sizes(figure.volume))
    drawn = box_faces(volume, view, Paint(colors.plain), colors, faint=True, class_="volume")
    drawn += cells(volume, view, colors.line, "T")
    drawn += _kernel_boxes(figure, view, scales, pen)
    drawn += _frame_numbers(figure, view, colors)
    t, h, w = figure.reach
    starts = (t, 0, w / 2), (0, h, w / 2), (0, h / 2, w)
    return drawn + _arrows(figure, view, starts, colors)


def _separate(figure: KernelFigure, at: Point, tall: float, scales: _Scales, pen: _Pen) -> list[Element]:
    """Return the enlarged kernel, and its volume with the kernel at true size in the background."""
    colors = pen.colors
    whole = _thick(_sizes(figure.volume), scales.volume)
    far = Isometric(at[0] + PICTURE[0] - outline(whole, scales.volume)[0] + 22,
                    at[1] + 14 + whole[0] * DOWN * scales.volume, scales.volume)  # fmt: skip
    step = scales.kernel
    t, h, w = _reach(figure)
    width, height = outline(_reach(figure), step)
    near = Isometric(at[0] + 34 + (KERNEL_ROOM[0] - width) / 2,
                     at[1] + tall - 22 - height + t * DOWN * step, step)  # fmt: skip
    volume = Box((0, 0, 0), whole)
    drawn = box_faces(volume, far, Paint(colors.plain), colors, faint=True, class_="volume")
    true_size = Box((0, 0, 0), _thick(_sizes(figure.reach), scales.volume, THIN / 3))
    drawn += _lines_between(true_size, (t, h, w), near, far, colors)
    drawn += box_faces(true_size, far, Paint(pen.paint(figure).fill), colors, class_="true-size")
    drawn += _volume_sizes(figure, far, colors)
    drawn += _kernel_boxes(figure, near, scales, pen) + _kernel_sizes(figure, near, colors)
    starts = (t, h / 2, w), (0, h, w), (t / 2, h, w)
    return drawn + _arrows(figure, near, starts, colors)


def _lines_between(true_size: Box, size: _Corner, near: Isometric, far: Isometric, colors: Theme) -> list[Element]:
    """From the kernel in its volume to the kernel enlarged."""
    enlarged = Box((0, 0, 0), size)
    ends = [(far.at(*true_size.corner(*each)), near.at(*enlarged.corner(*each))) for each in ((1, 0, 0), (1, 1, 1))]
    return [svg.polyline(line, stroke=colors.line, stroke_width=0.8, stroke_dasharray="3 3") for line in ends]


def _thick(size: _Corner, scale: float, least: float = THIN) -> _Corner:
    """Return a size with every edge long enough to be seen."""
    t, h, w = (max(each, least / scale) for each in size)
    return t, h, w


def _gaps(figure: KernelFigure) -> tuple[int, int, int]:
    """Return the dilation as it is drawn: long gaps are shortened, else a kernel would be a line."""
    t, h, w = (min(gap, LONGEST_GAP) for gap in figure.dilation)
    return t, h, w


def _reach(figure: KernelFigure) -> tuple[int, int, int]:
    """Return the extent of a kernel as it is drawn."""
    t, h, w = (gap * (size - 1) + 1 for size, gap in zip(figure.size, _gaps(figure), strict=True))
    return t, h, w


def _kernel_boxes(figure: KernelFigure, view: Isometric, scales: _Scales, pen: _Pen) -> list[Element]:
    """A box for the kernel; with a dilation one for each run of taps, far ones first."""
    gaps = figure.dilation if scales.within else _gaps(figure)
    runs = [_runs(size, gap) for size, gap in zip(figure.size, gaps, strict=True)]
    starts = [(t, h, w) for t in reversed(runs[0]) for h in reversed(runs[1]) for w in runs[2]]
    size = [1 if gap > 1 else length for length, gap in zip(figure.size, figure.dilation, strict=True)]
    drawn: list[Element] = []
    for start in starts:
        box = Box(start, (size[0], size[1], size[2]))
        drawn += box_faces(box, view, pen.paint(figure), pen.colors, class_="kernel-box")
        drawn += cells(box, view, pen.colors.text, "THW")
    return drawn


def _runs(size: int, gap: int) -> list[int]:
    return [0] if gap == 1 else [gap * tap for tap in range(size)]


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
    reach = _reach(figure)
    x, y = view.at(reach[0] / 2, 0, 0)
    drawn = [svg.polyline([view.at(0, 0, 0), view.at(reach[0], 0, 0)], stroke=colors.hot, stroke_width=4)]
    drawn.append(svg.text((x - 6, y - 6), f"{depth} {t}", 13, colors.text, "end", font_weight="bold"))
    if len(figure.volume_axes) == 1:
        return drawn
    x, y = view.at(0, reach[1] / 2, 0)
    drawn.append(svg.text((x - 7, y + 4), f"{high} {h}", 12, colors.text, "end"))
    if wide == "W" and high != "H" and wide not in figure.volume_axes:
        return drawn
    x, y = view.at(0, reach[1], reach[2] / 2)
    drawn.append(svg.text((x - 6, y + 13), f"{wide} {w}", 12, colors.text, "end"))
    return drawn


def _volume_sizes(figure: KernelFigure, view: Isometric, colors: Theme) -> list[Element]:
    t, h, w = _thick(_sizes(figure.volume), view.scale)
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


def _caption(figure: KernelFigure, at: Point, colors: Theme, macs: int, *, within: bool) -> list[Element]:
    room = COLUMN - 16
    drawn = [svg.text(at, svg.fitted(_name(figure), 16, room), 16, colors.text, font_weight="bold", class_="label")]
    for number, line in enumerate(_lines(figure, macs, within=within)):
        drawn.append(svg.text((at[0], at[1] + 18 + 15 * number), svg.fitted(line, 12, room), 12, colors.text))
    return drawn


def _name(figure: KernelFigure) -> str:
    words = [figure.label, figure.groups, "transposed" if figure.transposed else ""]
    return " ".join(word for word in words if word)


def _lines(figure: KernelFigure, macs: int, *, within: bool) -> Iterable[str]:
    strides = ", ".join("x".join(map(str, stride)) for stride in figure.strides)
    yield f"stride {strides}"
    least_in, most_in, least_out, most_out = figure.channels
    ways = f"{_range(least_in, most_in)} → {_range(least_out, most_out)}"
    words = f"{ways} channels"
    yield words if svg.text_width(words, 12) <= COLUMN - 16 else f"C {ways}"
    share = f" ({_share(figure.macs, macs)})" if macs else ""
    yield f"{short_count(figure.macs)} MACs{share}"
    yield _layers(figure)
    gaps = "x".join(map(str, figure.dilation))
    if max(figure.dilation) > 1:
        shorter = ", drawn shorter" if _gaps(figure) != figure.dilation and not within else ""
        yield f"dilation {gaps}{shorter}"


def _layers(figure: KernelFigure) -> str:
    if len(figure.layers) == 1:
        return figure.layers[0]
    return f"{len(figure.layers)} layers{f' in {figure.part}' if figure.part else ''}"


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def _sizes(extent: tuple[int, int, int]) -> tuple[float, float, float]:
    return float(extent[0]), float(extent[1]), float(extent[2])
