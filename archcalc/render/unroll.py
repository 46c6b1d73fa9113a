"""A network unrolled in time, as SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from archcalc.render.palette import THEMES
from archcalc.render.svg import text_width

if TYPE_CHECKING:
    from archcalc.drawings.unroll import Row, UnrollDrawing
    from archcalc.render.palette import Theme

ROW, HEIGHT = 84, 30
ROOM, GAP, LEAST = 6, 12, 80
"""Beside the letters of the longest label, between columns, and the narrowest column."""
LABEL = 12
TOP, SIDE = 56, 24
LETTER = 7.2
"""How wide a letter of a title is at most, in pixels at its size of 12."""
FONT = "Helvetica, Arial, sans-serif"


def unroll_svg(drawing: UnrollDrawing, theme: str = "light") -> str:
    """Frames from left to right, layers from top to bottom, lines from each feature to those that it reads."""
    colors = THEMES[theme]
    titles = SIDE + LETTER * max(len(row.title) for row in drawing.rows) + SIDE
    most = max(map(_length, drawing.rows))
    cell = _cell(drawing)
    width = max(titles + most * (cell + GAP) + SIDE, text_width(drawing.title, 16) + 2 * SIDE)
    height = TOP + len(drawing.rows) * ROW
    spots = [[_spot(at + (most - _length(row)) / 2, titles, cell, number) for at in range(len(row.features) + 1)]
             for number, row in enumerate(drawing.rows)]  # fmt: skip
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}">',
        f'<rect width="100%" height="100%" fill="{colors.page}"/>',
        _text(width / 2, TOP / 2, drawing.title, colors, size=16),
    ]
    for number, row in enumerate(drawing.rows):
        parts += [
            f'<line x1="{x:.1f}" y1="{y - HEIGHT / 2:.1f}" x2="{spots[source][at][0]:.1f}" '
            f'y2="{spots[source][at][1] + HEIGHT / 2:.1f}" stroke="{colors.line}" stroke-width="1.2"/>'
            for column, feature in enumerate(row.features)
            for x, y in [spots[number][column]]
            for source, at in feature.reads
        ]
    for number, row in enumerate(drawing.rows):
        parts += _row(row, spots[number], cell, colors)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _length(row: Row) -> int:
    return len(row.features) + bool(row.left_out)


def _cell(drawing: UnrollDrawing) -> float:
    """How wide every feature is drawn: as the longest label needs it."""
    labels = [feature.label for row in drawing.rows for feature in row.features]
    return max(LEAST, *(text_width(label, LABEL) + ROOM for label in labels))


def _spot(column: float, left: float, cell: float, number: int) -> tuple[float, float]:
    """The middle of a feature; a row shorter than the longest stands in its middle, and so between columns."""
    return left + (column + 0.5) * (cell + GAP), TOP + number * ROW + HEIGHT


def _row(row: Row, spots: list[tuple[float, float]], cell: float, colors: Theme) -> list[str]:
    fill = colors.plain if row.effect is None else colors.fills[row.effect]
    parts = [_text(SIDE, spots[0][1], row.title, colors, size=12, anchor="start")]
    for (x, y), feature in zip(spots, row.features, strict=False):
        parts.append(
            f'<rect x="{x - cell / 2:.1f}" y="{y - HEIGHT / 2:.1f}" width="{cell:.1f}" height="{HEIGHT}" rx="4" '
            f'fill="{fill}" stroke="{colors.line}"/>'
        )
        parts.append(_text(x, y, feature.label, colors, size=LABEL))
    if row.left_out:
        x, y = spots[len(row.features)]
        parts.append(_text(x, y, f"… {row.left_out} more", colors, size=LABEL))
    return parts


def _text(x: float, y: float, text: str, colors: Theme, *, size: int, anchor: str = "middle") -> str:
    plain = escape("".join(each if each.isprintable() else " " for each in text))
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" dominant-baseline="central"'
    return f'<text {place} font-size="{size}" fill="{colors.text}">{plain}</text>'
