"""Stages of a paper's table, side branches, kinds of layers and facts about time, on networks read by hand."""

from __future__ import annotations

import re
from collections import Counter

import pytest

import archcalc
from archcalc.analysis.kernels import layer_text, output_text, sizes_heading
from archcalc.analysis.layer_kind import layer_kinds
from archcalc.analysis.side_branches import side_layers
from archcalc.analysis.stages import stages
from archcalc.analysis.time_fusion import time_fusion, whole_image
from archcalc.core.shape import Shape
from archcalc.spec.load import load_spec
from tests.conftest import Load

RESIDUAL = """
- conv3d: {name: stem, out: 8, kernel: [1, 7, 7], stride: [1, 2, 2], padding: [0, 3, 3]}
- batch_norm
- relu
- max_pool3d: {name: pool, kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1]}
- repeat:
    name: res2
    times: 3
    layers:
      - residual:
          body:
            - conv3d: {name: a, out: 4, kernel: [3, 1, 1], padding: [1, 0, 0]}
            - relu
            - conv3d: {name: b, out: 8, kernel: 1}
          shortcut: [{conv3d: {name: s, out: 8, kernel: 1}}]
- repeat:
    name: res3
    index: i
    times: 4
    layers:
      - conv3d: {name: c, out: 16, kernel: [1, 3, 3], padding: [0, 1, 1], stride: [1, $(2 if i == 0 else 1), $(2 if i == 0 else 1)]}
- global_avg_pool
- dropout
- linear: {name: fc, out: 5}
- softmax
"""  # noqa: E501
BRANCHES = """
- conv3d: {name: a, out: 8, kernel: 3, padding: 1}
- branches:
    name: mix
    merge: concat
    paths:
      - [{conv3d: {name: one, out: 4, kernel: 1}}]
      - [{conv3d: {name: two, out: 4, kernel: 1}}, {conv3d: {name: three, out: 4, kernel: 3, padding: 1}}]
      - [{max_pool3d: {name: four, kernel: 3, stride: 1, padding: 1}}]
- conv3d: {name: z, out: 8, kernel: [3, 1, 1], padding: [1, 0, 0]}
- branches:
    name: se
    merge: multiply
    paths: [[], [global_avg_pool, {conv3d: {name: squeeze, out: 8, kernel: 1}}, sigmoid]]
- attention: {over: [T], heads: 2}
- conv_transpose2d: {name: up, out: 8, kernel: 2, stride: 2}
- interpolate: {name: re, scale: 2}
"""
ITERATIONS = """
- conv2d: {name: frames, out: 6, kernel: 3, stride: 2, padding: 1, groups: 3}
- repeat:
    name: deep
    times: 4
    layers:
      - conv2d: {name: dw, out: 6, kernel: 3, padding: 1, groups: 6}
      - conv2d: {name: pw, out: 6, kernel: 1}
- repeat:
    name: more
    index: i
    times: 4
    layers:
      - conv3d: {name: t, out: 6, kernel: [3, 1, 1], stride: ["$(2 if i == 2 else 1)", 1, 1], padding: [1, 0, 0]}
- global_avg_pool: {axes: [H, W]}
- lstm: {name: rnn, hidden_size: 5, output: last}
- linear: {name: fc, out: 2}
"""
STACKED = """
- stack_frames
- conv2d: {name: all, out: 6, kernel: [5, 3], padding: [2, 1]}
- flatten
- linear: {name: fc, out: 2}
"""
MIXED = "3×3², 8; [1×1², 4 ∥ [1×1², 4; 3×3², 4] ∥ max pool 3×3²]; 3×1², 8; attention (T, 2 heads), 8"
LAST = [("up", "conv transpose 1×2², 8, stride 1, 2²", "8×32²"), ("re", "interpolate", "16×64²")]
FRAMES = "1×3², 6, stride 1, 2²; [1×3², 6; 1×1², 6] ×4; 3×1², 6 ×2"
Rows = list[tuple[str, str, str]]


