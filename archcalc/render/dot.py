"""A drawing of a graph in the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.units import BYTES
from archcalc.drawings.temporal_effect import TemporalEffect
from archcalc.render.cells import short_bytes, short_count
from archcalc.render.palette import THEMES, Theme, blend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.drawings.graph import Box, Cluster, GraphDrawing, Heat

ORIENTATIONS = {"down": "TB", "right": "LR"}
LEGEND = "legend"

STRIPES = 8


def amount_text(heat: Heat, amount: int) -> str:
    """`1.234 G MACs`, `1.5 MiB saved`: an amount of the quantity that shades the boxes."""
    return heat.words.format(short_bytes(amount) if heat.kind == BYTES else short_count(amount))


def dot_text(drawing: GraphDrawing, theme: str = "light", orientation: str = "down") -> str:
    """The drawing as DOT: boxes by number, labels escaped, the legend below or the scale of the heat."""
    colors = THEMES[theme]
    numbers = {box.key: f"n{number}" for number, box in enumerate(drawing.boxes)}
    edges = [
        f"  {numbers[edge.source]} -> {numbers[edge.target]} [label={quoted(f' {edge.label} ')}]"
        for edge in drawing.edges
    ]
    boxes = {
        box.key: f"  {numbers[box.key]} [label={label(box, drawing.heat)}, {_filled(box, colors)}, "
        f"id={numbers[box.key]}]"
        for box in drawing.boxes
    }
    inside = [line for number, each in enumerate(drawing.clusters) for line in cluster(number, each, boxes, colors)]
    nodes = inside or list(boxes.values())
    lines = [
        "digraph {",
        *defaults(drawing, colors, orientation),
        *nodes,
        *edges,
        *legend(drawing, colors),
        "}",
    ]
    return "\n".join(lines) + "\n"


def node_ids(drawing: GraphDrawing) -> dict[str, tuple[str, ...]]:
    """Return the paths of the layers that each node shows, by its name, which is its id too."""
    return {f"n{number}": box.paths for number, box in enumerate(drawing.boxes)}


def defaults(drawing: GraphDrawing, colors: Theme, orientation: str) -> list[str]:
    """What holds for the whole graph, for all boxes and for all edges."""
    text, line = f"fontname=Helvetica, fontcolor={quoted(colors.text)}", f"color={quoted(colors.line)}"
    return [
        f"  graph [label={quoted(drawing.title)}, labelloc=t, rankdir={ORIENTATIONS[orientation]}, pad=0.3, "
        f"fontsize=16, bgcolor={quoted(colors.page)}, {text}]",
        f'  node [shape=box, style=filled, fontsize=11, margin="0.15,0.08", {line}, {text}]',
        f"  edge [fontsize=10, {line}, {text}]",
    ]


def cluster(number: int, drawn: Cluster, boxes: Mapping[str, str], colors: Theme) -> list[str]:
    """The boxes of one network in a frame under its title."""
    frame = f"    label={quoted(drawn.title)} color={quoted(colors.line)} margin=16"
    return [f"  subgraph cluster_{number} {{", frame, *(f"  {boxes[key]}" for key in drawn.boxes), "  }"]


def quoted(text: str) -> str:
    """A string of DOT, in which nothing is an escape but the line breaks that are written here."""
    return '"' + escaped(text) + '"'


def escaped(text: str) -> str:
    """Backslashes and quotes made harmless, control characters as spaces."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return plain.replace("\\", "\\\\").replace('"', '\\"')


def label(box: Box, heat: Heat | None) -> str:
    """The lines of a box as a string of DOT."""
    return '"' + "\\n".join(escaped(line) for line in box_lines(box, heat)) + '"'


def box_lines(box: Box, heat: Heat | None) -> tuple[str, ...]:
    """Return the title with the number of iterations, the contents, and the quantity that shades the box."""
    title = box.title if box.times == 1 else f"{box.title}  x{box.times}"
    amount = () if heat is None or box.amount is None else (amount_text(heat, box.amount),)
    return (title, *box.lines, *amount)


def fill(box: Box, colors: Theme) -> str:
    """By heat where there is any, else by what the box does to time."""
    if box.heat is not None:
        return blend(colors.cold, colors.hot, box.heat)
    return colors.plain if box.effect is None else colors.fills[box.effect]


def _filled(box: Box, colors: Theme) -> str:
    """The attributes that color a box: one color, or stripes of it."""
    color = fill(box, colors)
    if not box.striped:
        return f"fillcolor={quoted(color)}"
    return f"style=striped, fillcolor={quoted(':'.join([color, colors.page] * STRIPES))}"


def legend(drawing: GraphDrawing, colors: Theme) -> list[str]:
    """A box for each color, side by side; nothing where all boxes are plain."""
    entries = legend_entries(drawing, colors)
    boxes = [
        f"    {LEGEND}{number} [label={quoted(text)}, fillcolor={quoted(color)}, fontsize=10]"
        for number, (text, color) in enumerate(entries)
    ]
    frame = f'    label="" color={quoted(colors.line)} style=dashed'
    return ["  subgraph cluster_legend {", frame, *boxes, "  }"] if entries else []


def legend_entries(drawing: GraphDrawing, colors: Theme) -> list[tuple[str, str]]:
    """What each color says, and the color: the ends of the scale of the heat, or what boxes do to time."""
    if drawing.heat is not None:
        ends = ((0, colors.cold), (drawing.most, colors.hot))
        shades = [(amount_text(drawing.heat, amount), color) for amount, color in ends]
        striped = any(box.striped for box in drawing.boxes)
        return [*shades, ("striped: some kernel adds no context", colors.page)] if striped else shades
    used = {box.effect for box in drawing.boxes}
    return [(each.meaning, colors.fills[each]) for each in TemporalEffect if each in used]
