"""Feature maps as isometric boxes from left to right, all to one scale, networks one below the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import log
from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import LAYER_KINDS
from archcalc.core.problem import UsageError
from archcalc.core.shape import in_order
from archcalc.drawings.color import BY_KIND, BY_TIME
from archcalc.drawings.temporal_effect import TemporalEffect
from archcalc.render import svg
from archcalc.render.isometric import ALONG, Box
from archcalc.render.palette import THEMES, Paint, blend
from archcalc.render.svg_box import around, box_faces
from archcalc.render.svg_legend import ROW, legend_rows
from archcalc.render.volume_arrows import arrow_shape, routes_of
from archcalc.render.volume_ladder import ladder, ladder_routes
from archcalc.render.volume_layout import (
    CAPTION_LEFT,
    HEAD,
    MARGIN,
    NAME,
    PAGE,
    SMALL,
    WIDER,
    columns_of,
    scale_of,
    spots_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from archcalc.drawings.volume import VolumeArrow, VolumeBox, VolumeDrawing
    from archcalc.render.isometric import Isometric
    from archcalc.render.palette import Theme
    from archcalc.render.volume_arrows import Route
    from archcalc.render.volume_layout import Columns, Scale, Spot

ROOTS = {2: "square", 3: "cube", 4: "fourth"}
SMALLEST_FRAME = 1.7
MOST_NETWORKS = 12
PARENTS = 2
LEGEND = 110
"""About as high as the legend."""


@dataclass(frozen=True, slots=True)
class _Pen:
    """To which scale and in which colors."""

    scale: Scale
    colors: Theme
    color: str

    def paint(self, box: VolumeBox) -> Paint:
        """By what a box does to time, plain where there is no time, or by the kind of its layers."""
        return self.colors.kind(box.kind) if self.color == BY_KIND else self.colors.effect(box.effect)

    def line(self, effect: TemporalEffect | None) -> str | None:
        """Return the color of an arrow; none where there is no time or boxes are colored by something else."""
        return None if effect is None or self.color == BY_KIND else self.colors.fills[effect]

    @property
    def channels(self) -> str:
        """The color of bars."""
        return blend(self.colors.page, self.colors.text, 0.42)


def volume_svg(
    drawings: Sequence[VolumeDrawing], theme: str = "light", ratio: float | None = None, color: str = BY_TIME
) -> str:
    """Return the feature maps of networks, one network below the other; wide drawings break into several lines.

    With `ratio` lines break so that the picture comes near to this width divided by its height, and its page has it.

    Raises:
        UsageError: more than 12 networks.
    """
    if len(drawings) > MOST_NETWORKS:
        raise UsageError(f"{len(drawings)} networks; expected at most {MOST_NETWORKS} in one drawing")
    pen = _Pen(scale_of(drawings), THEMES[theme], color)
    rows = [each for each in drawings if not each.nested]
    columns = columns_of(rows, pen.scale) if ratio is None or not rows else _columns_in(rows, pen.scale, ratio)
    ends = [x + wide for x, wide in zip(columns.starts, columns.widths, strict=True)] if rows else []
    width = max(
        [640, *(MARGIN + end for end in ends), *(_u_width(each, pen.scale) for each in drawings if each.nested)]
    )
    elements: list[Element] = []
    top = float(MARGIN)
    for drawing in drawings:
        elements += _heading(drawing, top, width, pen.colors)
        if drawing.nested:
            spots, end, _ = ladder(drawing, pen.scale, top + HEAD)
            routes = ladder_routes(drawing, spots)
        else:
            spots, end = spots_of(drawing, pen.scale, columns, top + HEAD)
            routes = routes_of(drawing, spots)
        shown = _network(drawing, spots, routes, pen)
        elements.append(svg.group([*shown, *_left_out(drawing, spots, columns, pen.colors)], class_="network"))
        top = end
    legend, height = _legend(drawings, top + 8, width, pen)
    title = "Feature maps of " + ", ".join(each.name for each in drawings)
    return svg.page_of_shape(width, height + MARGIN, ratio, pen.colors.page, title, elements + legend)


def _u_width(drawing: VolumeDrawing, scale: Scale) -> float:
    return ladder(drawing, scale, 0)[2] + MARGIN


def _columns_in(drawings: Sequence[VolumeDrawing], scale: Scale, ratio: float) -> Columns:
    """Return the columns in lines of that length at which the picture comes nearest to a ratio of its sides."""
    rooms = range(PAGE // 2, 4 * PAGE + 1, PAGE // 20)
    every = {columns.starts: columns for columns in (columns_of(drawings, scale, room) for room in rooms)}
    return min(every.values(), key=lambda columns: abs(log(_ratio(drawings, scale, columns) / ratio)))


def _ratio(drawings: Sequence[VolumeDrawing], scale: Scale, columns: Columns) -> float:
    width = max(x + wide for x, wide in zip(columns.starts, columns.widths, strict=True)) + MARGIN
    height = 2 * MARGIN + LEGEND + sum(spots_of(each, scale, columns, HEAD)[1] for each in drawings)
    return width / height


def _heading(drawing: VolumeDrawing, top: float, width: float, colors: Theme) -> list[Element]:
    room = width - 2 * MARGIN
    words = drawing.title + (f" ({drawing.cut_rows} more rows left out)" if drawing.cut_rows else "")
    drawn = [svg.text((MARGIN, top + 18), svg.fitted(drawing.name, 20, room), 20, colors.text, font_weight="bold")]
    if words:
        drawn.append(svg.text((MARGIN, top + 39), svg.fitted(words, NAME, room), NAME, colors.text))
    return drawn


def _network(
    drawing: VolumeDrawing, spots: Sequence[Spot], routes: Mapping[VolumeArrow, Route], pen: _Pen
) -> list[Element]:
    drawn = [arrow_shape(route, pen.line(arrow.effect), arrow.words, pen.colors)
             for arrow, route in routes.items()]  # fmt: skip
    for number, (box, spot) in enumerate(zip(drawing.boxes, spots, strict=True)):
        others = [drawing.boxes[each.source].name for each in drawing.arrows
                 if each.target == number and each not in routes]  # fmt: skip
        shape = _vector(spot, pen) if box.is_vector else _solid(box, spot, pen)
        caption = _caption(box, others, spot, pen)
        drawn.append(svg.of_layers([*shape, *caption], box.paths, class_="map"))
    return drawn


def _solid(box: VolumeBox, spot: Spot, pen: _Pen) -> list[Element]:
    """The box, lines between its frames, and its sizes."""
    size = pen.scale.size(box)
    view, solid = spot.view(size, pen.scale.step), Box((0, 0, 0), size)
    drawn = box_faces(solid, view, pen.paint(box), pen.colors, class_="volume")
    frames = box.size[0]
    if "T" in box.axes and size[0] * pen.scale.step * ALONG / frames >= SMALLEST_FRAME:
        lines = [around(solid, view, "T", frame / frames) for frame in range(1, frames)]
        drawn.append(svg.group([svg.polyline(each, stroke=pen.colors.line, stroke_width=0.5) for each in lines],
                               class_="frames"))  # fmt: skip
    return drawn + _sizes(box, solid, view, pen)


def _sizes(box: VolumeBox, solid: Box, view: Isometric, pen: _Pen) -> list[Element]:
    """Draw each size next to its edge; that of time is bold, at a thick edge."""
    t, h, w = solid.size
    colors = pen.colors
    drawn: list[Element] = []
    if "T" in box.axes:
        drawn.append(svg.polyline([view.at(0, 0, 0), view.at(t, 0, 0)], stroke=colors.hot, stroke_width=4))
    beside = (t / 2, 0, 0, -5, -5), (0, h / 2, 0, -6, 4), (0, h, w / 2, -5, 13)
    places = dict(zip(box.edges, beside, strict=True))
    sizes = dict(zip(box.edges, box.size, strict=True))
    for axis in box.axes:
        *corner, right, down = places[axis]
        x, y = view.at(*corner)
        weight, high = ("bold", NAME) if axis == "T" else ("normal", SMALL)
        words = f"{axis} {sizes[axis]}"
        drawn.append(svg.text((x + right, y + down), words, high, colors.text, "end", font_weight=weight, class_=axis))
    return drawn


def _vector(spot: Spot, pen: _Pen) -> list[Element]:
    return [svg.element("rect", x=spot.left, y=spot.middle - spot.height / 2, width=spot.width, height=spot.height,
                        fill=pen.channels, stroke=pen.colors.line, class_="vector")]  # fmt: skip


def _caption(box: VolumeBox, others: Sequence[str], spot: Spot, pen: _Pen) -> list[Element]:
    """Channels as a bar and in words, then the name, the shape and the receptive field."""
    x, y, room = spot.column + CAPTION_LEFT, spot.below, spot.room
    drawn: list[Element] = []
    bar = 0.0
    if not box.is_vector:
        bar = pen.scale.bar(box.channels)
        drawn.append(svg.element("rect", x=x, y=y, width=bar, height=9, fill=pen.channels, class_="channels"))
        bar += 6
    drawn.append(svg.text((x + bar, y + 9), f"C {box.channels}", SMALL, pen.colors.text, class_="C"))
    y += 28
    for line in svg.wrapped(_name(box.name, room), NAME * WIDER, room):
        drawn.append(svg.text((x, y), line, NAME, pen.colors.text, font_weight="bold", class_="name"))
        y += 18
    drawn.append(svg.text((x, y), svg.fitted(box.shape, NAME, room), NAME, pen.colors.text, class_="shape"))
    lines = [box.field_words] if box.field else []
    lines += svg.wrapped(f"and from {_few(others)}", SMALL, room) if others else []
    for line in lines:
        y += 17
        drawn.append(svg.text((x, y), svg.fitted(line, SMALL, room), SMALL, pen.colors.text))
    return drawn


def _name(name: str, room: float) -> str:
    """Return the name; of a path that is too long the first and the last segments that fit, or only the last one."""
    return " ".join(map(partial(_path, room=room), name.split(" ")))


def _path(path: str, room: float) -> str:
    head, _, last = path.rpartition(".")
    while head and svg.text_width(path, NAME * WIDER) > room:
        head = head.rpartition(".")[0]
        path = f"{head}…{last}"
    return path


def _few(names: Sequence[str]) -> str:
    more = len(names) - PARENTS
    return ", ".join(names[:PARENTS]) + (f" and {more} more" if more > 0 else "")


def _left_out(drawing: VolumeDrawing, spots: Sequence[Spot], columns: Columns, colors: Theme) -> list[Element]:
    if drawing.cut is None:
        return []
    column, count = drawing.cut
    line = [spot for spot in spots if spot.line == columns.lines[column]] or list(spots[:1])
    at = columns.starts[column] + columns.widths[column] / 2, line[0].middle
    return [svg.text(at, "· · ·", 26, colors.text, "middle"),
            svg.text((at[0], at[1] + 22), f"{count:,} boxes left out", SMALL, colors.text, "middle")]  # fmt: skip


def _legend(drawings: Sequence[VolumeDrawing], top: float, width: float, pen: _Pen) -> tuple[list[Element], float]:
    """What colors mean, and to which scale things are drawn; and where that ends."""
    drawn, rows = legend_rows(_key(drawings, pen), (MARGIN, top), width - 2 * MARGIN, pen.colors)
    top += rows * ROW
    for line in _remarks(drawings, pen.scale):
        for words in svg.wrapped(line, SMALL, width - 2 * MARGIN, 3):
            top += 17
            drawn.append(svg.text((MARGIN, top), words, SMALL, pen.colors.text, class_="remark"))
    return drawn, top


def _key(drawings: Sequence[VolumeDrawing], pen: _Pen) -> list[tuple[str, Paint]]:
    if pen.color == BY_KIND:
        kinds = {box.kind for drawing in drawings for box in drawing.boxes}
        return [(kind, pen.colors.kind(kind)) for kind in LAYER_KINDS if kind in kinds]
    effects = {each.effect for drawing in drawings for each in drawing.arrows}
    return [(each.meaning, pen.colors.effect(each)) for each in TemporalEffect if each in effects]


def _remarks(drawings: Sequence[VolumeDrawing], scale: Scale) -> Iterable[str]:
    present = {axis for drawing in drawings for box in drawing.boxes for axis in box.axes}
    axes = in_order(present)
    edges = f"{', '.join(axes[:-1])} and {axes[-1]}" if len(axes) > 1 else "".join(axes)
    if axes and scale.root > 1:
        times = 2**scale.root
        yield f"Edges are the {ROOTS[scale.root]} roots of {edges}: {times} times as much is drawn 2 times as long."
    elif axes:
        yield f"Edges are as long as {edges}."
    if any(scale.is_lengthened(box) for drawing in drawings for box in drawing.boxes):
        yield "Very short edges are drawn longer, so that they can be seen."
    yield "All boxes have one scale, and all bars." + (
        " Lines on a box part its frames, where there is room." if "T" in axes else ""
    )
    yield "Bars: channels C, by their square roots; a bar alone is a vector, with no grid left."
    yield f"Sizes: channels, then the grid. Field: receptive field ({drawings[0].rf}) in the first input."