@pytest.mark.parametrize(
    ("text", "depth", "rows"),
    [
        (
            RESIDUAL,
            1,
            [
                ("stem", "1×7², 8, stride 1, 2²", "8×8²"),
                ("pool, res2", "max pool 1×3², stride 1, 2²; [3×1², 4; 1×1², 8] ×3", "8×4²"),
                ("res3", "1×3², 16 ×4", "8×2²"),
                ("global_avg_pool, fc", "global avg pool; linear, 5", "1×1²"),
            ],
        ),
        (
            RESIDUAL,
            2,
            [
                ("stem", "1×7², 8, stride 1, 2²", "8×8²"),
                ("pool, res2", "max pool 1×3², stride 1, 2²; [3×1², 4; 1×1², 8] ×3", "8×4²"),
                ("res3", "[1×3², 16, stride 1, 2²; 1×3², 16 ×3]", "8×2²"),
                ("global_avg_pool, fc", "global avg pool; linear, 5", "1×1²"),
            ],
        ),
        (BRANCHES, 1, [("a, mix, z, attention", MIXED, "8×16²"), *LAST]),
        (BRANCHES, 2, [("a, mix.one, mix.two, mix.three, mix.four, z, attention", MIXED, "8×16²"), *LAST]),
        (
            ITERATIONS,
            1,
            [
                ("frames, deep, more.0-1", FRAMES, "8×8²"),
                ("more.2-3", "3×1², 6 ×2", "4×8²"),
                ("global_avg_pool", "global avg pool (over H, W)", "4×1²"),
                ("rnn, fc", "lstm, 5; linear, 2", "1²"),
            ],
        ),
        (STACKED, 1, [("all", "5×3, 6", "16²"), ("fc", "linear, 2", "2")]),
    ],
)
def test_stages_as_a_paper_lists_them(layers: Load, text: str, depth: int, rows: Rows) -> None:
    assert [each[:3] for each in stages(archcalc.analyze(layers(text)), depth)] == rows


def test_a_branch_of_another_size_is_a_stage_of_its_own(layers: Load) -> None:
    text = """
        - conv2d: {name: a, out: 4, kernel: 3, padding: 1}
        - conv2d: {name: b, out: 4, kernel: 3, stride: 2, padding: 1}
        - conv2d: {name: c, out: 4, kernel: 3, padding: 1}
        - conv2d: {name: side, from: a, out: 4, kernel: 1}
        - relu: {name: on, from: side}
        - conv2d: {name: further, out: 4, kernel: 5, padding: 2}
        - conv_transpose2d: {name: up, from: c, out: 4, kernel: 2, stride: 2}
        - add: {name: sum, from: [up, further]}
        - conv2d: {name: last, out: 4, kernel: 1}
    """
    assert [each[:3] for each in stages(archcalc.analyze(layers(text)), 1)] == [
        ("a", "1×3², 4", "8×16²"),
        ("b, c", "1×3², 4, stride 1, 2²; 1×3², 4", "8×8²"),
        ("side, further", "1×1², 4; 1×5², 4", "8×16²"),
        ("up", "conv transpose 1×2², 4, stride 1, 2²", "8×16²"),
        ("last", "1×1², 4", "8×16²"),
    ]


def count(listed: str) -> int:
    """How many layers a text such as `[3×1², 4; 1×1², 8] ×3; linear` lists."""
    inner = re.compile(r"\[([^\[\]]*)\](?: ×(\d+))?(?=;|\]|\)| ∥|$)")
    text = listed
    found = Counter[str]()
    while bracket := inner.search(text):
        key = f"<{len(found)}>"
        found[key] = _sum(bracket[1], found) * int(bracket[2] or 1)
        text = text[: bracket.start()] + key + text[bracket.end() :]
    return _sum(text, found)


def _sum(text: str, known: Counter[str]) -> int:
    total = 0
    for entry in re.split("; | ∥ ", text):
        name, _, times = entry.rpartition(" ×")
        alone = name if times.isdigit() else entry
        total += known.get(alone.strip("()"), 1) * (int(times) if times.isdigit() else 1)
    return total


@pytest.mark.parametrize("name", ["slow_fusion", "r2plus1d_34", "resnet", "x3d_s", "i3d", "mvit_v1_b", "convnet_lstm"])
def test_stages_list_every_layer_that_papers_name(name: str) -> None:
    analysis = archcalc.analyze(load_spec(name, {}, {}))
    aside = side_layers(analysis.graph)
    named = [
        layer for layer in analysis.layers if layer.path not in aside and layer_text(analysis, layer, with_stride=True)
    ]
    for depth in range(4):
        assert sum(count(each.layers) for each in stages(analysis, depth)) == len(named)
        paths = [path for each in stages(analysis, depth) for path in each.paths]
        assert len(paths) == len(set(paths))
        assert {layer.path for layer in named} <= set(paths)


