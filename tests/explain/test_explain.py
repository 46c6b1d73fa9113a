"""Every expression of every derivation is worked out again and must give the number that is shown."""

from __future__ import annotations

import math

import pytest
from simpleeval import SimpleEval

import archcalc
from archcalc.explain.explanation import Explanation
from archcalc.explain.layer import explain
from archcalc.spec.library import bundled_networks
from tests.conftest import Load

FUNCTIONS = {"floor": math.floor, "ceil": math.ceil, "max": max, "min": min}


def analysis(name: str) -> archcalc.Analysis:
    return archcalc.analyze(archcalc.load(name))


def assert_adds_up(explanation: Explanation) -> None:
    evaluator = SimpleEval(functions=FUNCTIONS)
    for section in explanation.sections:
        for step in section.steps:
            if step.expression:
                worked_out = evaluator.eval(step.expression)
                shown = float(str(step.result).replace(",", ""))
                assert worked_out == pytest.approx(shown, rel=1e-3 if isinstance(step.result, str) else 0), (
                    explanation.title,
                    section.heading,
                    step,
                )


def steps(explanation: Explanation) -> dict[tuple[str, str], int | str]:
    return {(section.heading, step.what): step.result for section in explanation.sections for step in section.steps}


def assert_equals_the_analysis(network: archcalc.Analysis, layer: archcalc.LayerRecord) -> None:
    explanation = explain(network, layer.path)
    assert_adds_up(explanation)
    results = steps(explanation)
    for axis, size in layer.shape.sizes.items():
        assert results["size", axis] == size
    for (network_input, axis), seen in network.tensor_fields[layer.path].grid.items():
        heading = f"receptive field in {network_input}"
        assert results[heading, axis] == seen.full_size, (layer.path, axis)
        assert results[heading, f"{axis} clipped"] == seen.clipped_size, (layer.path, axis)
    assert results["arithmetic", "FLOPs"] == layer.flops if layer.flops else True
    assert results["memory", "activation"] == layer.activation_bytes


@pytest.mark.parametrize("name", [each.name for each in bundled_networks()])
def test_derivations_equal_the_analysis(name: str) -> None:
    network = analysis(name)
    for layer in network.layers:
        assert_equals_the_analysis(network, layer)


ZOO = """
archcalc: 1
name: zoo
inputs: {clip: {C: 8, T: 8, H: 12, W: 12, fps: 8}}
layers:
  - conv3d: {name: c1, out: 8, kernel: [3, 3, 3], stride: [1, 2, 2], padding: same, dilation: [2, 1, 1]}
  - conv_transpose3d: {name: up, out: 8, kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1],
                       output_padding: [0, 1, 1]}
  - temporal_shift: {name: shift}
  - group_norm: {name: gn, num_groups: 4}
  - interpolate: {name: down, scale: {H: 0.5, W: 0.5}, mode: bilinear}
  - adaptive_avg_pool3d: {name: ad, output_size: [8, 4, 4]}
  - dot_product: {name: dp, from: [ad, ad, ad]}
  - crop: {name: crop, H: 3, W: [1, 3]}
  - pad: {name: pad, T: [1, 0]}
  - space_to_depth: {name: fold, H: 3}
  - class_token: {name: cls}
  - position: {name: pos, over: [T], class_token: true}
  - attention: {name: att, over: [T, H, W], heads: 4}
  - select: {name: grid, tokens: grid}
  - global_avg_pool: {name: gap, axes: [H, W]}
  - lstm: {name: lstm, hidden_size: 5, bidirectional: true}
  - gru: {name: gru, hidden_size: 4, output: last}
  - flatten: {name: flat}
  - linear: {name: fc, out: 3}
"""


def test_derivations_of_every_kind_of_operator(load: Load) -> None:
    network = archcalc.analyze(load(ZOO))
    for layer in network.layers:
        assert_equals_the_analysis(network, layer)


def test_the_lecture_step_is_there() -> None:
    explanation = explain(analysis("slow_fusion"), "conv3d_2")
    expressions = {step.expression for section in explanation.sections for step in section.steps}
    assert "6 + (3 - 1) * 4" in expressions
    assert "24 * 12 * 3*3*3 + 24" in expressions


def small(load: Load, layer: str) -> archcalc.Analysis:
    return archcalc.analyze(
        load(f"""
archcalc: 1
name: small
inputs: {{clip: {{C: 16, T: 5, H: 8, W: 8}}}}
layers:
  - {layer}
""")
    )


@pytest.mark.parametrize(
    ("layer", "sizes"),
    [
        ("depth_to_space: {name: x, T: 2, H: 4}", {"C": "16 / (2 * 4)", "T": "5 * 2", "H": "8 * 4", "W": ""}),
        ("pixel_shuffle: {name: x, upscale_factor: 2}", {"C": "16 / (2 * 2)", "T": "", "H": "8 * 2", "W": "8 * 2"}),
    ],
)
def test_sizes_of_channels_moved_into_positions_are_products(load: Load, layer: str, sizes: dict[str, str]) -> None:
    network = small(load, layer)
    assert_equals_the_analysis(network, network.layers[0])
    assert {step.what: step.expression for step in explain(network, "x").sections[0].steps} == sizes


@pytest.mark.parametrize("argument", ["causal: true", "window: 3"])
def test_products_of_attention_say_that_they_contain_masked_pairs(load: Load, argument: str) -> None:
    masked = steps(explain(small(load, f"sequence_attention: {{name: x, heads: 4, {argument}}}"), "x"))
    plain = steps(explain(small(load, "sequence_attention: {name: x, heads: 4}"), "x"))
    for product in ("queries with keys", "affinities with values"):
        assert masked["arithmetic", f"{product}, masked pairs too"] == 8 * 8 * 5 * 5 * 16
        assert plain["arithmetic", product] == 8 * 8 * 5 * 5 * 16


def test_a_wrong_expression_is_caught() -> None:
    explanation = explain(analysis("slow_fusion"), "conv3d_2")
    section = explanation.sections[0]
    step = section.steps[1]
    wrong = type(step)(step.what, step.expression + " + 1", step.result)
    broken = Explanation("", (), (type(section)("size", (wrong,)),))
    with pytest.raises(AssertionError):
        assert_adds_up(broken)


def test_unknown_layers_name_the_nearest() -> None:
    with pytest.raises(archcalc.UsageError, match="did you mean conv3b, conv3a"):
        explain(analysis("c3d"), "conv3")
