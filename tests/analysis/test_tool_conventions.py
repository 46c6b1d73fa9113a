"""Conventions of tools by value on small layers, the parameters that they count, and all of them side by side."""

from __future__ import annotations

import pickle

import pytest

import archcalc
from archcalc.analysis.by_convention import counted_by
from archcalc.analysis.conventions import CONVENTIONS
from archcalc.tables.conventions import conventions_table
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
from tests.conftest import Load

POSITIONS = 8 * 16 * 16
ELEMENTS = 3 * POSITIONS
HALF = 3 * 4 * 8 * 8
TOOLS = ("ptflops", "thop", "ultralytics")
RULES = {  # the layer on a clip 3x8x16x16, and what ptflops and thop count of it, and Ultralytics before its factor 2
    "relu": (2 * ELEMENTS, 0, 0),
    "gelu": (2 * ELEMENTS, 0, 0),
    "silu": (ELEMENTS, 0, 0),
    "sigmoid": (0, 0, 0),
    "prelu": (2 * ELEMENTS, ELEMENTS, ELEMENTS),
    "softmax": (ELEMENTS, POSITIONS * (3 * 3 - 1), POSITIONS * (3 * 3 - 1)),
    "batch_norm": (2 * ELEMENTS, 4 * ELEMENTS, 4 * ELEMENTS),
    "batch_norm: {affine: false}": (ELEMENTS, 2 * ELEMENTS, 2 * ELEMENTS),
    "layer_norm": (ELEMENTS, 4 * ELEMENTS, 4 * ELEMENTS),
    "group_norm: {num_groups: 3}": (2 * ELEMENTS, 0, 4 * ELEMENTS),
    "rms_norm": (0, 0, 4 * ELEMENTS),
    "max_pool3d: {kernel: 2}": (2 * ELEMENTS, 0, 0),
    "avg_pool3d: {kernel: 2}": (2 * ELEMENTS, HALF, ELEMENTS + HALF),
    "adaptive_avg_pool2d: {output_size: 4}": (
        2 * ELEMENTS, 3 * 8 * 4 * 4 * (4 * 4 + 1), 3 * 8 * 4 * 4 * (4 * 4 + 1),
    ),
    "global_avg_pool": (0, 0, 0),
    "global_avg_pool: {axes: [H, W]}": (2 * ELEMENTS, 3 * 8 * (16 * 16 + 1), 3 * 8 * (16 * 16 + 1)),
    "interpolate: {scale: 2}": (2 * 8 * ELEMENTS, 8 * ELEMENTS, 0),
    "interpolate: {scale: 2, mode: bilinear}": (3 * 32 * 32 + 4 * ELEMENTS, 11 * 4 * ELEMENTS, 11 * 4 * ELEMENTS),
    "interpolate: {scale: 2, mode: trilinear}": (2 * 8 * ELEMENTS, 0, 31 * 8 * ELEMENTS),
    "conv3d: {out: 5, kernel: 1}": (POSITIONS * (3 * 5 + 5), POSITIONS * 3 * 5, POSITIONS * 3 * 5),
    "conv_transpose3d: {out: 5, kernel: 2, stride: 2, bias: false}": (
        POSITIONS * 3 * 5 * 8, 8 * POSITIONS * 3 * 5 * 8, POSITIONS * 3 * 5 * 8,
    ),
    "linear: {out: 7}": (POSITIONS * (3 * 7 + 7), POSITIONS * 3 * 7, POSITIONS * 3 * 7),
    "rnn: {hidden_size: 5}": (
        POSITIONS * (5 * 3 + 5 * 5 + 5 + 2 * 5), POSITIONS * (5 * 3 + 5 * 5 + 5 + 2 * 5),
        POSITIONS * (5 * 3 + 5 * 5 + 5 + 2 * 5),
    ),
    "lstm: {hidden_size: 5, bias: false}": (
        POSITIONS * (4 * (5 * 3 + 5 * 5) + 10 * 5), POSITIONS * (4 * (5 * 3 + 5 * 5) + 8 * 5),
        POSITIONS * (4 * (5 * 3 + 5 * 5) + 8 * 5),
    ),
    "attention: {over: [T], heads: 3}": (
        POSITIONS * (4 * 3 * 3 + 4 * 3), POSITIONS * 4 * 3 * 3, POSITIONS * (4 * 3 * 3 + 2 * 8 * 3),
    ),
}  # fmt: skip
KERAS = {  # totals of keras.applications, and what they have that the bundled network lacks
    "vgg16": (138_357_544, 0),
    "mobilenet_v1": (4_253_864, 0),
    "inception_v3": (23_851_784, 0),
    "inception_resnet_v2": (55_873_736, 0),
    "resnet_v2_50": (25_613_800, 0),
    "resnet": (25_636_712, 26_560),  # biases of convolutions, one per channel of a batch norm: 53,120 / 2
    "resnet_v1_101": (44_707_176, 52_672),  # the same
    "efficientnet_b0": (5_330_571, 3 + 3 + 1),  # means and variances of the normalized input, and a counter
}