@pytest.mark.parametrize(
    ("text", "aside"),
    [
        (RESIDUAL, {"res2.0.s", "res2.1.s", "res2.2.s"}),
        (BRANCHES, {"se.global_avg_pool", "se.squeeze", "se.sigmoid"}),
        (ITERATIONS, set()),
        # A gate whose two sides are both made of layers has no main line.
        (
            """
            - conv2d: {name: a, out: 4, kernel: 1}
            - conv2d: {name: left, from: a, out: 4, kernel: 1}
            - conv2d: {name: right, from: a, out: 4, kernel: 3, padding: 1}
            - multiply: {name: product, from: [left, right]}
            """,
            set(),
        ),
        ("- conv2d: {name: a, out: 4, kernel: 1}\n- multiply: {from: [a, a]}", set()),
        (
            "- conv2d: {name: a, out: 4, kernel: 1}\n- relu: {name: b}\n- multiply: {from: [b, a]}",
            {"b"},
        ),
    ],
)
def test_what_papers_leave_out(layers: Load, text: str, aside: set[str]) -> None:
    assert side_layers(layers(text).graph) == aside


def test_layers_in_the_lists_of_an_attention_are_aside() -> None:
    graph = load_spec("mvit_v1_b", {}, {}).graph
    inside = {path for path in graph.nodes if ".attention." in path}
    assert "blocks.0.attention.key.conv" in inside
    assert inside <= side_layers(graph)
    assert not any(graph.nodes[path].op == "attention" for path in side_layers(graph))


def test_a_shortcut_of_several_layers_is_aside(layers: Load) -> None:
    graph = layers(
        """
        - conv2d: {name: before, out: 4, kernel: 1}
        - residual:
            name: unit
            body: [{conv2d: {name: a, out: 4, kernel: 1}}, {conv2d: {name: b, out: 4, kernel: 3, padding: 1}}]
            shortcut: [{conv2d: {name: one, out: 4, kernel: 1}}, {batch_norm: {name: two}}]
        - residual: {name: plain, body: [{conv2d: {name: c, out: 4, kernel: 1}}]}
    """.replace("batch_norm: {name: two}]", "{batch_norm: {name: two}}]")
    ).graph
    assert side_layers(graph) == {"unit.one", "unit.two"}


def test_a_gate_between_two_lines_has_no_main_line(load: Load) -> None:
    text = """
        archcalc: 1
        name: gates
        inputs: {{left: {{C: 2, T: 4}}, right: {{C: 2, T: 4}}}}
        layers:
          - conv1d: {{name: a, from: left, out: 2, kernel: 1}}
          - conv1d: {{name: b, from: {source}, out: 2, kernel: 1}}
          - sigmoid: {{name: c}}
          - multiply: {{name: gate, from: [{order}]}}
    """
    assert side_layers(load(text.format(source="right", order="a, c")).graph) == set()
    assert side_layers(load(text.format(source="a", order="a, c")).graph) == {"b", "c"}
    assert side_layers(load(text.format(source="a", order="c, a")).graph) == {"b", "c"}
    assert side_layers(load(text.format(source="left", order="a, c")).graph) == set()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (RESIDUAL, "spatial convolution: 5, norm: 1, elementwise: 9, pool: 1, temporal convolution: 3,"
                   " pointwise convolution: 6, global pool: 1, linear: 1"),
        (BRANCHES, "space-time convolution: 2, pointwise convolution: 3, pool: 1, elementwise: 4,"
                   " temporal convolution: 1, global pool: 1, attention: 1, transposed convolution: 1"),
        (ITERATIONS, "grouped convolution: 1, depthwise convolution: 4, pointwise convolution: 4,"
                     " temporal convolution: 4, global pool: 1, recurrent: 1, linear: 1"),
        (STACKED, "view: 2, spatial convolution: 1, linear: 1"),
        ("- pad: {T: [1, 1]}", "rearrangement: 1"),
        ("- conv2d: {out: 6, kernel: 3, groups: 3}\n- conv2d: {out: 6, kernel: 1, groups: 1}",
         "grouped convolution: 1, pointwise convolution: 1"),
        ("- conv3d: {out: 6, kernel: [3, 1, 3]}", "space-time convolution: 1"),
        ("- conv3d: {out: 6, kernel: [1, 1, 3]}", "spatial convolution: 1"),
    ],
)  # fmt: skip
def test_kinds_of_layers(layers: Load, text: str, kinds: str) -> None:
    found = Counter(layer_kinds(archcalc.analyze(layers(text))))
    assert sorted(f"{kind}: {times}" for kind, times in found.items()) == sorted(kinds.split(", "))


