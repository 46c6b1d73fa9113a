"""A drawing of a graph in the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render.palette import THEMES, Theme, blend
from archcalc.view.drawing.behaviour import Behaviour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.view.drawing.graph import Box, GraphDrawing

ORIENTATIONS = {"down": "TB", "right": "LR"}
LEGEND = "legend"


def dot_text(drawing: GraphDrawing, theme: str = "light", orientation: str = "down") -> str:
    """The drawing as DOT: boxes by number, labels escaped, the legend below or the scale of the heat."""
    colours = THEMES[theme]
    numbers = {box.key: f"n{number}" for number, box in enumerate(drawing.boxes)}
    edges = [
        f"  {numbers[edge.source]} -> {numbers[edge.target]} [label={quoted(f' {edge.label} ')}]"
        for edge in drawing.edges
    ]
    boxes = [
        f"  {numbers[box.key]} [label={label(box)}, fillcolor={quoted(fill(box, colours))}]" for box in drawing.boxes
    ]
    lines = ["digraph {", *heading(drawing, colours, orientation), *boxes, *edges, *legend(drawing, colours), "}"]
    return "\n".join(lines) + "\n"


def heading(drawing: GraphDrawing, colours: Theme, orientation: str) -> list[str]:
    """What holds for the whole graph, for all boxes and for all edges."""
    text, line = f"fontname=Helvetica, fontcolor={quoted(colours.text)}", f"color={quoted(colours.line)}"
    return [
        f"  graph [label={quoted(drawing.title)}, labelloc=t, rankdir={ORIENTATIONS[orientation]}, pad=0.3, "
        f"fontsize=16, bgcolor={quoted(colours.page)}, {text}]",
        f'  node [shape=box, style=filled, fontsize=11, margin="0.15,0.08", {line}, {text}]',
        f"  edge [fontsize=10, {line}, {text}]",
    ]


def quoted(text: str) -> str:
    """A string of DOT, in which nothing is an escape but the line breaks that are written here."""
    return '"' + escaped(text) + '"'


def escaped(text: str) -> str:
    """Backslashes and quotes made harmless, control characters as spaces."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return plain.replace("\\", "\\\\").replace('"', '\\"')


def label(box: Box) -> str:
    """Title and lines of a box, and how often it stands there."""
    title = box.title if box.times == 1 else f"{box.title}  x{box.times}"
    return '"' + "\\n".join(escaped(line) for line in (title, *box.lines)) + '"'


def fill(box: Box, colours: Theme) -> str:
    """By heat where there is any, else by what the box does to time."""
    if box.heat is not None:
        return blend(colours.cold, colours.hot, box.heat)
    return colours.plain if box.behaviour is None else colours.fills[box.behaviour]


def legend(drawing: GraphDrawing, colours: Theme) -> Iterator[str]:
    """A box for each colour, side by side; nothing where all boxes are plain."""
    if drawing.heat is not None:
        entries = [(f"least {drawing.heat}", colours.cold), (f"most {drawing.heat}", colours.hot)]
    else:
        used = {box.behaviour for box in drawing.boxes}
        entries = [(each.meaning, colours.fills[each]) for each in Behaviour if each in used]
    if not entries:
        return
    yield "  subgraph cluster_legend {"
    yield f'    label="" color={quoted(colours.line)} style=dashed'
    for number, (text, colour) in enumerate(entries):
        yield f"    {LEGEND}{number} [label={quoted(text)}, fillcolor={quoted(colour)}, fontsize=10]"
    yield "  }"
