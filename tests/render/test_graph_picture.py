"""Graphs as pictures: what lies where, read from the SVG; columns of a page of a shape; legends and themes."""

from __future__ import annotations

import re
from itertools import pairwise, product
from math import log
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.analysis.layer_kind import LAYER_KINDS, kinds_by_path
from archcalc.cli.main import main
from archcalc.core.problem import Unavailable, UsageError
from archcalc.drawings.color import BY_KIND
from archcalc.drawings.graph import GraphDrawing, graph_drawing
from archcalc.drawings.temporal_effect import TemporalEffect
from archcalc.render import graphviz
from archcalc.render.diagram import asked_of, drawn
from archcalc.render.graph_columns import Cut, Node, bundles, columns, lines
from archcalc.render.palette import THEMES, Paint
from archcalc.render.svg_graph import graph_svg
from tests.render.geometry import Rect, page, placed, shape_rect, text_overlaps, text_rect

NETWORKS = ("r3d_18", "unet3d", "slowfast", "wavenet", "i3d")


@pytest.fixture(autouse=True)
def _needs_a_renderer() -> None:
    try:
        graphviz.renderer()
    except Unavailable:
        pytest.skip("needs Graphviz or the diagram extra")


def drawing(name: str, color: str = "time") -> GraphDrawing:
    return graph_drawing(archcalc.analyze(archcalc.load(name)), color=color)


def picture(name: str, **options: object) -> Element:
    analysis = archcalc.analyze(archcalc.load(name))
    return ElementTree.fromstring(drawn("graph", [analysis], asked_of("graph", options), "a.svg"))


def boxes(root: Element) -> dict[tuple[str, ...], Rect]:
    """The rectangle of each node, by the lines of its text."""
    found: dict[int, tuple[Element, Rect]] = {}
    for each in placed(root):
        node = each.within("node")
        if node is not None and each.tag == "polygon":
            found.setdefault(id(node), (node, shape_rect(each)))
    return {words(node): rect for node, rect in found.values()}


def words(node: Element) -> tuple[str, ...]:
    """The lines of a node."""
    return tuple(each.text or "" for each in node.iter() if each.tag.endswith("}text"))


@pytest.mark.parametrize("options", [{}, {"fit": "16:9"}, {"orientation": "right", "fit": "16:9"}], ids=str)
@pytest.mark.parametrize("name", NETWORKS)
def test_boxes_hold_their_text_and_lie_on_the_page_and_not_on_each_other(name: str, options: dict[str, object]) -> None:
    root = picture(name, **options)
    rects = boxes(root)
    assert len(rects) == len(drawing(name).boxes)
    assert all(page(root).holds(rect) for rect in rects.values())
    for (one, rect), (other, there) in product(rects.items(), rects.items()):
        assert one == other or not rect.overlaps(there), (one, other)
    texts = [each for each in placed(root) if each.tag == "text"]
    assert all(page(root).holds(text_rect(each)) for each in texts)
    for each in texts:
        node = each.within("node")
        if node is not None:
            box = rects[words(node)]
            assert box.holds(text_rect(each)), each.element.text


@pytest.mark.parametrize("name", ["r3d_18", "unet3d", "p3d"])
@pytest.mark.parametrize("options", [{}, {"fit": "16:9"}, {"orientation": "right"}], ids=str)
def test_no_text_lies_on_another(name: str, options: dict[str, object]) -> None:
    assert text_overlaps(picture(name, **options)) == []


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("options", [{}, {"orientation": "right"}], ids=str)
def test_a_page_of_a_shape_has_it_and_all_boxes_and_edges(name: str, options: dict[str, object]) -> None:
    root, whole = picture(name, fit="16:9", **options), drawing(name)
    _, _, width, height = page(root)
    assert width / height == pytest.approx(16 / 9, abs=0.01)
    classes = [each.get("class") for each in root.iter()]
    assert (classes.count("node"), classes.count("edge")) == (len(whole.boxes), len(whole.edges))
    plain = picture(name, **options)
    assert filled(root) > 0.12
    _, _, wide, high = page(plain)
    assert abs(log(wide / high / (16 / 9))) > 0.2 or filled(root) >= 0.9 * filled(plain)


def filled(root: Element) -> float:
    """The share of the page that boxes cover."""
    areas = [(rect.right - rect.left) * (rect.bottom - rect.top) for rect in boxes(root).values()]
    return sum(areas) / (page(root).right * page(root).bottom)


