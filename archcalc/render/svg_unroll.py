"""A network unrolled in time, as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render import svg
from archcalc.render.palette import THEMES, Paint
from archcalc.render.svg_legend import legend_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from archcalc.drawings.unroll import Feature, Row, UnrollDrawing
    from archcalc.render.palette import Theme

ROW, HEIGHT = 84, 30
ROOM, GAP, LEAST = 6, 12, 80
"""Space around the longest label, between columns, and the width of the narrowest column."""
TITLE, LABEL, SMALL = 16, 12, 11
TOP, SIDE = 56, 24
STUB, LEGEND_ROW = 13, 26
DASHED = "also depends on features to this side that are not drawn"
REMARK = "t: the frames that a feature depends on, counted from 0"
LETTER = 7.2
"""The largest width of a letter of a layer's title, in pixels at its size of 12."""


def unroll_svg(drawing: UnrollDrawing, theme: str = "light") -> str:
    """Return frames from left to right, layers from top to bottom, lines from each feature to those that it reads."""
    colors = THEMES[theme]
    titles = SIDE + LETTER * max(len(row.title) for row in drawing.rows) + SIDE
    most = max(map(_length, drawing.rows))
    cell = _cell(drawing)
    width = max(titles + most * (cell + GAP) + SIDE, svg.text_width(drawing.title, TITLE) + 2 * SIDE)
    foot = TOP + len(drawing.rows) * ROW
    legend, rows = legend_rows(_key(drawing, colors), (SIDE, foot), width - 2 * SIDE, colors)
    hidden = any(feature.reads_before or feature.reads_after for row in drawing.rows for feature in row.features)
    height = foot + rows * LEGEND_ROW + hidden * ROW / 3 + SIDE * (bool(rows) or hidden) / 2
    spots = [_spots(row, most, titles, cell, number) for number, row in enumerate(drawing.rows)]
    parts = [_text((width / 2, TOP / 2 - 4), drawing.title, colors, TITLE)]
    parts += [_text((width / 2, TOP / 2 + 18), REMARK, colors, LABEL), *_lines(drawing, spots, colors)]
    parts += [*legend, *(_dashed_key((SIDE, foot + rows * LEGEND_ROW), colors) if hidden else ())]
    for row, places in zip(drawing.rows, spots, strict=True):
        parts.append(svg.of_layers(_row(row, places, cell, colors), row.paths, class_="row"))
    return svg.page(round(width), height, colors.page, drawing.title, parts)


def _length(row: Row) -> int:
    return bool(row.before) + len(row.features) + bool(row.left_out)


def _spots(row: Row, most: int, left: float, cell: float, number: int) -> list[svg.Point]:
    """The centers of the features of a row, and of the one after them."""
    first = bool(row.before) + (most - _length(row)) / 2
    return [_spot(first + at, left, cell, number) for at in range(len(row.features) + 1)]


def _cell(drawing: UnrollDrawing) -> float:
    """The width of every feature: as the longest label needs it."""
    labels = [feature.label for row in drawing.rows for feature in row.features]
    return max(LEAST, *(svg.text_width(label, LABEL) + ROOM for label in labels))


def _spot(column: float, left: float, cell: float, number: int) -> svg.Point:
    """The center of a feature; a row that is shorter than the longest is centered."""
    return left + (column + 0.5) * (cell + GAP), TOP + number * ROW + HEIGHT


def _lines(drawing: UnrollDrawing, spots: list[list[svg.Point]], colors: Theme) -> Iterator[Element]:
    for row, places in zip(drawing.rows, spots, strict=True):
        for feature, (x, y) in zip(row.features, places, strict=False):
            for source, at in feature.reads:
                left, top = spots[source][at]
                yield svg.element("line", x1=x, y1=y - HEIGHT / 2, x2=left, y2=top + HEIGHT / 2, stroke=colors.line,
                                  stroke_width=1.2)  # fmt: skip
            for aside in _asides(feature):
                yield _dashed((x, y - HEIGHT / 2), (x + aside * STUB, y - HEIGHT / 2 - STUB), colors)


def _asides(feature: Feature) -> list[int]:
    """To which sides features lie that it reads and that are not drawn: -1 for earlier ones, 1 for later ones."""
    return [-1] * feature.reads_before + [1] * feature.reads_after


def _dashed(start: svg.Point, end: svg.Point, colors: Theme) -> Element:
    return svg.element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=colors.text, stroke_width=1.6,
                       stroke_dasharray="3 2.5", class_="not-drawn")  # fmt: skip


def _key(drawing: UnrollDrawing, colors: Theme) -> list[tuple[str, Paint]]:
    """What the colors of rows mean, the weakest effect first."""
    effects = {row.effect for row in drawing.rows if row.effect is not None}
    return [(effect.meaning, Paint(colors.fills[effect])) for effect in sorted(effects)]


def _dashed_key(at: svg.Point, colors: Theme) -> Iterator[Element]:
    y = at[1] + 8
    yield _dashed(at, (at[0] + STUB, y + STUB - 8), colors)
    yield _text((at[0] + STUB + 8, y), DASHED, colors, LABEL, "start")


def _row(row: Row, spots: list[svg.Point], cell: float, colors: Theme) -> Iterator[Element]:
    fill = colors.plain if row.effect is None else colors.fills[row.effect]
    yield _text((SIDE, spots[0][1] - (7 if row.effect is not None else 0)), row.title, colors, LABEL, "start")
    if row.effect is not None:
        yield _text((SIDE, spots[0][1] + 8), row.effect.meaning.partition(" ")[0], colors, SMALL, "start")
    if row.before:
        yield _text((spots[0][0] - cell - GAP, spots[0][1]), f"{row.before} before …", colors, LABEL)
    for (x, y), feature in zip(spots, row.features, strict=False):
        yield svg.element("rect", x=x - cell / 2, y=y - HEIGHT / 2, width=cell, height=HEIGHT, rx=4, fill=fill,
                          stroke=colors.line)  # fmt: skip
        yield _text((x, y), feature.label, colors, LABEL)
    if row.left_out:
        yield _text(spots[len(row.features)], f"… {row.left_out} more", colors, LABEL)


def _text(at: svg.Point, words: str, colors: Theme, size: float, anchor: str = "middle") -> Element:
    return svg.text(at, words, size, colors.text, anchor, dominant_baseline="central")
