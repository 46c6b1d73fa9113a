"""Drawings of graphs: what is in them, read back from the text and the picture; names that would break out of it."""

from __future__ import annotations

import html
import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.problem import Unavailable
from archcalc.core.scopes import Scope, ScopeKind
from archcalc.drawings.contents import Content, contents
from archcalc.drawings.graph import GraphDrawing, graph_drawing
from archcalc.drawings.graph_join import joined
from archcalc.drawings.temporal_effect import TemporalEffect, temporal_effect
from archcalc.render import graphviz
from archcalc.render.dot import box_lines, dot_text, legend_entries, paint
from archcalc.render.mermaid import mermaid_text
from archcalc.render.palette import THEMES, blend
from archcalc.render.svg_graph import graph_svg
from archcalc.render.svg_picture import svg_picture
from tests.conftest import Load
from tests.render.conftest import AssertGolden
from tests.render.networks import GRAPHS

HOSTILE = [
    '<script>alert("x")</script>',
    'a"]; b [label="',
    "back\\slash",
    "line\nbreak",
    "naïve 🎬 שלום",
    "`x` #quot; it's",
]
READABLE = 4.5
"""Contrast of text that Web Content Accessibility Guidelines 2.2 ask for (1.4.3)."""


def drawing(name: str, depth: int = 1, heat: str | None = None) -> GraphDrawing:
    return graph_drawing(archcalc.analyze(archcalc.load(name)), depth, heat)


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_a_gate_that_reads_all_frames_is_global() -> None:
    analysis = archcalc.analyze(archcalc.load("s3d_g"))
    gates = [layer for layer in analysis.layers if layer.op == "multiply"]
    assert gates
    assert {temporal_effect(analysis, [layer]) for layer in gates} == {TemporalEffect.GLOBAL}


def test_a_product_with_what_has_no_time_is_frame_wise(layers: Load) -> None:
    first = "- subsample: {name: first, axis: T, every: 8}\n"
    analysis = archcalc.analyze(layers(first + "- multiply: {name: product, from: [clip, first]}"))
    assert temporal_effect(analysis, [analysis.layer("product")]) is TemporalEffect.FRAMEWISE


def test_three_ways_to_fuse_time_have_different_colors() -> None:
    assert {box.title: box.effect for box in drawing("slow_fusion").boxes} == {
        "clip": None,
        "conv3d": TemporalEffect.LOCAL,
        "max_pool3d": TemporalEffect.STRIDED,
        "conv3d_2": TemporalEffect.LOCAL,
        "global_avg_pool": TemporalEffect.GLOBAL,
    }
    late = {box.title: box.effect for box in drawing("late_fusion").boxes}
    assert (late["conv2d"], late["global_avg_pool"]) == (TemporalEffect.FRAMEWISE, TemporalEffect.GLOBAL)
    assert {box.effect for box in drawing("early_fusion").boxes} == {None, TemporalEffect.GLOBAL}


def test_equal_iterations_are_one_box_and_shapes_are_on_the_edges() -> None:
    drawn = drawing("r3d_18")
    folded = {box.title: box.times for box in drawn.boxes if box.times > 1}
    assert folded == {"layer1.0-1": 2}
    assert [edge.label for edge in drawn.edges][:3] == ["3x16x112x112", "64x16x56x56", "64x16x56x56"]
    (first,) = [box for box in drawn.boxes if box.title == "layer2.0"]
    # T: 3 + 4*2 = 11 after layer1, then 2 and 2*2 more; H: 7 + 4*4 = 23, then 4 and 2*4 more.
    assert first.lines[-1] == "field TxHxW 17x35x35"


def lines_of(name: str) -> dict[str, tuple[str, ...]]:
    return {box.title: box.lines for box in drawing(name).boxes}


def test_residuals_within_a_box_are_counted() -> None:
    """R3D-18 projects where a stage begins; a stage of X3D-M is one box of 3, 5, 11 and 7 blocks."""
    lines = lines_of("r3d_18")
    assert lines["layer1.0-1"][-2] == lines["layer2.1"][-2] == "+ residual"
    assert lines["layer2.0"][-2] == "+ residual (projected)"
    assert not [line for line in lines["stem"] if "residual" in line]
    lines = lines_of("x3d_m")
    assert [lines[f"res{stage}"][-2] for stage in (2, 3, 4, 5)] == [
        f"+ {count} residuals (1 projected)" for count in (3, 5, 11, 7)
    ]
    assert {box.title: box.residuals for box in drawing("r3d_18").boxes}["layer1.0-1"] == 1


