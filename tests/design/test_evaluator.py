"""Designs that are evaluated one after the other equal designs that are loaded and analyzed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

import archcalc
from archcalc.analysis.analyze import Settings
from archcalc.analysis.quantities import QUANTITIES
from archcalc.design import expansion
from archcalc.design.evaluator import Bound, Evaluator, OverBound
from archcalc.design.fields import last_before_pool
from archcalc.graph import NetworkGraph
from archcalc.spec import expand
from archcalc.spec.inputs import parse_override
from archcalc.spec.load import read_document, spec_of
from tests.design.random_families import designs, families

ASKED = Settings("fvcore", 3, "float16", "adam")
ADDITIVE = ("params", "macs", "flops", "layers")


def evaluator_of(text: str, **options: Any) -> Evaluator:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "family.yaml"
        path.write_text(text)
        return Evaluator(read_document(str(path)), ASKED, **options)


def layers_of(graph: NetworkGraph) -> list[tuple[Any, ...]]:
    return [(each.path, each.op, each.operator, each.inputs, each.shape, each.owner) for each in graph.nodes.values()]


NUMBER_OF_TIMES = re.compile(r" \(\d+ times\)")
"""How often a problem occurs is not counted in blocks that are taken over from an earlier design."""


def problems_of(work: Callable[[], object]) -> list[str]:
    try:
        work()
    except archcalc.SpecError as error:
        return [NUMBER_OF_TIMES.sub("", str(each)) for each in error.problems]
    return []


def compare(evaluator: Evaluator, parameters: dict[str, Any], inputs: tuple[str, ...] = ()) -> None:
    overrides = dict(map(parse_override, inputs))
    expected = problems_of(lambda: spec_of(evaluator.document, parameters, overrides))
    assert problems_of(lambda: evaluator.graph(parameters, overrides)) == expected
    if expected:
        return
    spec = spec_of(evaluator.document, parameters, overrides)
    analysis = archcalc.analyze(spec, convention="fvcore", batch=3, dtype="float16", optimizer="adam")
    graph = evaluator.graph(parameters, overrides)
    assert layers_of(graph) == layers_of(spec.graph)
    assert (graph.inputs, graph.outputs) == (dict(spec.graph.inputs), dict(spec.graph.outputs))
    assert evaluator.totals(graph, QUANTITIES) == {key: each.total(analysis) for key, each in QUANTITIES.items()}
    for layer in analysis.layers:
        assert evaluator.field(graph, layer.path) == layer.fields


@settings(max_examples=40)
@given(families(), designs())
def test_designs_of_random_families(text: str, settings_of: list[dict[str, Any]]) -> None:
    evaluator, forgetful = evaluator_of(text), evaluator_of(text, most_remembered=0)
    for parameters in settings_of:
        compare(evaluator, parameters)
        compare(forgetful, parameters)


@pytest.mark.parametrize(
    ("name", "varied"),
    [
        ("r2plus1d_18", [{}, {"mid": "paper"}, {"classes": 5}, {}]),
        ("x3d_s", [{"depths": [1, 1, 2, 1]}, {"depths": [1, 2, 2, 1]}, {"depths": [1, 1, 2, 1]}]),
        ("tsm_r50", [{}, {"classes": 7}]),
        ("slowfast", [{"alpha": 8}, {"alpha": 4}]),
        ("mvit_v2_s", [{}, {}]),
    ],
)
def test_designs_of_bundled_networks(name: str, varied: list[dict[str, Any]]) -> None:
    evaluator = Evaluator(read_document(name), ASKED)
    for parameters in varied:
        compare(evaluator, parameters)


def test_other_inputs() -> None:
    evaluator = Evaluator(read_document("slow_fusion"), ASKED)
    for inputs in ("clip=3x8x32x32", "clip=1x8x32x32", "clip=3x8x32x32@5", "clip=3x8x2x32", "clip=3x8x32x32"):
        compare(evaluator, {}, (inputs,))


SMALL = """archcalc: 1
name: small
parameters: {depth: 1}
inputs: {clip: {C: 4, T: 4, H: 8, W: 8}}
layers: [{repeat: {times: $depth, layers: [{conv3d: {out: 4, kernel: 1, bias: false}}]}}]
"""


def test_a_bound_ends_the_expansion() -> None:
    evaluator = evaluator_of(SMALL)
    bound = Bound("params", 3 * 16)
    assert len(evaluator.graph({"depth": 3}, {}, [bound]).nodes) == 3
    for _ in range(2):  # also where all layers are remembered
        with pytest.raises(OverBound):
            evaluator.graph({"depth": 90_000}, {}, [bound])
        with pytest.raises(OverBound):
            evaluator.graph({"depth": 4}, {}, [bound])


def test_layers_of_one_name_stay_an_error() -> None:
    text = SMALL.replace("conv3d: {out", "conv3d: {name: $('a' if depth == 1 else 'b'), out")
    evaluator = evaluator_of(text)
    for depth in (1, 2, 1, 2):
        compare(evaluator, {"depth": depth})


def test_a_number_is_not_a_flag() -> None:
    text = SMALL.replace("times: $depth, ", "times: 1, ").replace("conv3d: {", "conv3d: {when: $depth, ")
    evaluator = evaluator_of(text)
    for depth in (True, 1, 1.0, True, False, 0):
        compare(evaluator, {"depth": depth})


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("r2plus1d_18", "layer4.1.relu_2"),
        ("efficientnet_b0", "head.silu"),  # its gates pool too
        ("convnet_lstm", "cnn.inception5b.concat"),
        ("vgg16", "fc8"),  # no global pool: the last layer
    ],
)
def test_the_last_layer_before_the_global_pool(name: str, layer: str) -> None:
    assert last_before_pool(archcalc.load(name).graph) == layer


def test_stacked_layers_that_are_taken_over_count_as_in_a_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five layers that stay the same, and n more: of eight that are allowed, n = 4 is one too many."""
    for module in (expand, expansion):
        monkeypatch.setattr(module, "MOST_LAYERS", 8)
    evaluator = evaluator_of(
        "archcalc: 1\nname: stack\nparameters: {n: 1}\ninputs: {x: {C: 2, T: 3}}\nlayers:\n"
        "- lstm: {hidden_size: 3, num_layers: 5}\n- rnn: {hidden_size: 3, num_layers: $n}\n"
    )
    for n in (2, 3, 4, 3):
        compare(evaluator, {"n": n})
    assert problems_of(lambda: evaluator.graph({"n": 4}, {}))
