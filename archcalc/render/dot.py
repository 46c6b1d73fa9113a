"""A drawing of a graph in the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import LAYER_KINDS
from archcalc.core.units import BYTES
from archcalc.drawings.color import BY_KIND
from archcalc.drawings.temporal_effect import TemporalEffect
from archcalc.render.cells import short_bytes, short_count
from archcalc.render.palette import THEMES, Paint, Theme, blend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.drawings.graph import Box, Cluster, GraphDrawing, Heat

DOWN, RIGHT = "down", "right"
ORIENTATIONS = {DOWN: "TB", RIGHT: "LR"}
LEGEND = "legend"

STRIPES = 8


def amount_text(heat: Heat, amount: int) -> str:
    """`1.234 G MACs`, `1.5 MiB saved`: an amount of the quantity that shades the boxes."""
    return heat.words.format(short_bytes(amount) if heat.kind == BYTES else short_count(amount))


def dot_text(drawing: GraphDrawing, theme: str = "light", orientation: str = "down", *, bare: bool = False) -> str:
    """The drawing as DOT: boxes by number, labels escaped, the legend below or the scale of the heat.

    `bare` leaves out the title and the legend.
    """
    colors = THEMES[theme]
    numbers = node_names(drawing)
    edges = [
        f"  {numbers[edge.source]} -> {numbers[edge.target]} [label={quoted(f' {edge.label} ')}]"
        for edge in drawing.edges
    ]
    boxes = {
        box.key: f"  {numbers[box.key]} [label={label(box, drawing.heat)}, {_filled(box, drawing.color, colors)}, "
        f"id={numbers[box.key]}]"
        for box in drawing.boxes
    }
    inside = [line for number, each in enumerate(drawing.clusters) for line in cluster(number, each, boxes, colors)]
    nodes = inside or list(boxes.values())
    lines = [
        "digraph {",
        *defaults("" if bare else drawing.title, colors, orientation),
        *nodes,
        *edges,
        *([] if bare else legend(drawing, colors, orientation)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def node_names(drawing: GraphDrawing) -> dict[str, str]:
    """Return the name of each node, by the key of its box."""
    return {box.key: f"n{number}" for number, box in enumerate(drawing.boxes)}


def node_ids(drawing: GraphDrawing) -> dict[str, tuple[str, ...]]:
    """Return the paths of the layers that each node shows, by its name, which is its id too."""
    names = node_names(drawing)
    return {names[box.key]: box.paths for box in drawing.boxes}


def defaults(title: str, colors: Theme, orientation: str) -> list[str]:
    """What holds for the whole graph, for all boxes and for all edges."""
    text, line = f"fontname=Helvetica, fontcolor={quoted(colors.text)}", f"color={quoted(colors.line)}"
    return [
        f"  graph [label={quoted(title)}, labelloc=t, rankdir={ORIENTATIONS[orientation]}, pad=0.3, "
        f"fontsize=18, bgcolor={quoted(colors.page)}, {text}]",
        f'  node [shape=box, style=filled, fontsize=14, margin="0.15,0.08", {line}, {text}]',
        f"  edge [fontsize=13, {line}, {text}]",
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


def paint(box: Box, color: str, colors: Theme) -> Paint:
    """By heat where there is any, else by what the box does to time or by the kind of its layers."""
    if box.heat is not None:
        return Paint(blend(colors.cold, colors.hot, box.heat))
    return colors.kind(box.kind) if color == BY_KIND else colors.effect(box.effect)


def _filled(box: Box, color: str, colors: Theme) -> str:
    """The attributes that color a box: one color, or stripes of it; and its edge."""
    painted = paint(box, color, colors)
    if box.striped:
        return f"style=striped, fillcolor={quoted(':'.join([painted.fill, colors.page] * STRIPES))}"
    return f"fillcolor={quoted(painted.fill)}{_edge(painted)}"


def _edge(painted: Paint) -> str:
    """The attributes of an edge that is not as all are."""
    dashed = ', style="filled,dashed"' if painted.dashes else ""
    return dashed + (f", penwidth={painted.width}" if painted.width > 1 else "")


def legend(drawing: GraphDrawing, colors: Theme, orientation: str) -> list[str]:
    """A box for each color in a frame, one below the other under the graph; nothing where all boxes are plain."""
    entries = legend_entries(drawing, colors)
    boxes = [
        f"    {LEGEND}{number} [label={quoted(text)}, fillcolor={quoted(painted.fill)}, fontsize=13{_edge(painted)}]"
        for number, (text, painted) in enumerate(entries)
    ]
    if not boxes:
        return []
    frame = f'    label="" color={quoted(colors.line)} style=dashed'
    below = [node_names(drawing)[drawing.boxes[-1].key], *(f"{LEGEND}{number}" for number in range(len(entries)))]
    chain = [f"  {' -> '.join(below)} [style=invis]"] if orientation == DOWN else []
    return ["  subgraph cluster_legend {", frame, *boxes, "  }", *chain]


def legend_entries(drawing: GraphDrawing, colors: Theme) -> list[tuple[str, Paint]]:
    """What each color says, and how it is drawn: the ends of the scale of the heat, or what boxes do or are."""
    if drawing.heat is not None:
        ends = ((0, colors.cold), (drawing.most, colors.hot))
        shades = [(amount_text(drawing.heat, amount), Paint(color)) for amount, color in ends]
        striped = any(box.striped for box in drawing.boxes)
        return [*shades, ("striped: some kernel adds no context", Paint(colors.page))] if striped else shades
    if drawing.color == BY_KIND:
        kinds = {box.kind for box in drawing.boxes}
        return [(kind, colors.kind(kind)) for kind in LAYER_KINDS if kind in kinds]
    used = {box.effect for box in drawing.boxes}
    return [(each.meaning, colors.effect(each)) for each in TemporalEffect if each in used]
