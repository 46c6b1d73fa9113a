"""Layers inside blocks, structures, iterations and networks, read by their path."""

from __future__ import annotations

import pytest

import archcalc
from tests.conftest import Load


def read_by(spec: archcalc.Spec, path: str) -> tuple[str, ...]:
    return spec.graph.nodes[path].inputs


REPEATED = """
    - repeat:
        name: stages
        index: i
        times: 3
        layers:
          - conv3d: {name: mix, out: $(8 * (i + 1)), kernel: 1}
          - conv3d: {name: skip, out: 4, kernel: 1}
          - relu: {from: mix}
"""


UNIT = """
    blocks:
      unit:
        layers:
          - residual: {name: body, body: [conv3d: {name: inner, out: 3, kernel: 1}]}
          - repeat: {name: rounds, times: 2, layers: [tanh: {name: deep}]}
          - sigmoid
"""


def test_a_layer_inside_a_block_a_structure_and_an_iteration(layers: Load) -> None:
    spec = layers(
        """
        - unit: {name: one}
        - relu: {name: a, from: one.body.inner}
        - relu: {name: b, from: one.rounds.1.deep}
        - add: {name: c, from: [one.sigmoid, one.body]}
        """,
        UNIT,
    )
    assert read_by(spec, "a") == ("one.body.inner",)
    assert read_by(spec, "b") == ("one.rounds.1.deep",)
    assert read_by(spec, "c") == ("one.sigmoid", "one.body.add")


def test_the_output_of_one_iteration_and_of_a_path(layers: Load) -> None:
    spec = layers(
        REPEATED
        + """
    - branches: {name: two, merge: add, from: stages.0, paths: {left: [relu: {}], right: [tanh: {}]}}
    - relu: {name: end, from: two.right}
    """
    )
    assert read_by(spec, "two.left.relu") == ("stages.0.relu",)
    assert read_by(spec, "end") == ("two.right.tanh",)


def test_one_named_layer_of_every_iteration(layers: Load) -> None:
    spec = layers(
        REPEATED + "    - add: {name: sum, from: stages.*.skip}\n    - concat: {name: all, from: [sum, stages.*]}\n"
    )
    assert read_by(spec, "sum") == ("stages.0.skip", "stages.1.skip", "stages.2.skip")
    assert read_by(spec, "all") == ("sum", "stages.0.relu", "stages.1.relu", "stages.2.relu")
    assert spec.graph.shape("all").channels == 4 + 8 + 16 + 24


def test_iterations_inside_iterations(layers: Load) -> None:
    spec = layers(
        """
    - repeat: {name: a, times: 2, layers: [{repeat: {name: b, times: 2, layers: [{relu: {name: c}}]}}]}
    - add: {name: sum, from: a.*.b.*.c}
    """
    )
    assert read_by(spec, "sum") == ("a.0.b.0.c", "a.0.b.1.c", "a.1.b.0.c", "a.1.b.1.c")


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_a_stage_of_a_bundled_network(load: Load, stage: int) -> None:
    text = f"""
archcalc: 1
name: top
inputs: {{image: {{C: 3, H: 64, W: 64}}}}
use: [resnet]
layers:
  - resnet: {{name: backbone, depth: 18, classes: 0}}
  - conv2d: {{name: lateral, from: backbone.layer{stage}, out: 8, kernel: 1}}
"""
    spec = load(text)
    assert read_by(spec, "lateral") == (f"backbone.layer{stage}.1.relu_2",)
    side = 64 // 2 ** (stage + 1)
    assert spec.graph.shape("lateral").sizes == {"C": 8, "H": side, "W": side}
