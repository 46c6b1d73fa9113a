"""A network unrolled in time, as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render import svg
from archcalc.render.palette import THEMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from archcalc.drawings.unroll import Row, UnrollDrawing
    from archcalc.render.palette import Theme

ROW, HEIGHT = 84, 30
ROOM, GAP, LEAST = 6, 12, 80
"""Space around the longest label, between columns, and the width of the narrowest column."""
TITLE, LABEL = 16, 12
TOP, SIDE = 56, 24
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
    height = TOP + len(drawing.rows) * ROW
    spots = [_spots(row, most, titles, cell, number) for number, row in enumerate(drawing.rows)]
    parts = [_text((width / 2, TOP / 2 - 4), drawing.title, colors, TITLE)]
    parts += [_text((width / 2, TOP / 2 + 18), REMARK, colors, LABEL), *_lines(drawing, spots, colors)]
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


def _row(row: Row, spots: list[svg.Point], cell: float, colors: Theme) -> Iterator[Element]:
    fill = colors.plain if row.effect is None else colors.fills[row.effect]
    yield _text((SIDE, spots[0][1]), row.title, colors, LABEL, "start")
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