def test_a_shortcut_that_is_an_edge_is_not_told_again() -> None:
    assert not [line for lines in lines_of("unet3d").values() for line in lines if "residual" in line]


def test_the_blocks_of_p3d_differ_and_those_that_alternate_are_one_box() -> None:
    lines = lines_of("p3d")
    conv = "Conv3D ({}, 64->64)".format
    assert lines["layer1.0"][1:3] == (conv("1x3x3"), conv("3x1x1"))
    assert lines["layer1.1"][1:3] == (f"∥ {conv('1x3x3')}", f"∥ {conv('3x1x1')}")
    assert lines["layer1.2"][1:3] == (conv("1x3x3"), f"{conv('3x1x1')} + its input")
    (folded,) = [box for box in drawing("p3d").boxes if box.title == "layer3.1-33"]
    assert (folded.times, folded.residuals, len(folded.paths)) == (11, 4, 11 * (13 + 14 + 14))  # layers of A, B and C
    assert [line for line in folded.lines if line.endswith(":")] == ["first:", "then:", "then:"]


def test_parallel_paths_are_a_line_each() -> None:
    assert lines_of("i3d")["Mixed_3b"][:-1] == (
        "∥ Conv3D (1x1x1, 192->64)",
        "∥ Conv3D (1x1x1, 192->96), Conv3D (3x3x3, 96->128)",
        "∥ Conv3D (1x1x1, 192->16), Conv3D (3x3x3, 16->32)",
        "∥ MaxPool3D (3x3x3, stride 1x1x1), Conv3D (1x1x1, 192->32)",
    )


def test_every_layer_reaches_the_last_box() -> None:
    for name in ("slowfast_r50_4x16", "i3d", "swin3d_t", "two_stream_i3d"):
        drawn = drawing(name)
        keys = {box.key for box in drawn.boxes}
        sources = {edge.source for edge in drawn.edges}
        assert sources | {drawn.boxes[-1].key} == keys, name
        assert {edge.target for edge in drawn.edges} <= keys


def test_heat_is_a_share_of_the_hottest() -> None:
    heats = {box.title: box.heat for box in drawing("c3d", heat="params").boxes if box.heat is not None}
    assert max(heats.values()) == heats["fc6"] == 1
    assert heats["conv1a"] == pytest.approx(5248 / 33558528)


def hostile(load: Load, name: str) -> GraphDrawing:
    spec = load(
        "archcalc: 1\nname: hostile\ninputs: {clip: {C: 1, T: 4, H: 4, W: 4}}\n"
        f"title: {name!r}\nlayers:\n- conv3d: {{name: layer, out: 1, kernel: 1}}\n"
    )
    drawn = graph_drawing(archcalc.analyze(spec))
    return replace(drawn, title=name, boxes=tuple(replace(box, title=name) for box in drawn.boxes))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_out_of_a_text(name: str, load: Load) -> None:
    drawn = hostile(load, name)
    dot = dot_text(drawn)
    assert len(re.findall(r"^  n\d+ \[label=", dot, re.MULTILINE)) == len(drawn.boxes)
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", dot)
    assert "alert" not in outside
    assert '"' not in outside
    mermaid = mermaid_text(drawn)
    assert "<script" not in mermaid
    legend = 2 * len({box.effect for box in drawn.boxes} - {None}) + 2
    assert len(mermaid.splitlines()) == 1 + 2 * len(drawn.boxes) + len(drawn.edges) + legend
    shown = [
        html.unescape(label).split("<br/>")[0] for label in re.findall(r'^  n\d+\["(.*)"\]$', mermaid, re.MULTILINE)
    ]
    assert shown == [name.replace("\n", " ")] * len(drawn.boxes)


def needs_a_renderer() -> None:
    try:
        graphviz.renderer()
    except Unavailable:
        pytest.skip("needs Graphviz or the diagram extra")


def texts(svg: str) -> Iterator[str]:
    for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        yield element.text or ""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_picture_shows_names_as_they_are(name: str, load: Load) -> None:
    needs_a_renderer()
    drawn = hostile(load, name)
    svg = graph_svg(drawn)
    assert name.replace("\n", " ") in [text.replace("\xa0", " ") for text in texts(svg)]
    assert not list(ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}script"))


