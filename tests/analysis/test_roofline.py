"""The roofline against cases worked out by hand."""

from __future__ import annotations

import pytest

from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.analysis.roofline import COMPUTE, LAUNCH, MEMORY, Limits, Roofline, Work, roofline, works
from tests.conftest import Load

SPEC = """
archcalc: 1
name: small
inputs: {clip: {C: 3, T: 4, H: 8, W: 8}}
layers:
  - conv3d: {name: dense, out: 16, kernel: 3, padding: 1}
  - batch_norm: {name: norm}
  - relu
  - conv3d: {name: second, out: 16, kernel: 1}
  - conv3d: {name: again, out: 16, kernel: 1, share: second}
  - add: {name: twice, from: [again, again]}
  - pad: {name: padded, T: [1, 1]}
  - crop: {name: cropped, T: 2}
  - dropout
  - flatten
"""
POSITIONS = 4 * 8 * 8
FLOAT = 4
COUNTER = 8
"""Bytes of the number of batches that a norm has seen, an int64 in a network of any type."""


def work_of(load: Load, *, batch: int = 1, dtype: str = "float32", training: bool = False) -> dict[str, Work]:
    analysis = analyze_graph(load(SPEC).graph, Settings(batch=batch, dtype=dtype))
    return {layer.path: work for layer, work in zip(analysis.layers, works(analysis, training=training), strict=True)}


def test_work_of_each_layer(load):
    found = work_of(load)
    weights = 16 * 3 * 27 + 16
    assert found["dense"] == Work(2 * 16 * POSITIONS * 3 * 27, (3 * POSITIONS + weights + 16 * POSITIONS) * FLOAT)
    assert found["relu"] == Work(0, 2 * 16 * POSITIONS * FLOAT)
    stored = 4 * 16  # weight, bias, mean and variance
    assert found["norm"].bytes == (2 * 16 * POSITIONS + stored) * FLOAT + COUNTER
    assert found["cropped"] == found["dropout"] == found["flatten"] == Work(0, 0)


def test_borrowed_weights_are_read_and_a_tensor_read_twice_moves_once(load):
    found = work_of(load)
    assert found["again"] == found["second"]
    assert found["twice"].bytes == 2 * 16 * POSITIONS * FLOAT


def test_a_pad_reads_less_than_it_writes(load):
    assert work_of(load)["padded"].bytes == 16 * (POSITIONS + 6 * 8 * 8) * FLOAT


def test_a_batch_shares_its_weights(load):
    one, eight = work_of(load)["second"], work_of(load, batch=8)["second"]
    weights = (16 * 16 + 16) * FLOAT
    assert eight.flops == 8 * one.flops
    assert eight.bytes == 8 * (one.bytes - weights) + weights


def test_half_the_width_moves_half_the_bytes(load):
    one, half = work_of(load), work_of(load, dtype="bfloat16")
    for path in one:
        counter = COUNTER * (path == "norm")
        assert 2 * (half[path].bytes - counter) == one[path].bytes - counter
        assert half[path].flops == one[path].flops


def test_training_passes_over_a_layer_again(load):
    """The first layer has no gradient to hand on, a norm multiplies nothing, any other convolution goes three ways."""
    once, training = work_of(load), work_of(load, training=True)
    for path, passes in {"dense": 2, "norm": 2, "second": 3, "relu": 2}.items():
        assert training[path] == Work(passes * once[path].flops, passes * once[path].bytes)


@pytest.mark.parametrize(
    ("work", "seconds", "bound"),
    [
        (Work(flops=2_000, bytes=10), 2.0, COMPUTE),
        (Work(flops=1_000, bytes=100), 1.0, COMPUTE),  # on the ridge
        (Work(flops=1_000, bytes=300), 3.0, MEMORY),
        (Work(flops=10, bytes=10), 0.1, LAUNCH),
        (Work(flops=0, bytes=0), 0.0, None),
    ],
)
def test_the_longer_of_the_two_bounds(work, seconds, bound):
    found = roofline(work, Limits(peak=1_000.0, bandwidth=100.0, launch=0.5))
    assert (found.seconds, found.bound) == (seconds, bound)
    assert work.intensity == (work.flops / work.bytes if work.bytes else 0)


def test_without_a_launch_cost_nothing_is_bound_by_it():
    assert Roofline(1e-12, 0.0).bound == COMPUTE