def test_a_cut_edge_ends_at_its_box_and_crosses_none() -> None:
    root = picture("unet3d", fit="16:9")
    rects = boxes(root).values()
    lines = [shape for each in placed(root) if each.tag == "polyline" and each.within("edge") is not None
             for shape in segments(each.element, each.moved)]  # fmt: skip
    assert len(lines) >= 4 * 3
    for line in lines:
        assert not any(rect.overlaps(line) for rect in rects), line


def segments(element: Element, moved: tuple[float, float]) -> list[Rect]:
    values = [float(each) for each in re.findall(r"-?[\d.]+", element.attrib["points"])]
    points = [(x + moved[0], y + moved[1]) for x, y in zip(values[::2], values[1::2], strict=True)]
    return [Rect(min(a[0], b[0]) - 2, min(a[1], b[1]) - 2, max(a[0], b[0]) + 2, max(a[1], b[1]) + 2)
            for a, b in pairwise(points[:-1])][1:]  # fmt: skip


def test_lines_of_one_tensor_run_together_and_others_side_by_side() -> None:
    """Two boxes in each of three columns; box 0 leads to 2 and 3, boxes 0 and 1 lead to 5 with the same words."""
    placed = [Node(100 * (at % 2), 100 * (at % 2) + 40, 200 * (at // 2), 200 * (at // 2) + 100) for at in range(6)]
    cut = [Cut(0, 2, "a"), Cut(0, 3, "a"), Cut(1, 4, "b"), Cut(1, 5, "b"), Cut(3, 5, "c")]
    assert bundles(cut) == [0, 0, 1, 1, (5, "c")]
    assert bundles([Cut(0, 5, "a"), Cut(1, 5, "a"), Cut(2, 5, "b")]) == [(5, "a"), (5, "a"), (5, "b")]
    found = lines(placed, [0, 0, 1, 1, 2, 2], cut, [120, 320, 520])
    first, second, third, *_ = ({across for _, across in line[1:4]} for line in found)
    assert 120 in first
    assert 120 in second
    assert 129 in third
    for edge, line in zip(cut, found, strict=True):
        assert line[0] == (placed[edge.source].end, (placed[edge.source].low + placed[edge.source].high) / 2)
        assert line[-1] == (placed[edge.target].start, (placed[edge.target].low + placed[edge.target].high) / 2)
        assert all(x == u or y == v for (x, y), (u, v) in pairwise(line))


@pytest.mark.parametrize("kind", ["graph", "kernels", "volume"])
@pytest.mark.parametrize("name", ["slowfast", "wavenet", "nnunet"])
def test_no_letter_is_smaller_than_ten(kind: str, name: str) -> None:
    analysis = archcalc.analyze(archcalc.load(name))
    root = ElementTree.fromstring(drawn(kind, [analysis], asked_of(kind, {}), "a.svg"))
    assert min(float(each.element.get("font-size", "0")) for each in placed(root) if each.tag == "text") >= 10


def test_columns_are_cut_between_ranks_in_the_order_of_the_flow() -> None:
    """Ten boxes of 100 x 40, one below the other, 100 apart: two columns of five are about as wide as half as high."""
    nodes = [Node(100 * at, 100 * at + 40, 0, 100) for at in range(10)]
    edges = [(at, at + 1) for at in range(9)]
    assert columns(nodes, edges, 320 / 440) == [0] * 5 + [1] * 5
    assert columns(nodes, edges, 0.01) == [0] * 10
    assert max(columns(nodes, edges, 100)) == 9


def test_a_cut_lies_where_few_edges_are_cut() -> None:
    nodes = [Node(100 * at, 100 * at + 40, 0, 100) for at in range(10)]
    edges = [(at, at + 1) for at in range(9)] + [(3, 5), (2, 5), (1, 5)]
    assert columns(nodes, edges, 320 / 440) == [0] * 6 + [1] * 4 or columns(nodes, edges, 320 / 440)[5] == 0


@pytest.mark.parametrize("ending", [".dot", ".mmd"])
def test_what_others_lay_out_has_no_shape(ending: str) -> None:
    analysis = archcalc.analyze(archcalc.load("slow_fusion"))
    with pytest.raises(UsageError, match="which others lay out"):
        drawn("graph", [analysis], asked_of("graph", {"fit": "16:9"}), f"a{ending}")


@pytest.mark.parametrize("name", ["r3d_18", "slowfast"])
def test_the_legend_is_below_and_adds_no_width(name: str) -> None:
    root = picture(name)
    rects = boxes(root).values()
    legend = [text_rect(each) for each in placed(root) if each.tag == "text" and each.within("legend") is not None]
    assert len(legend) == len({box.effect for box in drawing(name).boxes} - {None})
    assert min(rect.top for rect in legend) > max(rect.bottom for rect in rects)
    assert max(rect.right for rect in legend) <= page(root).right
    assert page(root).right <= max(360, max(r.right for r in rects) - min(r.left for r in rects) + 220)


def test_an_arc_with_a_sum_marks_each_box_with_residuals() -> None:
    marked = [each for each in picture("r3d_18").iter() if each.get("class") == "residual"]
    assert len(marked) == sum(box.residuals > 0 for box in drawing("r3d_18").boxes) == 7
    assert all(len([part for part in each.iter() if part.tag.endswith("}circle")]) == 1 for each in marked)
    assert not [each for each in picture("c3d").iter() if each.get("class") == "residual"]


def test_the_kind_of_a_box_is_that_of_most_of_its_arithmetic() -> None:
    analysis = archcalc.analyze(archcalc.load("r2plus1d_18"))
    kinds, macs = kinds_by_path(analysis), {layer.path: layer.macs for layer in analysis.layers}
    for box in drawing("r2plus1d_18").boxes[1:]:
        sums = {kind: sum(macs[path] for path in box.paths if kinds[path] == kind) for kind in LAYER_KINDS}
        assert sums[box.kind or ""] == max(sums.values())
    assert {box.title: box.kind for box in drawing("p3d").boxes}["layer2.0"] == "pointwise convolution"


def test_colors_of_kinds_are_in_the_legend() -> None:
    root = picture("p3d", color="kind")
    legend = [each.element.text for each in placed(root) if each.tag == "text" and each.within("legend") is not None]
    assert legend == [kind for kind in LAYER_KINDS if kind in {box.kind for box in drawing("p3d").boxes}]
    plain = {fill for box in (graph_svg(drawing("p3d", BY_KIND)), graph_svg(drawing("p3d")))
             for fill in re.findall('fill="(#[0-9a-f]{6})"', box)}  # fmt: skip
    assert THEMES["light"].kind("spatial convolution").fill in plain


@pytest.mark.parametrize("theme", THEMES)
def test_kinds_have_colors_of_their_own_under_readable_text(theme: str) -> None:
    paints = [THEMES[theme].kind(kind) for kind in LAYER_KINDS]
    assert len(set(paints)) == len(paints)
    assert all(contrast(THEMES[theme].text, each.fill) >= 4.5 for each in paints)


def contrast(one: str, other: str) -> float:
    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_in_print_edges_differ_without_color() -> None:
    edges = [(paint.width, paint.dashes) for paint in map(THEMES["print"].effect, TemporalEffect)]
    assert len(set(edges)) == 4
    assert {THEMES["light"].effect(each) for each in (None,)} == {Paint("#ffffff")}
    widths = {
        shape.element.get("stroke-width", "1")
        for shape in placed(picture("r3d_18", theme="print"))
        if shape.tag == "polygon" and shape.within("node") is not None
    }
    assert widths == {"1", "2.2", "3.6"}


def test_the_command_takes_the_options(tmp_path: Path) -> None:
    out = tmp_path / "a.svg"
    command = ["diagram", "r3d_18", "--fit", "16:9", "--color", "kind", "--orientation", "right", "-o", str(out)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert "space-time convolution" in out.read_text()


def test_a_graph_has_a_largest_number_of_boxes_but_as_text(tmp_path: Path) -> None:
    layers = "- repeat: {times: 1001, index: i, layers: [conv1d: {out: $(i % 7 + 1), kernel: 1}]}"
    spec = tmp_path / "long.yaml"
    spec.write_text(f"archcalc: 1\nname: long\ninputs: {{x: {{C: 1, T: 4}}}}\nlayers:\n{layers}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"a graph of 1,002 boxes; expected at most 1,000, .* --depth"):
        archcalc.analyze(archcalc.load(spec)).diagram("graph", depth=2)
    written = tmp_path / "long.dot"
    assert CliRunner().invoke(main, ["diagram", str(spec), "--depth", "2", "-o", str(written)]).exit_code == 0
    assert written.read_text(encoding="utf-8").count("Conv1D") == 1_001