def test_a_picture_has_every_box_and_edge_and_is_the_same_each_time() -> None:
    needs_a_renderer()
    drawn = drawing("slowfast_r50_4x16")
    svg = graph_svg(drawn)
    classes = [element.get("class") for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}g")]
    assert (classes.count("node"), classes.count("edge")) == (len(drawn.boxes), len(drawn.edges))
    assert svg == graph_svg(drawn)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_on_every_color(theme: str) -> None:
    colors = THEMES[theme]
    scale = [blend(colors.cold, colors.hot, share / 4) for share in range(5)]
    for background in (colors.page, colors.plain, *colors.fills.values(), *scale):
        assert contrast(colors.text, background) >= READABLE, (theme, background)


@pytest.mark.parametrize("theme", THEMES)
def test_colors_differ_in_grey_too(theme: str) -> None:
    grays = sorted(luminance(color) for color in THEMES[theme].fills.values())
    assert all((light + 0.05) / (dark + 0.05) > 1.25 for dark, light in pairwise(grays))


def test_fill_is_plain_without_time() -> None:
    drawn = drawing("vgg16")
    assert {paint(box, drawn.color, THEMES["light"]).fill for box in drawn.boxes} == {THEMES["light"].plain}


@pytest.mark.parametrize("ending", ["svg", "dot", "mmd", "png"])
def test_the_command_writes_what_the_ending_says(ending: str, tmp_path: Path) -> None:
    if ending in ("svg", "png"):
        needs_a_renderer()
    path = tmp_path / f"graph.{ending}"
    assert CliRunner().invoke(main, ["diagram", "slow_fusion", "-o", str(path)]).exit_code == 0
    starts = {"svg": b"<svg", "dot": b"digraph {", "mmd": b"flowchart", "png": b"\x89PNG"}
    assert path.read_bytes().startswith(starts[ending])


def test_other_endings_are_wrong_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["diagram", "slow_fusion", "-o", str(tmp_path / "graph.jpg")])
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])


def test_without_a_renderer_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(graphviz, "OWN", "nothing-of-that-name")
    result = CliRunner().invoke(main, ["diagram", "slow_fusion", "-o", str(tmp_path / "graph.svg")])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "python -m pip install 'CairoSVG" in result.stderr


def test_long_names_are_shortened_and_stay_apart(load: Load) -> None:
    names = ["x" * 249 + end for end in "ab"]
    layers = "".join(f"- conv3d: {{name: {name}, out: 1, kernel: 1}}\n" for name in names)
    spec = load(f"archcalc: 1\nname: long\ninputs: {{clip: {{C: 1, T: 4, H: 4, W: 4}}}}\nlayers:\n{layers}")
    first, second = (box.title for box in graph_drawing(archcalc.analyze(spec)).boxes[1:])
    assert (len(first), len(second)) == (80, 80)
    assert first != second


@pytest.mark.parametrize(
    ("heat", "least", "most"),
    [
        ("params", "0 params", "33.56 M params"),  # fc6: (8192 + 1) * 4096
        ("macs", "0 MACs", "11.10 G MACs"),  # conv2a: 64 * 27 * 128 * 16*56*56
        (
            "activation_bytes",
            "0 B activation",
            "98.00 MiB activation",
        ),  # conv1a and its relu: 2 * 64 * 16*112*112 * 4
        ("field_t", "sees 0 frames", "sees 16 frames"),
    ],
)
def test_the_scale_of_the_heat_has_numbers_that_its_box_repeats(heat: str, least: str, most: str) -> None:
    drawn = drawing("c3d", heat=heat)
    assert [text for text, _ in legend_entries(drawn, THEMES["light"])] == [least, most]
    (hottest, *_) = [box for box in drawn.boxes if box.heat == 1]
    assert box_lines(hottest, drawn.heat)[-1] == most
    assert all(text.count(most) >= 2 for text in (dot_text(drawn), mermaid_text(drawn)))


@pytest.mark.parametrize(("name", "options"), GRAPHS.items())
def test_golden_texts(name: str, options: dict[str, Any], assert_golden: AssertGolden) -> None:
    drawn = drawing(name)
    assert_golden(f"graph/{name}.dot", dot_text(drawn, **options))
    assert_golden(f"graph/{name}.mmd", mermaid_text(drawn, **options))


