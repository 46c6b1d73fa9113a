"""A graph as SVG: boxes and edges as Graphviz lays them out, in columns where a page has a shape, with our legend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcalc.render import svg
from archcalc.render.dot import DOWN, dot_text, legend_entries, node_ids, node_names
from archcalc.render.graph_columns import Cut, Node, columns, gaps, lines
from archcalc.render.graphviz import Rect, layout
from archcalc.render.palette import THEMES
from archcalc.render.svg_legend import ROW, legend_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from xml.etree.ElementTree import Element

    from archcalc.drawings.graph import GraphDrawing
    from archcalc.render.graph_columns import Line
    from archcalc.render.graphviz import Layout
    from archcalc.render.palette import Theme

MARGIN, TITLE, LINE, SMALL = 24, 18, 23, 11
LEAST = 360
"""A page is no narrower, so that its title is not broken into many lines."""
OVERHANG, RADIUS = 13, 6
"""How far the arc of a residual addition leaves a box, and the circle of its sum."""
BOLD = 1.12
EMPTY = 4
"""Of the margin around a column, this much stays free beside the lines in a gap; arcs reach into the rest."""
WORDS = 16
"""Room for the words at the line of a cut edge, before the first boxes and after the last."""


@dataclass(frozen=True, slots=True)
class _Picture:
    """Elements on a page of a size, with the place of each box; the origin is the corner of the page."""

    elements: tuple[Element, ...]
    boxes: Mapping[str, Rect]
    width: float
    height: float


def graph_svg(drawing: GraphDrawing, theme: str = "light", orientation: str = DOWN, ratio: float | None = None) -> str:
    """Return a graph under its title, with the legend below.

    With `ratio` the graph is cut into columns (rows where it flows to the right) so that the picture comes near to this
    width divided by its height, and its page has it.

    Raises:
        UsageError: there are too many boxes.
        Unavailable: there is nothing to draw with.
    """
    drawing.check_layout()
    colors = THEMES[theme]
    graph = _placed(drawing, theme, orientation)
    if ratio is not None and not drawing.clusters:
        graph = _in_columns(drawing, theme, orientation, ratio, graph)
    width = max(graph.width + 2 * MARGIN, LEAST)
    title = svg.wrapped(drawing.title, TITLE * BOLD, width - 2 * MARGIN, 3) if drawing.title else []
    top = MARGIN + LINE * len(title)
    key = [(words, replace(painted, hatch=0)) for words, painted in legend_entries(drawing, colors)]
    legend, rows = legend_rows(key, (MARGIN, top + graph.height + 14), width - 2 * MARGIN, colors)
    names = [svg.text((MARGIN, MARGIN + 14 + LINE * number), line, TITLE, colors.text, font_weight="bold")
             for number, line in enumerate(title)]  # fmt: skip
    left = MARGIN + max(0, (width - 2 * MARGIN - graph.width) / 2)
    moved = svg.group(graph.elements, transform=f"translate({svg.number(left)} {svg.number(top)})", class_="graph")
    height = top + graph.height + 14 + rows * ROW + MARGIN / 2
    return svg.page_of_shape(width, height, ratio, colors.page, drawing.title or "Graphs", [*names, moved, *legend])


def _placed(drawing: GraphDrawing, theme: str, orientation: str) -> _Picture:
    """The graph as Graphviz lays it out."""
    found = layout(dot_text(drawing, theme, orientation, bare=True))
    colors, names = THEMES[theme], node_names(drawing)
    paths = node_ids(drawing)
    for name, node in found.nodes.items():
        _with_bold_title(node)
        if paths.get(name):
            node.set("data-paths", "\n".join(paths[name]))
    arcs = [
        _arc(found.boxes[names[box.key]], orientation, colors)
        for box in drawing.boxes if box.residuals and names[box.key] in found.boxes
    ]  # fmt: skip
    return _moved(found, arcs)


def _moved(found: Layout, arcs: Sequence[Element]) -> _Picture:
    page = found.page
    moved = f"translate({svg.number(-page.left)} {svg.number(-page.top)})"
    boxes = {
        name: Rect(box.left - page.left, box.top - page.top, box.right - page.left, box.bottom - page.top)
        for name, box in found.boxes.items()
    }
    group = svg.group([*found.elements, *arcs], transform=moved)
    return _Picture((group,), boxes, page.right - page.left, page.bottom - page.top)


def _with_bold_title(node: Element) -> None:
    """Write the first line of a box in bold letters if it stays the shorter one."""
    first, *others = node.iter("text")
    widths = [svg.text_width(text.text or "", 1) for text in (first, *others)]
    if others and widths[0] * BOLD <= max(widths[1:]):
        first.set("font-weight", "bold")


def _arc(box: Rect, orientation: str, colors: Theme) -> Element:
    """A line around a box, and the sum where it comes back: what goes in is added to what comes out."""
    inset = 9
    if orientation == DOWN:
        x, end = box.right + OVERHANG, box.bottom - inset
        points = [(box.right, box.top + inset), (x, box.top + inset), (x, end), (box.right + RADIUS, end)]
        at = box.right, end
    else:
        y, last = box.top - OVERHANG, box.right - inset
        points = [(box.left + inset, box.top), (box.left + inset, y), (last, y), (last, box.top - RADIUS)]
        at = last, box.top
    return svg.group([svg.polyline(points, stroke=colors.line, stroke_width=1.4), *_sum(at, colors)], class_="residual")


def _sum(at: svg.Point, colors: Theme) -> list[Element]:
    x, y = at
    circle = svg.element("circle", cx=x, cy=y, r=RADIUS, fill=colors.page, stroke=colors.line, stroke_width=1.2)
    arm = RADIUS - 2.5
    cross = [[(x - arm, y), (x + arm, y)], [(x, y - arm), (x, y + arm)]]
    return [circle, *(svg.polyline(line, stroke=colors.text, stroke_width=1.4) for line in cross)]


def _in_columns(drawing: GraphDrawing, theme: str, orientation: str, ratio: float, whole: _Picture) -> _Picture:
    names, down = node_names(drawing), orientation == DOWN
    order = [names[box.key] for box in drawing.boxes]
    number = {box.key: at for at, box in enumerate(drawing.boxes)}
    edges = [(number[edge.source], number[edge.target]) for edge in drawing.edges]
    column = columns([_node(whole.boxes[name], down) for name in order], edges, ratio if down else 1 / ratio)
    if not max(column):
        return whole
    cut = [
        Cut(number[edge.source], number[edge.target], edge.label)
        for edge in drawing.edges if column[number[edge.source]] != column[number[edge.target]]
    ]  # fmt: skip
    parts = [_placed(_part(drawing, column, each), theme, orientation) for each in range(max(column) + 1)]
    return _side_by_side(parts, column, cut, THEMES[theme], down=down)


def _part(drawing: GraphDrawing, column: Sequence[int], each: int) -> GraphDrawing:
    boxes = tuple(box for box, at in zip(drawing.boxes, column, strict=True) if at == each)
    keys = {box.key for box in boxes}
    edges = tuple(edge for edge in drawing.edges if edge.source in keys and edge.target in keys)
    return replace(drawing, boxes=boxes, edges=edges)


def _side_by_side(
    parts: Sequence[_Picture], column: Sequence[int], cut: Sequence[Cut], colors: Theme, *, down: bool
) -> _Picture:
    wide = gaps(column, cut)
    groups: list[Element] = []
    nodes: list[Node] = [Node(0, 0, 0, 0)] * len(column)
    starts: list[float] = []
    across = 0.0
    for each, part in enumerate(parts):
        starts.append(across)
        x, y = (across, 0.0) if down else (0.0, across)
        groups.append(
            svg.group(part.elements, transform=f"translate({svg.number(x)} {svg.number(y)})", class_="column")
        )
        inside = [at for at, in_column in enumerate(column) if in_column == each]
        for place, at in enumerate(inside):
            box = part.boxes[f"n{place}"]
            nodes[at] = _node(Rect(box.left + x, box.top + y, box.right + x, box.bottom + y), down)
        across += (part.width if down else part.height) + wide[each]
    ends = [start + (part.width if down else part.height) - EMPTY for start, part in zip(starts, parts, strict=True)]
    ways = lines(nodes, column, cut, ends)
    entries = [(edge.target, edge.words) for edge in cut]
    for at, (edge, way) in enumerate(zip(cut, ways, strict=True)):
        words = "" if entries[at] in entries[:at] else edge.words
        groups.append(_cut_edge(words, starts[column[edge.target]], way, colors, down=down))
    reached = [along for way in ways for along, _ in way]
    before = max(0.0, WORDS - min(reached))
    along = before + max(max(part.height if down else part.width for part in parts), max(reached) + WORDS)
    x, y = (0.0, before) if down else (before, 0.0)
    moved = svg.group(groups, transform=f"translate({svg.number(x)} {svg.number(y)})")
    size = across - wide[-1], along
    return _Picture((moved,), {}, *(size if down else size[::-1]))


def _node(box: Rect, down: bool) -> Node:
    return Node(box.top, box.bottom, box.left, box.right) if down else Node(box.left, box.right, box.top, box.bottom)


def _cut_edge(words: str, beside: float, way: Line, colors: Theme, *, down: bool) -> Element:
    """A line with a head; its words stand where the column of the target begins, beside all lines of the gap."""
    points = [(across, along) if down else (along, across) for along, across in way]
    *corners, tip = points
    neck = (tip[0], tip[1] - 10) if down else (tip[0] - 10, tip[1])
    side = (4, 0) if down else (0, 4)
    wings = [(neck[0] - side[0], neck[1] - side[1]), (neck[0] + side[0], neck[1] + side[1])]
    x, y = corners[-2]
    at = (beside + 4, y - 4) if down else (x + 4, beside + 12)
    line = svg.polyline([*corners, neck], stroke=colors.line, stroke_width=1)
    head = svg.polygon([tip, *wings], fill=colors.line, stroke=colors.line)
    return svg.group([line, head, *([svg.text(at, words, SMALL, colors.text)] if words else [])], class_="edge")
