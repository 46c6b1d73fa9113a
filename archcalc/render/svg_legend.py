"""What colors mean, under a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render import svg
from archcalc.render.svg_box import hatch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from archcalc.render.palette import Paint, Theme

ROW, SIZE, GAP = 26, 13, 28


def legend_rows(key: Sequence[tuple[str, Paint]], at: svg.Point, width: float, colors: Theme
                ) -> tuple[list[Element], int]:  # fmt: skip
    """A square and its words for every (meaning, paint), in rows that keep to the width, and the number of rows."""
    x, row = at[0], 0
    drawn: list[Element] = []
    for meaning, painted in key:
        wide = SIZE + 8 + svg.text_width(meaning, 12)
        if x > at[0] and x + wide > at[0] + width:
            x, row = at[0], row + 1
        top = at[1] + row * ROW
        drawn += _square((x, top), painted, colors)
        drawn.append(svg.text((x + SIZE + 8, top + SIZE - 2), meaning, 12, colors.text))
        x += wide + GAP
    return [svg.group(drawn, class_="legend")] if drawn else [], row + 1 if key else 0


def _square(at: svg.Point, painted: Paint, colors: Theme) -> list[Element]:
    x, y = at
    dashes = {"stroke_dasharray": painted.dashes} if painted.dashes else {}
    square = svg.element("rect", x=x, y=y, width=SIZE, height=SIZE, fill=painted.fill, stroke=colors.line,
                         stroke_width=painted.width, **dashes)  # fmt: skip
    corners = (x, y), (x, y + SIZE), (x + SIZE, y + SIZE), (x + SIZE, y)
    lines = [svg.polyline(line, stroke=colors.line, stroke_width=0.6) for line in hatch(corners, painted.hatch)]
    return [square, *lines]
