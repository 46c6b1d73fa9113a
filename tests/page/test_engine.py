"""The engine of the page against the command line and the Python interface."""

from __future__ import annotations

import csv
import io
import json
import random
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.units import COUNT, SHORT_COUNT
from archcalc.page.engine import CALLS, Engine
from archcalc.render.cells import short_count
from archcalc.spec.library import bundled_networks

ENGINE = Engine()
NAMES = [each.name for each in bundled_networks()]
SVG = "{http://www.w3.org/2000/svg}"


def ask(call: str, **request: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(ENGINE.answer_json(call, json.dumps(request)))
    return answer


def text_of(name: str) -> str:
    return str(ask("open", name=name)["text"])


def network_of(name: str, **more: Any) -> dict[str, Any]:
    return {"text": text_of(name), "name": f"{name}.yaml", **more}


def analyzed(text: str, **more: Any) -> dict[str, Any]:
    return ask("analyze", network={"text": text, **more})


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_those_of_the_command_line(name: str) -> None:
    printed = CliRunner().invoke(main, ["table", name, "--format", "csv"])
    assert printed.exit_code == 0
    _, *rows = csv.reader(io.StringIO(printed.output))
    answer = ask("analyze", network=network_of(name))
    assert answer["problems"] == []
    cells = [row["cells"] for row in answer["table"]["rows"]]
    assert len(cells) == len(rows)
    kinds = [column["kind"] for column in answer["table"]["columns"]]
    for shown, row in zip(cells, rows, strict=True):
        assert shown == [_shown(cell, kind) for cell, kind in zip(row, kinds, strict=True)]


def _shown(cell: str, kind: str) -> str:
    """A cell of a CSV file as the table prints it."""
    if kind == SHORT_COUNT:
        return "-" if cell == "0" else short_count(int(cell))
    if kind == COUNT:
        return "-" if cell == "0" else f"{int(cell):,}"
    return cell.removeprefix("'")


def test_200_positions_read_what_the_python_interface_says() -> None:
    drawn = random.Random(7)
    for name in drawn.sample(NAMES, 20):
        analysis, asked = archcalc.analyze(archcalc.load(name)), network_of(name)
        for _ in range(10):
            layer = drawn.choice([each for each in analysis.layers if each.fields] or list(analysis.layers))
            at = {axis: drawn.randrange(layer.shape[axis]) for axis in layer.shape.grid}
            answer = ask("reads", network=asked, path=layer.path, at=at)
            for given in answer["inputs"]:
                found = analysis.reads(layer.path, at, of=given["name"])
                for axis, read in given["axes"].items():
                    assert read["ends"] == (None if found.ends[axis] is None else list(found.ends[axis] or ()))
                    listed = [at for first, last, step in read["runs"] for at in range(first, last + 1, step)]
                    assert listed == list(found.positions[axis])


def test_slow_fusion_reads_frames_11_to_19() -> None:
    answer = ask("reads", network=network_of("slow_fusion"), path="conv3d_2", at={"T": 4})
    time = answer["inputs"][0]["axes"]["T"]
    assert (time["ends"], time["full"], time["count"], time["runs"]) == ([11, 19], [11, 24], 9, [[11, 19, 1]])
    assert time["text"] == "T=4 reads frames 11 to 19 of 0 to 19; without borders 11 to 24"


def test_the_full_field_is_known_behind_a_global_operation() -> None:
    answer = ask("reads", network=network_of("slow_fusion"), path="global_avg_pool", at={"T": 0})
    time = answer["inputs"][0]["axes"]["T"]
    assert (time["global"], time["ends"], time["full"]) == (True, [0, 19], [-5, 24])


def test_the_derivation_begins_with_the_position() -> None:
    answer = ask("explain", network=network_of("slow_fusion"), path="conv3d_2", at={"T": 4})
    assert answer["sections"][0]["heading"] == "conv3d_2 at T=4 reads of clip"
    assert answer["sections"][0]["steps"][0]["remark"] == "position 4 reads 11 to 19 of 0 to 19"
    assert [each["heading"] for each in answer["sections"]][1:3] == ["size", "receptive field in clip"]
    later = ask("explain", network=network_of("slow_fusion"), path="conv3d_2")
    assert later["sections"] == answer["sections"][1:]


BLOCKS = """archcalc: 1
name: blocks
inputs: {clip: {C: 3, T: 4, H: 8, W: 8}}
blocks:
  pair:
    parameters: {out: required}
    layers:
      - conv3d:
          name: conv
          out: $out
          kernel: 1
      - relu
layers:
  - pair: {name: first, out: 4}
  - repeat: {name: more, each: {out: [5, 6]}, layers: [{pair: {out: $out}}]}
  - residual:
      body: [relu]
"""


def test_lines_lead_to_layers_and_back_through_blocks() -> None:
    answer = analyzed(BLOCKS)
    lines = {int(number): paths for number, paths in answer["lines"].items()}
    convs = ["first.conv", "more.0.conv", "more.1.conv"]
    assert [lines[number] for number in (8, 9, 10, 11)] == [convs] * 4
    assert lines[14] == ["first.conv", "first.relu"]
    assert lines[15] == ["more.0.conv", "more.0.relu", "more.1.conv", "more.1.relu"]
    assert lines[17] == ["relu"]
    assert lines[16] == ["relu", "add"]
    layers = {each["path"]: each for each in answer["layers"]}
    assert (layers["more.1.conv"]["line"], layers["first.relu"]["line"]) == (8, 12)
    (call,) = [answer["calls"][number] for number in layers["first.conv"]["calls"]]
    assert (call["block"], call["place"]["line"], call["definition"]["line"]) == ("pair", 14, 5)
    assert BLOCKS[call["place"]["from"] : call["place"]["to"]] == "pair"


def test_layers_of_a_bundled_library_lead_to_the_line_of_their_call() -> None:
    answer = ask("analyze", network=network_of("slowfast_r50_4x16"))
    layer = next(each for each in answer["layers"] if each["path"] == "slow_res2.block0.conv_a")
    assert layer["place"]["library"] == "resnet3d_blocks"
    library = ask("open", library="resnet3d_blocks")["text"]
    assert library[layer["place"]["from"] : layer["place"]["to"]] == "conv3d"
    assert "stage" in text_of("slowfast_r50_4x16").splitlines()[layer["line"] - 1]


def test_offsets_are_those_of_an_editor_that_counts_utf_16() -> None:
    text = "# 😀😀 é\r\n" + text_of("slow_fusion").replace("max_pool3d: {kernel", "max_pool3d: {name: 😀, kernal")
    (problem,) = analyzed(text)["problems"]
    units = text.replace("\r\n", "\n").encode("utf-16-le")
    place = problem["place"]
    assert units[2 * place["from"] : 2 * place["to"]].decode("utf-16-le") == "kernal"
    assert text.splitlines()[place["line"] - 1][place["column"] - 1 :].startswith("kernal")


def test_a_draft_keeps_what_could_be_built() -> None:
    answer = analyzed(text_of("slow_fusion").replace("max_pool3d: {kernel", "max_pool3d: {kernal"))
    assert answer["draft"] is True
    assert [row["path"] for row in answer["table"]["rows"]] == ["conv3d"]
    assert answer["lines"] == {"9": ["conv3d"]}
    nothing = analyzed("archcalc: [")
    assert (nothing["draft"], nothing["table"], nothing["layers"]) == (True, None, [])


def test_parameters_have_kinds_and_texts_that_set_takes() -> None:
    text = """
archcalc: 1
name: kinds
parameters:
  classes: 400
  rate: 0.5
  wide: true
  mode: {default: same, one_of: [same, valid]}
  depths: [1, 2]
  size: {default: 3, from: 1, to: 7, step: 2}
  word: hello
inputs: {clip: {C: 3, T: 4, H: 8, W: 8}}
layers: [{conv3d: {out: $classes, kernel: $size, padding: $mode}}]
"""
    answer = analyzed(text)
    kinds = {each["name"]: each["kind"] for each in answer["parameters"]}
    assert kinds == {
        "classes": "integer", "rate": "number", "wide": "flag", "mode": "choice", "depths": "other", "size": "integer",
        "word": "text",
    }  # fmt: skip
    given = {each["name"]: each["text"] for each in answer["parameters"]}
    assert given["depths"] == "[1, 2]"
    assert analyzed(text, set=given)["table"] == answer["table"]
    size = next(each for each in answer["parameters"] if each["name"] == "size")
    assert (size["least"], size["most"], size["step"]) == (1, 7, 2)
    changed = analyzed(text, set={"classes": "7"}, inputs={"clip": "3x4x16x16@5"})
    assert changed["table"]["rows"][0]["cells"][1] == "7x4x16x16"
    assert changed["inputs"] == [
        {"name": "clip", "shape": {"C": 3, "T": 4, "H": 16, "W": 16}, "fps": 5.0, "text": "3x4x16x16@5"}
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"set": {"nope": "1"}}, "no parameter 'nope'"),
        ({"inputs": {"clip": "3x4"}}, "2 sizes for input 'clip'"),
        ({"inputs": {"clap": "3x20x64x64"}}, "no input 'clap'"),
        ({"convention": "cats"}, "no convention 'cats'"),
        ({"set": {"a": "["}}, "--set a"),
        ({"batch": 0}, "at least 1"),
        ({"module": "os:system"}, "which the command line did not name"),
    ],
)
def test_what_controls_ask_for_in_vain_is_a_sentence(more: dict[str, Any], said: str) -> None:
    answer = ask("analyze", network=network_of("slow_fusion", **more))
    assert said in answer["usage"]
    assert answer["problems"] == []


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("request_", [{}, {"network": 3}, {"network": {"text": []}}, {"networks": "all"}, {"at": []}])
def test_a_request_of_another_form_is_answered_by_a_sentence(call: str, request_: dict[str, Any]) -> None:
    answer = ENGINE.answer(call, request_)
    assert call in ("list", "schema") or isinstance(answer.get("error", answer.get("usage")), str)


