"""A graph as Mermaid, which documentation pages render."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render.dot import LEGEND, box_lines, legend_entries, paint
from archcalc.render.palette import THEMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.drawings.graph import GraphDrawing
    from archcalc.render.palette import Paint, Theme

DIRECTIONS = {"down": "TD", "right": "LR"}


def mermaid_text(drawing: GraphDrawing, theme: str = "light", orientation: str = "down") -> str:
    """The drawing as a flowchart; every label is quoted and its special characters are entities."""
    colors = THEMES[theme]
    numbers = {box.key: f"n{number}" for number, box in enumerate(drawing.boxes)}
    lines = [f"flowchart {DIRECTIONS[orientation]}"]
    boxes = {
        box.key: _box(
            numbers[box.key], box_lines(box, drawing.heat), paint(box, drawing.color, colors), colors, box.striped
        )
        for box in drawing.boxes
    }
    for number, each in enumerate(drawing.clusters):
        inside = [line for key in each.boxes for line in boxes[key]]
        lines += [f'  subgraph g{number}["{entities(each.title)}"]', *inside, "  end"]
    if not drawing.clusters:
        lines += [line for box in boxes.values() for line in box]
    lines += [
        f'  {numbers[edge.source]} -->|"{entities(edge.label)}"| {numbers[edge.target]}' for edge in drawing.edges
    ]
    return "\n".join([*lines, *_legend(drawing, colors)]) + "\n"


def _box(key: str, lines: Iterable[str], painted: Paint, colors: Theme, striped: bool = False) -> list[str]:
    dashes = "5 3" if striped else painted.dashes
    edge = f",stroke-dasharray:{dashes}" if dashes else ""
    edge += f",stroke-width:{painted.width}px" if painted.width > 1 else ""
    style = f"fill:{painted.fill},color:{colors.text},stroke:{colors.line}{edge}"
    return [f'  {key}["{"<br/>".join(map(entities, lines))}"]', f"  style {key} {style}"]


def _legend(drawing: GraphDrawing, colors: Theme) -> list[str]:
    entries = legend_entries(drawing, colors)
    boxes = [
        line
        for number, (text, painted) in enumerate(entries)
        for line in _box(f"{LEGEND}{number}", [text], painted, colors)
    ]
    return [f'  subgraph {LEGEND}[" "]', *boxes, "  end"] if entries else []


# Mermaid reads numbered entities in a way of its own, so all are named.
ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos", "#": "num", "`": "grave"}


def entities(text: str) -> str:
    """Text in which Mermaid finds neither markup nor an end of the string."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return "".join(f"&{ENTITIES[each]};" if each in ENTITIES else each for each in plain)
