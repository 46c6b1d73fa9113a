"""The paper style: stages, kernels, sizes."""

from __future__ import annotations

import pytest

from archcalc.api import analyze
from archcalc.render.formats import table_format
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
from tests.render.networks import table_of
from tests.render.readers import read_csv


def stages_of(network: str) -> dict[str, tuple[str, str]]:
    rows = read_csv(table_format("csv")(table_of(network, "paper"))).rows
    return {name: (layers, output) for name, layers, output in rows}


@pytest.fixture
def stages(layers):
    def of(text: str, depth: int | None = None, before: str = "") -> list[tuple[object, ...]]:
        table = layer_table(analyze(layers(text, before)), TableOptions(style="paper", depth=depth))
        return list(table.rows[1:])

    return of


def test_slowfast_reads_as_table_1_of_its_paper():
    """At 256 pixels; the paper has 224."""
    stages = stages_of("slowfast_r50_4x16")
    assert stages["clip"] == ("", "32×256²")
    assert stages["slow_stem"] == ("1×7², 64, stride 1, 2²; max pool 1×3², stride 1, 2²", "4×64²")
    assert stages["fast_stem"] == ("5×7², 8, stride 1, 2²; max pool 1×3², stride 1, 2²", "32×64²")
    assert stages["slow_res3"] == ("[1×1², 128; 1×3², 128; 1×1², 512] ×4", "4×32²")
    assert stages["slow_res4"] == ("[3×1², 256; 1×3², 256; 1×1², 1024] ×6", "4×16²")
    assert stages["fast_res5"] == ("[3×1², 64; 1×3², 64; 1×1², 256] ×3", "32×8²")


def test_x3d_reads_as_its_paper_without_gates_and_shortcuts():
    stages = stages_of("x3d_s")
    assert stages["conv1_xy, conv1_t"] == ("1×3², 24, stride 1, 2²; 5×1², 24", "13×80²")
    assert stages["res2"] == ("[1×1², 54; 3×3², 54; 1×1², 24] ×3", "13×40²")
    assert stages["res4"] == ("[1×1², 216; 3×3², 216; 1×1², 96] ×11", "13×10²")


def test_height_and_width_that_differ_stand_apart():
    assert stages_of("branches")["stem, looks"] == (
        "3×5², 8, stride 1, 2²; [1×1², 8 ∥ [3×3², 8; 3×3², 16]]",
        "8×16×24",
    )


def test_the_three_blocks_of_p3d_differ_and_alternate():
    """Figure 3 of its paper: A in series, B in parallel, C with the spatial output added once more."""
    first, last = "[1×1², {w}; ", "; 1×1², {out}]"
    a, b, c = (
        first + middle + last
        for middle in (
            "1×3², {w}; 3×1², {w}",
            "(1×3², {w} ∥ 3×1², {w})",
            "1×3², {w}; 3×1², {w}, + input",
        )
    )
    stages = stages_of("p3d")
    assert stages["layer3"][0] == f"[{c}; {a}; {b}] ×12".format(w=256, out=1024)
    assert stages["layer2"][0] == f"[{a}; {b}; {c}] ×2; {a}; {b}".format(w=128, out=512)


def test_a_gate_is_left_out_on_either_side_of_its_product(stages):
    for inputs in ("[main, gate]", "[gate, main]"):
        text = f"""
            - conv3d: {{name: main, out: 4, kernel: 3, padding: 1}}
            - global_avg_pool
            - conv3d: {{out: 4, kernel: 1}}
            - sigmoid: {{name: gate}}
            - multiply: {{from: {inputs}}}
            """
        assert stages(text) == [("main", "3×3², 4", "8×16²")]


def test_two_lines_that_are_multiplied_are_both_shown(stages):
    text = """
        - conv3d: {name: one, out: 4, kernel: 1}
        - conv3d: {name: two, out: 4, kernel: 3, padding: 1, from: clip}
        - multiply: {from: [one, two]}
        """
    assert stages(text) == [("one", "1×1², 4", "8×16²"), ("two", "3×3², 4", "8×16²")]


def test_iterations_of_a_repeat_that_change_the_size_are_stages(stages):
    text = """
        - repeat:
            name: blocks
            each: {stride: [1, 2, 1, 1]}
            layers: [{conv3d: {out: 4, kernel: 3, stride: [1, $stride, $stride], padding: 1}}, relu]
        """
    assert [(name, size) for name, _, size in stages(text)] == [("blocks.0", "8×16²"), ("blocks.1-3", "8×8²")]


def test_the_depth_says_what_a_stage_is(stages):
    text = """
        - group:
            name: backbone
            layers:
              - conv3d: {name: first, out: 4, kernel: 3, padding: 1}
              - max_pool3d: {name: pool, kernel: 2}
              - conv3d: {name: second, out: 8, kernel: 3, padding: 1}
        """
    assert [name for name, *_ in stages(text)] == ["backbone"]
    assert [name for name, *_ in stages(text, depth=2)] == ["backbone.first", "backbone.pool, backbone.second"]


def test_the_lists_of_an_attention_are_part_of_it(stages):
    text = """
        - attention:
            name: mix
            over: [T, H, W]
            heads: 1
            key: [{max_pool3d: {kernel: 2}}]
            value: [{max_pool3d: {kernel: 2}}]
        """
    assert [layers for _, layers, _ in stages(text)] == ["attention (T,H,W, 1 head), 3"]