@pytest.mark.parametrize("text", ["", "[", "3", '"x"', "[" * 100_000, "\x00"])
def test_what_is_no_object_is_answered_by_a_sentence(text: str) -> None:
    assert "error" in json.loads(ENGINE.answer_json("analyze", text))


def test_a_layer_or_a_position_that_there_is_not() -> None:
    asked = network_of("slow_fusion")
    assert "did you mean conv3d" in ask("reads", network=asked, path="conv3", at={})["error"]
    assert "no position T=5" in ask("reads", network=asked, path="conv3d_2", at={"T": 5})["error"]
    assert "no axis 'D'" in ask("cone", network=asked, path="conv3d_2", at={"D": 0})["error"]
    assert "no call" in ask("import")["error"]


@pytest.mark.parametrize("kind", ["volume", "kernels", "unroll", "field"])
@pytest.mark.parametrize("name", ["r2plus1d_18", "slow_fusion"])
def test_groups_of_drawings_know_their_layers(kind: str, name: str) -> None:
    analysis = archcalc.analyze(archcalc.load(name))
    svg = ask("drawing", network=network_of(name), kind=kind, options={"theme": "dark"})["svg"]
    shown = [
        each.get("data-paths", "").split("\n")
        for each in ElementTree.fromstring(svg).iter()
        if "data-paths" in each.attrib
    ]
    known = {*analysis.graph.nodes, *analysis.graph.inputs}
    assert shown
    assert {path for paths in shown for path in paths} <= known
    if kind in ("volume", "unroll"):
        assert {path for paths in shown for path in paths} == known


