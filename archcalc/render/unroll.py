"""A network unrolled in time, as SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from archcalc.render.palette import THEMES
from archcalc.render.svg import text_width

if TYPE_CHECKING:
    from archcalc.render.palette import Theme
    from archcalc.view.drawing.unroll import Row, UnrollDrawing

COLUMN, ROW = 104, 84
WIDTH, HEIGHT = 88, 30
TOP, SIDE = 56, 24
LETTER = 7.2
"""How wide a letter of a title is at most, in pixels at its size of 12."""
FONT = "Helvetica, Arial, sans-serif"


def unroll_svg(drawing: UnrollDrawing, theme: str = "light") -> str:
    """Frames from left to right, layers from top to bottom, lines from each feature to those that it reads."""
    colours = THEMES[theme]
    titles = SIDE + LETTER * max(len(row.title) for row in drawing.rows) + SIDE
    most = max(len(row.features) + bool(row.left_out) for row in drawing.rows)
    width = max(titles + most * COLUMN + SIDE, text_width(drawing.title, 16) + 2 * SIDE)
    height = TOP + len(drawing.rows) * ROW
    spots = [[_spot(row, at, most, titles, number) for at in range(len(row.features) + 1)]
             for number, row in enumerate(drawing.rows)]  # fmt: skip
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}">',
        f'<rect width="100%" height="100%" fill="{colours.page}"/>',
        _text(width / 2, TOP / 2, drawing.title, colours, size=16),
    ]
    for number, row in enumerate(drawing.rows):
        parts += [
            f'<line x1="{x:.1f}" y1="{y - HEIGHT / 2:.1f}" x2="{spots[source][at][0]:.1f}" '
            f'y2="{spots[source][at][1] + HEIGHT / 2:.1f}" stroke="{colours.line}" stroke-width="1.2"/>'
            for column, feature in enumerate(row.features)
            for x, y in [spots[number][column]]
            for source, at in feature.reads
        ]
    for number, row in enumerate(drawing.rows):
        parts += _row(row, spots[number], colours)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _spot(row: Row, at: int, most: int, left: float, number: int) -> tuple[float, float]:
    """The middle of a feature: a shorter row stands in the middle of the longest."""
    own = len(row.features) + bool(row.left_out)
    return left + ((most - own) / 2 + at + 0.5) * COLUMN, TOP + number * ROW + HEIGHT


def _row(row: Row, spots: list[tuple[float, float]], colours: Theme) -> list[str]:
    fill = colours.plain if row.behaviour is None else colours.fills[row.behaviour]
    parts = [_text(SIDE, spots[0][1], row.title, colours, size=12, anchor="start")]
    for (x, y), feature in zip(spots, row.features, strict=False):
        parts.append(
            f'<rect x="{x - WIDTH / 2:.1f}" y="{y - HEIGHT / 2:.1f}" width="{WIDTH}" height="{HEIGHT}" rx="4" '
            f'fill="{fill}" stroke="{colours.line}"/>'
        )
        parts.append(_text(x, y, feature.label, colours, size=11))
    if row.left_out:
        x, y = spots[len(row.features)]
        parts.append(_text(x, y, f"… {row.left_out} more", colours, size=11))
    return parts


def _text(x: float, y: float, text: str, colours: Theme, *, size: int, anchor: str = "middle") -> str:
    plain = escape("".join(each if each.isprintable() else " " for each in text))
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" dominant-baseline="central"'
    return f'<text {place} font-size="{size}" fill="{colours.text}">{plain}</text>'