@pytest.mark.parametrize("layer", RULES)
def test_rules_of_tools(layer: str, layers: Load) -> None:
    spec = layers(f"- {layer}")
    found = [archcalc.analyze(spec, convention=tool).totals.cost for tool in TOOLS]
    ptflops, thop, ultralytics = RULES[layer]
    assert found == [ptflops, thop, 2 * ultralytics]


@pytest.mark.parametrize("tool", ["ptflops", "thop"])
def test_fused_attention_is_missing_where_a_tool_has_no_rule(tool: str, layers: Load) -> None:
    record = archcalc.analyze(layers("- attention: {over: [T], heads: 3}"), convention=tool).layers[0]
    said = f"{POSITIONS * 2 * 8 * 3:,} multiply-accumulates of scaled_dot_product_attention"
    assert (record.status, record.missing) == ("lower bound", (f"{said}, for which {tool} has no rule",))


def test_upsampling_that_thop_leaves_out_is_said(layers: Load) -> None:
    record = archcalc.analyze(layers("- interpolate: {scale: 2, mode: trilinear}"), convention="thop").layers[0]
    assert (record.cost, record.status) == (0, "lower bound")
    assert record.missing == ("operations of trilinear upsampling, whose number is not known",)


@pytest.mark.parametrize("name", KERAS)
def test_parameters_of_keras(name: str) -> None:
    published, more = KERAS[name]
    assert counted_by(archcalc.analyze(archcalc.load(name)), CONVENTIONS["keras"]).params == published - more


@pytest.mark.parametrize(("layer", "params"), [
    ("lstm: {hidden_size: 5}", 4 * (5 * 3 + 5 * 5 + 5)),
    ("lstm: {hidden_size: 5, biases: 1}", 4 * (5 * 3 + 5 * 5 + 5)),
    ("lstm: {hidden_size: 5, bias: false}", 4 * (5 * 3 + 5 * 5)),
    ("rnn: {hidden_size: 5}", 5 * 3 + 5 * 5 + 5),
    ("gru: {hidden_size: 5}", 3 * (5 * 3 + 5 * 5 + 2 * 5)),
    ("batch_norm", 4 * 3),
    ("batch_norm: {track_running_stats: false}", 2 * 3),
    ("conv_lstm2d: {out: 5, kernel: 3}", 4 * (5 * 3 * 9 + 5 * 5 * 9 + 5)),
])  # fmt: skip
def test_parameters_of_layers_of_keras(layer: str, params: int, layers: Load) -> None:
    analysis = archcalc.analyze(layers(f"- {layer}"), convention="keras")
    assert counted_by(analysis, CONVENTIONS["keras"]).params == params
    totals = {each.label: each.value for each in layer_table(analysis, TableOptions()).totals}
    assert totals["params (keras)"] == params


@pytest.mark.parametrize("layer", ["group_norm: {num_groups: 3}", "scale: {learned: true}", "position: {over: [T]}"])
def test_parameters_that_thop_does_not_see(layer: str, layers: Load) -> None:
    analysis = archcalc.analyze(layers(f"- linear: {{out: 3}}\n- {layer}"))
    assert analysis.totals.params > 3 * 3 + 3 == counted_by(analysis, CONVENTIONS["thop"]).params


@pytest.mark.parametrize("name", CONVENTIONS)
def test_shared_weights_count_at_their_owner(name: str, layers: Load) -> None:
    analysis = archcalc.analyze(layers("- linear: {name: one, out: 3}\n- linear: {out: 3, share: one}"))
    assert counted_by(analysis, CONVENTIONS[name]).params == 3 * 3 + 3


def test_all_conventions_have_a_row_with_what_they_count() -> None:
    analysis = archcalc.analyze(archcalc.load("convnet_lstm"))
    table = conventions_table(analysis)
    assert [row[0] for row in table.rows] == list(CONVENTIONS)
    costs = {name: archcalc.analyze(archcalc.load("convnet_lstm"), convention=name).totals.cost for name in CONVENTIONS}
    assert {row[0]: row[2] for row in table.rows} == costs
    assert [row[0] for row in table.rows if "lower bound" in row] == ["fvcore", "fvcore-train"]


def test_differences_add_up_to_the_cost() -> None:
    analysis = archcalc.analyze(archcalc.load("convnet_lstm"))
    for name, convention in CONVENTIONS.items():
        found = counted_by(analysis, convention)
        left_out = sum(each.number or 0 for each in found.missing)
        assert convention.factor * (analysis.totals.macs - left_out) + sum(found.added.values()) == found.cost, name


def test_a_convention_is_pickled_by_its_name() -> None:
    assert all(pickle.loads(pickle.dumps(each)) is each for each in CONVENTIONS.values())
