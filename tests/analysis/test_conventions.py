"""Conventions by value: what each counts of small layers, what it leaves out, and how that is said."""

from __future__ import annotations

from typing import Any

import pytest

import archcalc
from archcalc.analysis.conventions import CONVENTIONS, LayerArithmetic, cost
from archcalc.graph import TypedOperator
from archcalc.tables.conventions import conventions_table
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
from archcalc.tables.rows import rows_to_depth
from tests.conftest import Load
from tests.ops.vocabulary import VOCABULARY, bind, shape_of

ELEMENTS = 3 * 8 * 16 * 16
RULES = {  # the layer, and what fvcore counts of it in eval and in training mode
    "batch_norm": (2 * ELEMENTS, 5 * ELEMENTS),
    "batch_norm: {affine: false}": (1 * ELEMENTS, 4 * ELEMENTS),
    "batch_norm: {track_running_stats: false}": (5 * ELEMENTS, 5 * ELEMENTS),
    "layer_norm": (5 * ELEMENTS, 5 * ELEMENTS),
    "layer_norm: {elementwise_affine: false}": (4 * ELEMENTS, 4 * ELEMENTS),
    "group_norm: {num_groups: 3}": (5 * ELEMENTS, 5 * ELEMENTS),
    "group_norm: {num_groups: 3, affine: false}": (4 * ELEMENTS, 4 * ELEMENTS),
    "instance_norm": (4 * ELEMENTS, 4 * ELEMENTS),
    "instance_norm: {affine: true}": (5 * ELEMENTS, 5 * ELEMENTS),
    "adaptive_avg_pool2d: {output_size: 4}": (ELEMENTS, ELEMENTS),
    "interpolate: {size: [5, 7]}": (3 * 8 * 5 * 7, 3 * 8 * 5 * 7),
    "interpolate: {size: [5, 7], mode: bilinear}": (4 * 3 * 8 * 5 * 7, 4 * 3 * 8 * 5 * 7),
    "interpolate: {size: {W: 5}, mode: bilinear}": (4 * 3 * 8 * 16 * 5, 4 * 3 * 8 * 16 * 5),  # along H too
    "interpolate: {size: {W: 5}}": (0, 0),  # along W alone
    "interpolate: {size: {T: 4, H: 5, W: 5}}": (0, 0),
    "relu": (0, 0),
    "linear: {out: 7}": (ELEMENTS * 7, ELEMENTS * 7),
}
STEPS = 8 * 16 * 16
UNKNOWN = {  # the layer, what fvcore counts of it, what it leaves out, and of which operation
    "rnn: {hidden_size: 5}": (0, STEPS * (5 * 3 + 5 * 5), "rnn_tanh"),
    "rnn: {hidden_size: 5, nonlinearity: relu}": (0, STEPS * (5 * 3 + 5 * 5), "rnn_relu"),
    "lstm: {hidden_size: 5}": (0, STEPS * 4 * (5 * 3 + 5 * 5), "lstm"),
    "gru: {hidden_size: 5, output: last}": (0, STEPS * 3 * (5 * 3 + 5 * 5), "gru"),
    "attention: {over: [T], heads: 3}": (STEPS * 4 * 3 * 3, STEPS * 2 * 8 * 3, "scaled_dot_product_attention"),
}
FVCORE = ("fvcore", "fvcore-train")


def lower_bounds(analysis: archcalc.Analysis) -> list[str]:
    """The lines below a table that say what a cost leaves out."""
    return [each for each in layer_table(analysis, TableOptions()).remarks if "lower bound" in each]


@pytest.mark.parametrize("layer", RULES)
def test_rules_of_fvcore(layer: str, layers: Load) -> None:
    spec = layers(f"- {layer}")
    analyses = [archcalc.analyze(spec, convention=each) for each in FVCORE]
    assert tuple(each.totals.cost for each in analyses) == RULES[layer]
    assert [(each.layers[0].status, each.layers[0].missing) for each in analyses] == [("complete", ())] * 2


