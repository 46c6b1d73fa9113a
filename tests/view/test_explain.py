"""Every expression of every derivation is worked out again and must give the number beside it."""

from __future__ import annotations

import math

import pytest
from simpleeval import SimpleEval

import archcalc
from archcalc.spec.library import bundled_networks
from archcalc.view.explain import explain
from archcalc.view.explanation import Explanation

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


@pytest.mark.parametrize("name", [each.name for each in bundled_networks()])
def test_derivations_equal_the_analysis(name: str) -> None:
    network = analysis(name)
    for layer in network.layers:
        explanation = explain(network, layer.path)
        assert_adds_up(explanation)
        results = steps(explanation)
        for axis, size in layer.shape.sizes.items():
            assert results["size", axis] == size
        for network_input, seen in layer.fields.items():
            for axis in seen.full:
                assert results[f"receptive field in {network_input}", axis] == seen.full[axis]
                assert results[f"receptive field in {network_input}", f"{axis} clipped"] == seen.clipped[axis]
        assert results["arithmetic", "FLOPs"] == layer.flops if layer.flops else True
        assert results["memory", "output bytes"] == layer.activation_bytes


def test_the_lecture_step_is_there() -> None:
    explanation = explain(analysis("slow_fusion"), "conv3d_2")
    expressions = {step.expression for section in explanation.sections for step in section.steps}
    assert "6 + (3 - 1) * 4" in expressions
    assert "24 * 12 * 3*3*3 + 24" in expressions


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
