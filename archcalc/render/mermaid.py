"""A drawing of a graph as Mermaid, which pages of documentation show by themselves."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from archcalc.render.dot import fill
from archcalc.render.palette import THEMES

if TYPE_CHECKING:
    from archcalc.view.drawing.graph import Box, GraphDrawing

DIRECTIONS = {"down": "TD", "right": "LR"}


def mermaid_text(drawing: GraphDrawing, theme: str = "light", orientation: str = "down") -> str:
    """The drawing as a flowchart; every label is quoted and its special characters are entities."""
    colours = THEMES[theme]
    numbers = {box.key: f"n{number}" for number, box in enumerate(drawing.boxes)}
    lines = [f"flowchart {DIRECTIONS[orientation]}"]
    for box in drawing.boxes:
        lines.append(f'  {numbers[box.key]}["{_label(box)}"]')
        style = f"fill:{fill(box, colours)},color:{colours.text},stroke:{colours.line}"
        lines.append(f"  style {numbers[box.key]} {style}")
    lines += [
        f'  {numbers[edge.source]} -->|"{entities(edge.label)}"| {numbers[edge.target]}' for edge in drawing.edges
    ]
    return "\n".join(lines) + "\n"


def _label(box: Box) -> str:
    title = box.title if box.times == 1 else f"{box.title} x{box.times}"
    return "<br/>".join(entities(line) for line in (title, *box.lines))


def entities(text: str) -> str:
    """Text in which Mermaid finds neither markup nor an end of the string."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return escape(plain, quote=True).replace("#", "&num;").replace("&num;x27;", "&apos;").replace("`", "&#96;")