BOXES = [{"C": 256, "H": 50, "W": 60}, {"C": 4, "T": 100}]
TYPED: list[tuple[str, dict[str, Any], list[dict[str, int]], int]] = [
    # an operator, its arguments, the shapes of its inputs, and what fvcore counts
    ("grid_sample", {}, [{"C": 8, "H": 14, "W": 14}, {"C": 2, "H": 7, "W": 9}], 4 * 8 * 7 * 9),
    ("roi_align", {"output_size": [7, 5]}, BOXES, 4 * 256 * 100 * 7 * 5 * 2**2),
    ("roi_align", {"output_size": 7, "sampling_ratio": 3}, BOXES, 4 * 256 * 100 * 7 * 7 * 3**2),
    ("deform_conv2d", {"out": 64, "kernel": [3, 2]}, [{"C": 32, "H": 9, "W": 9}, {"C": 12, "H": 7, "W": 8}],
     (64 + 4) * 32 * 3 * 2 * 7 * 8),
    ("conv2d", {"out": 6, "kernel": 3, "weight_standardization": True}, [{"C": 4, "H": 5, "W": 6}],
     6 * 4 * 9 * (3 * 4 + 2)),
    ("conv2d", {"out": 6, "kernel": 3}, [{"C": 4, "H": 5, "W": 6}], 6 * 4 * 9 * 3 * 4),
    ("global_avg_pool", {}, [{"C": 4, "H": 5, "W": 6}], 4 * 5 * 6),
    ("global_avg_pool", {}, [{"C": 4, "T": 3, "H": 5, "W": 6}], 0),
    ("global_avg_pool", {"axes": ["H", "W"]}, [{"C": 4, "T": 3, "H": 5, "W": 6}], 4 * 3 * 5 * 6),
    ("global_avg_pool", {"axes": ["W"]}, [{"C": 4, "T": 3, "H": 5, "W": 6}], 0),
    ("interpolate", {"size": [4, 5, 6]}, [{"C": 4, "T": 3, "H": 5, "W": 6}], 0),
]  # fmt: skip


@pytest.mark.parametrize(("word", "arguments", "inputs", "counted"), TYPED)
def test_rules_of_fvcore_by_shapes(
    word: str, arguments: dict[str, Any], inputs: list[dict[str, int]], counted: int
) -> None:
    shapes = tuple(map(shape_of, inputs))
    operator = bind(VOCABULARY[word], arguments)
    typed = TypedOperator(operator, shapes, operator.output_shape(shapes))
    assert cost(CONVENTIONS["fvcore"], LayerArithmetic.of(typed)) == (counted, ())


@pytest.mark.parametrize("layer", UNKNOWN)
@pytest.mark.parametrize("convention", FVCORE)
def test_what_fvcore_has_no_rule_for_is_left_out_and_said(layer: str, convention: str, layers: Load) -> None:
    counted, left_out, operation = UNKNOWN[layer]
    analysis = archcalc.analyze(layers(f"- relu\n- {layer}"), convention=convention)
    before, record = analysis.layers
    said = f"{left_out:,} multiply-accumulates of {operation}, for which {convention} has no rule"
    assert (record.cost, record.status, record.missing) == (counted, "lower bound", (said,))
    assert (before.status, before.missing) == ("complete", ())
    assert record.macs == counted + left_out
    assert lower_bounds(analysis) == [f"lower bound: leaves out {said}"]


@pytest.mark.parametrize("convention", [name for name, each in CONVENTIONS.items() if not each.without_rule])
@pytest.mark.parametrize("layer", UNKNOWN)
def test_conventions_with_all_rules_count_it_all(layer: str, convention: str, layers: Load) -> None:
    record = archcalc.analyze(layers(f"- {layer}"), convention=convention).layers[0]
    assert (record.status, record.missing) == ("complete", ())
    assert record.cost >= record.macs == sum(UNKNOWN[layer][:2])


def test_what_is_left_out_is_summed_by_operation(layers: Load) -> None:
    attention, recurrence = "attention: {over: [T], heads: 3}", "lstm: {hidden_size: 3}"
    analysis = archcalc.analyze(layers(f"- {attention}\n- {attention}\n- {recurrence}"), convention="fvcore")
    products, weights = f"{2 * STEPS * 2 * 8 * 3:,}", f"{STEPS * 4 * (3 * 3 + 3 * 3):,}"
    expected = [
        f"{products} multiply-accumulates of scaled_dot_product_attention, for which fvcore has no rule",
        f"{weights} multiply-accumulates of lstm, for which fvcore has no rule",
    ]
    assert lower_bounds(analysis) == [f"lower bound: leaves out {each}" for each in expected]
    remarks = conventions_table(analysis).remarks
    assert [each for each in remarks if "lower bound" in each and each.startswith(FVCORE)] == [
        f"{name} is a lower bound here: it leaves out {each.replace('which fvcore', f'which {name}')}"
        for name in FVCORE
        for each in expected
    ]


def test_a_row_of_several_layers_is_a_lower_bound_if_one_of_them_is() -> None:
    analysis = archcalc.analyze(archcalc.load("convnet_lstm"), convention="fvcore")
    assert [row.path for row in rows_to_depth(analysis, 1) if row.status == "lower bound"] == ["lstm"]
    analysis = archcalc.analyze(archcalc.load("timesformer_b"), convention="fvcore")
    assert [row.path for row in rows_to_depth(analysis, 1) if row.status == "lower bound"] == ["blocks"]