def test_a_pdf_needs_no_graphviz_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cairosvg")
    if not (Path(sys.executable).parent / graphviz.OWN).exists():
        pytest.skip("needs the renderer of the diagram extra")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    svg = graph_svg(drawing("slow_fusion"))
    pdf = svg_picture(svg, "pdf")
    assert pdf.startswith(b"%PDF")
    assert pdf == svg_picture(svg, "pdf")


def layers_of(text: str) -> list[Content]:
    """A layer for each letter; parentheses are iterations of a repeat, brackets those of a repeat around repeats."""
    outer, inner = Scope(ScopeKind.REPEAT), Scope(ScopeKind.REPEAT)
    iterations: list[Scope] = []
    found = []
    for letter in text:
        if letter == "[":
            iterations.append(Scope(ScopeKind.ITERATION, parent=outer))
            inner = Scope(ScopeKind.REPEAT, parent=iterations[-1])
        elif letter == "(":
            iterations.append(Scope(ScopeKind.ITERATION, parent=inner))
        elif letter in ")]":
            iterations.pop()
        else:
            found.append(Content(letter, tuple(iterations)))
    return found


@pytest.mark.parametrize(
    ("layers", "lines"),
    [
        ("abcd", "a|b|c|d"),
        ("aab", "a x2|b"),
        ("abcde", "a|b|c|d|e"),
        ("abcdefg", "a|b|c|and 4 more"),
        ("(ab)(ab)(ab)(ab)", "4 times:|a|b"),
        ("abababab", "a|b|a|and 5 more"),
        ("(xyz)(abz)(abz)(abz)", "x|y|z|3 times:|a|b|z"),
        ("(ab)(ab)(ab)(ab)q", "4 times:|a|b|then q"),
        ("(ab)(cd)(ab)(cd)(ab)(cd)", "3 times:|a|b|c|d"),
        ("(ab)(cd)(ab)(cd)(ab)", "a|b|2 times:|c|d|a|b"),
        (9 * "(abcdefghi)", "a|b|c|and 78 more"),
        ("(aab)(aab)(aab)", "3 times:|a x2|b"),
        ("[(ab)(ab)(ab)][(cd)(cd)]", "3 times:|a|b|then c|then d|then c|then d"),
        ("[(ab)(cd)][(ab)(cd)]", "2 times:|a|b|c|d"),
    ],
)
def test_equal_iterations_in_a_box_are_written_once(layers: str, lines: str) -> None:
    assert "|".join(contents(layers_of(layers))) == lines


def test_the_last_iteration_of_a_repeat_is_folded_too() -> None:
    assert {box.title: box.times for box in drawing("timesformer_b").boxes if box.times > 1} == {"blocks.0-11": 12}
    (stage,) = [box for box in drawing("swin3d_b").boxes if box.title == "stage3"]
    assert stage.lines[0] == "9 times:"  # 18 blocks, every other one shifted


def test_several_networks_are_shown_side_by_side_under_their_titles() -> None:
    alone = [drawing(name, heat="macs") for name in ("slow_fusion", "late_fusion", "slow_fusion")]
    both = joined(alone)
    assert [cluster.title for cluster in both.clusters] == [each.title for each in alone]
    assert [len(cluster.boxes) for cluster in both.clusters] == [len(each.boxes) for each in alone]
    keys = [key for cluster in both.clusters for key in cluster.boxes]
    assert keys == [box.key for box in both.boxes]
    assert len(set(keys)) == len(keys)
    assert len(both.edges) == sum(len(each.edges) for each in alone)
    home = {key: number for number, cluster in enumerate(both.clusters) for key in cluster.boxes}
    assert all(home[edge.source] == home[edge.target] for edge in both.edges)
    assert both.most == max(each.most for each in alone)
    assert all(box.heat == box.amount / both.most for box in both.boxes if box.amount is not None)
    assert joined(alone[:1]) == alone[0]


def test_clusters_come_into_every_format() -> None:
    needs_a_renderer()
    both = joined([drawing("slow_fusion"), drawing("late_fusion")])
    root = ElementTree.fromstring(graph_svg(both))
    groups = [each for each in root.iter("{http://www.w3.org/2000/svg}g") if each.get("class") == "cluster"]
    titles = ["".join(text.text or "" for text in each.iter("{http://www.w3.org/2000/svg}text")) for each in groups]
    assert titles[:2] == [cluster.title for cluster in both.clusters]
    mermaid = mermaid_text(both)
    assert len(re.findall(r'^  subgraph g\d+\["', mermaid, re.MULTILINE)) == 2
    assert mermaid.count("  end\n") == 3