def test_nodes_of_a_graph_know_their_layers_also_when_they_are_folded() -> None:
    answer = ask("drawing", network=network_of("r2plus1d_18"), kind="graph", options={"depth": 1})
    paths = [path for each in answer["ids"].values() for path in each]
    analysis = archcalc.analyze(archcalc.load("r2plus1d_18"))
    assert sorted(paths) == sorted([*analysis.graph.inputs, *analysis.graph.nodes])
    assert all(f"id={name}]" in answer["dot"] for name in answer["ids"])


def test_a_graph_of_the_page_takes_colors_and_no_shape_of_a_page() -> None:
    network = network_of("r2plus1d_18")
    legend = ask("drawing", network=network, kind="graph", options={"color": "kind"})["dot"]
    assert 'label="temporal convolution"' in legend
    refused = ask("drawing", network=network, kind="graph", options={"fit": "16:9"})
    assert "fit 16:9 of a graph" in refused.get("error", refused.get("usage", ""))
    drawings = ask("list")["drawings"]
    assert ("fit" in drawings["graph"]["options"], "fit" in drawings["volume"]["options"]) == (False, True)


@pytest.mark.parametrize("style", ["default", "lecture", "paper", "full", "values"])
@pytest.mark.parametrize("depth", [None, 1])
def test_rows_of_every_style_know_their_layers(style: str, depth: int | None) -> None:
    answer = ask("analyze", network=network_of("r2plus1d_18"), style=style, depth=depth)
    known = {each["path"] for each in answer["layers"]}
    rows = answer["table"]["rows"]
    assert {path for row in rows for path in row["paths"]} <= known
    named = [path for row in rows for path in row["paths"]]
    assert len(named) == len(set(named))
    assert sum(not row["paths"] for row in rows) == (0 if style in ("default", "full") else 1)


