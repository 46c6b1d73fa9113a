"""What colors mean, under a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render import svg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from archcalc.render.palette import Theme

ROW, SIZE, GAP = 26, 13, 28


def legend_rows(key: Sequence[tuple[str, str]], at: svg.Point, width: float, colors: Theme
                ) -> tuple[list[Element], int]:  # fmt: skip
    """A square and its words for every (fill, meaning), in rows that keep to the width, and how many rows those are."""
    x, row = at[0], 0
    drawn: list[Element] = []
    for fill, meaning in key:
        wide = SIZE + 8 + svg.text_width(meaning, 12)
        if x > at[0] and x + wide > at[0] + width:
            x, row = at[0], row + 1
        top = at[1] + row * ROW
        drawn.append(svg.element("rect", x=x, y=top, width=SIZE, height=SIZE, fill=fill, stroke=colors.line))
        drawn.append(svg.text((x + SIZE + 8, top + SIZE - 2), meaning, 12, colors.text))
        x += wide + GAP
    return [svg.group(drawn, class_="legend")] if drawn else [], row + 1 if key else 0