def test_a_volume_has_space_time_kernels_too(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: volume
        inputs: {volume: {C: 1, D: 8, H: 8, W: 8}}
        layers: [{conv3d: {out: 2, kernel: [3, 1, 1]}}, {conv3d: {out: 2, kernel: [3, 3, 1]}}]
    """)
    assert layer_kinds(archcalc.analyze(spec)) == ["temporal convolution", "space-time convolution"]


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (Shape.of({"C": 4, "T": 8, "H": 7, "W": 7}), "8×7²"),
        (Shape.of({"C": 4, "T": 8, "H": 7, "W": 5}), "8×7×5"),
        (Shape.of({"C": 4, "H": 7, "W": 7}, tokens=1), "7²+1"),
        (Shape.of({"C": 4, "T": 8}), "8"),
        (Shape.of({"C": 4, "H": 3}), "3"),
        (Shape.of({"C": 4}), "4"),
    ],
)
def test_output_sizes(shape: Shape, text: str) -> None:
    assert output_text(shape) == text


def test_headings_of_output_sizes() -> None:
    axes = ("T", "H", "W"), ("H", "W"), ("T",), ("D", "H"), ()
    assert [sizes_heading(each) for each in axes] == ["T×S²", "S²", "T", "D×S", ""]


def test_where_time_is_fused(layers: Load) -> None:
    fusion = time_fusion(archcalc.analyze(layers(ITERATIONS)))
    assert fusion is not None
    assert (fusion.frames, fusion.fusing) == (8, ("more.0.t", "more.1.t", "more.2.t", "more.3.t"))
    assert (fusion.whole_clip, fusion.ends) == ("more.3.t", "rnn")
    assert fusion.shift is not None
    assert (fusion.shift.frames, fusion.shift.positions, fusion.shift.broken) == (2, 1, "rnn")
    assert fusion.shift.rate == 2
    assert whole_image(archcalc.analyze(layers(ITERATIONS))) == "deep.3.dw"


def test_a_network_that_fuses_nothing(layers: Load) -> None:
    analysis = archcalc.analyze(layers("- conv2d: {out: 4, kernel: 3}\n- conv2d: {out: 4, kernel: 3}"))
    fusion = time_fusion(analysis)
    assert fusion is not None
    assert (fusion.fusing, fusion.whole_clip, fusion.ends) == ((), None, None)
    assert whole_image(analysis) is None


def test_the_input_with_the_most_frames_has_the_time(load: Load) -> None:
    analysis = archcalc.analyze(load("""
        archcalc: 1
        name: two
        inputs: {slow: {C: 1, T: 2, H: 4, W: 4}, fast: {C: 1, T: 8, H: 4, W: 4}, image: {C: 1, H: 9, W: 9}}
        layers:
          - conv3d: {name: a, from: slow, out: 2, kernel: [2, 1, 1]}
          - conv3d: {name: b, from: fast, out: 2, kernel: [4, 1, 1], stride: [4, 1, 1]}
          - conv3d: {name: c, out: 2, kernel: [2, 4, 4]}
          - conv2d: {name: d, from: image, out: 2, kernel: 9}
          - add: {name: e, from: [a, c, d]}
    """))  # fmt: skip
    fusion = time_fusion(analysis)
    assert fusion is not None
    assert (fusion.frames, fusion.fusing, fusion.whole_clip, fusion.ends) == (8, ("b", "c"), "c", "c")
    assert whole_image(analysis) == "c"


def test_networks_without_time(load: Load) -> None:
    text = "archcalc: 1\nname: flat\ninputs: {image: {C: 1, H: 4, W: 4}}\nlayers: [{conv2d: {out: 1, kernel: 4}}]"
    analysis = archcalc.analyze(load(text))
    assert time_fusion(analysis) is None
    assert whole_image(analysis) == "conv2d"
    row = "archcalc: 1\nname: row\ninputs: {row: {C: 1, T: 4}}\nlayers: [{conv1d: {out: 1, kernel: 4}}]"
    assert whole_image(archcalc.analyze(load(row))) is None
