"""Whole networks: PyTorch has the shapes, parameters and multiply-accumulates of the analysis, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import archcalc
from archcalc.core.shape import Shape
from archcalc.core.terms import Arithmetic, Parameters, term
from archcalc.ops.base import Operator
from archcalc.ops.conv import Conv
from archcalc.ops.pool import Pool
from archcalc.ops.tracked_norm import BatchNorm
from tests.pytorch.agreement import assert_agrees
from tests.pytorch.representatives import representatives
from tests.reference.network import render
from tests.reference.random_networks import random_network

SEEDS = 60

TRANSFORMERS = """
    archcalc: 1
    name: transformers
    inputs: {clip: {C: 3, T: 8, H: 32, W: 32}}
    blocks:
      pool:
        parameters: {stride: required}
        layers:
          - conv3d: {name: conv, kernel: 3, stride: [1, $stride, $stride], padding: 1, groups: depthwise, bias: false}
          - layer_norm
    layers:
      - conv3d: {name: patches, out: 16, kernel: [2, 4, 4], stride: [2, 4, 4]}
      - residual: {body: [layer_norm, {attention: {name: local, over: [T, H, W], heads: 2, window: [8, 3, 3],
                   shift: [4, 1, 1], relative_position: table}}]}
      - space_to_depth: {H: 2, W: 2}
      - linear: {name: reduce, out: 32, bias: false}
      - class_token
      - position: {over: [H, W], class_token: true}
      - position: {name: times, over: [T]}
      - residual: {body: [{attention: {name: spatial, over: [H, W], heads: 4, class_token: copy}}]}
      - residual: {body: [{select: {tokens: grid}}, {attention: {name: temporal, over: [T], heads: 4}}]}
      - attention:
          name: pooled
          over: [T, H, W]
          heads: 2
          out: 48
          relative_position: decomposed
          residual_query: true
          query: [{pool: {stride: 1}}]
          key: [{pool: {stride: 2}}]
          value: [{pool: {stride: 2}}]
      - layer_norm
      - select: {tokens: class}
      - linear: {name: head, out: 10}
    """


@pytest.mark.parametrize("name", representatives())
def test_bundled_network(name: str):
    assert_agrees(archcalc.load(name))


def test_transformers(load):
    assert_agrees(load(TRANSFORMERS))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_network(seed: int, tmp_path: Path):
    path = tmp_path / "random.yaml"
    path.write_text(render(random_network(seed)), encoding="utf-8")
    assert_agrees(archcalc.load(path))


FAULTY = """
    - conv3d: {out: 4, kernel: 3, stride: 2}
    - batch_norm
    - max_pool3d: {kernel: [1, 3, 3], stride: 1}
    """


def more_biases(answer: Callable[..., Parameters]) -> Callable[..., Parameters]:
    def planted(self: Operator, inputs: tuple[Shape, ...]) -> Parameters:
        right = answer(self, inputs)
        return Parameters(right.weights, (*right.biases, term("planted", biases=1)), right.buffers)

    return planted


def without_the_counter(answer: Callable[..., Parameters]) -> Callable[..., Parameters]:
    def planted(self: Operator, inputs: tuple[Shape, ...]) -> Parameters:
        right = answer(self, inputs)
        return Parameters(right.weights, right.biases, right.buffers[:2])

    return planted


def input_instead_of_output(answer: Callable[..., Arithmetic]) -> Callable[..., Arithmetic]:
    def planted(self: Operator, inputs: tuple[Shape, ...]) -> Arithmetic:
        right = answer(self, inputs)
        weights = self.parameters(inputs).weights[0].value
        return Arithmetic((term("planted", weights=weights, positions=inputs[0].positions),), right.elementwise)

    return planted


def one_position_less(answer: Callable[..., Shape]) -> Callable[..., Shape]:
    def planted(self: Operator, inputs: tuple[Shape, ...]) -> Shape:
        right = answer(self, inputs)
        return right.resized({"H": right["H"] - 1})

    return planted


@pytest.mark.parametrize(
    ("operator", "question", "fault"),
    [
        (Conv, "parameters", more_biases),
        (BatchNorm, "parameters", without_the_counter),
        (Conv, "arithmetic", input_instead_of_output),
        (Pool, "output_shape", one_position_less),
    ],
)
def test_a_planted_fault_is_seen(
    monkeypatch: pytest.MonkeyPatch, layers, operator: type[Operator], question: str, fault: Callable[..., object]
):
    assert_agrees(layers(FAULTY))
    monkeypatch.setattr(operator, question, fault(getattr(operator, question)))
    with pytest.raises(AssertionError):
        assert_agrees(layers(FAULTY))