@pytest.mark.parametrize("output_format", ["latex", "csv", "markdown", "html"])
def test_exports_are_what_the_command_line_writes(output_format: str) -> None:
    answer = ask("export", network=network_of("c3d"), format=output_format)
    printed = CliRunner().invoke(main, ["table", "c3d", "--format", output_format])
    assert answer["text"] == printed.output
    assert answer["name"].startswith("c3d.")


def test_the_export_of_all_numbers_is_the_json_of_the_command_line() -> None:
    answer = ask("export", network=network_of("c3d"), format="json")
    assert json.loads(answer["text"]) == json.loads(
        CliRunner().invoke(main, ["table", "c3d", "--format", "json"]).output
    )


def test_comparisons_are_those_of_the_command_line() -> None:
    answer = ask("compare", networks=[network_of("early_fusion"), network_of("slow_fusion")])
    printed = CliRunner().invoke(main, ["compare", "early_fusion", "slow_fusion", "--format", "markdown"]).output
    for table in answer["tables"]:
        for row in table["rows"]:
            assert all(cell in printed.replace("\\", "") for cell in row["cells"])
    broken = ask("compare", networks=[{"text": "a"}, network_of("slow_fusion")])
    assert [len(each) for each in broken["problems"]] == [1, 0]


def test_hostile_names_stay_text() -> None:
    name = "<img src=x onerror=alert(1)>"
    text = (
        text_of("slow_fusion").replace("conv3d: {out: 12", f"conv3d: {{name: '{name}', out: 12").split("published")[0]
    )
    asked = {"text": text}
    for kind in ("volume", "kernels", "unroll", "field"):
        svg = ask("drawing", network=asked, kind=kind)["svg"]
        root = ElementTree.fromstring(svg)
        assert not [each for each in root.iter() if each.tag.removeprefix(SVG) in ("img", "script", "foreignObject")]
        assert "<img" not in svg


def test_many_networks_are_not_all_kept() -> None:
    engine = Engine()
    for count in range(12):
        engine.answer("analyze", {"network": {"text": text_of("slow_fusion"), "name": f"{count}.yaml"}})
    assert len(engine._networks._kept) == 4
