"""The least time of each layer by data sheets, against products worked out by hand."""

from __future__ import annotations

import pytest

from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.analysis.network_roofline import NetworkRoofline, network_roofline, roof
from archcalc.core.problem import UsageError

SPEC = """
archcalc: 1
name: small
inputs: {clip: {C: 64, T: 8, H: 16, W: 16}}
layers:
  - conv3d: {name: wide, out: 64, kernel: 3, padding: 1, bias: false}
  - relu
  - conv3d: {name: narrow, out: 64, kernel: 1, bias: false}
  - conv3d: {name: shared, out: 64, kernel: 1, share: narrow, bias: false}
  - flatten
"""
POSITIONS = 8 * 16 * 16
TENSOR = 64 * POSITIONS  # every one but that of wide's weights
L4_FP32, L4_BANDWIDTH = 30.3e12, 300e9


def found(load, on: str = "l4", *, batch: int = 1, dtype: str = "float32") -> NetworkRoofline:
    analysis = analyze_graph(load(SPEC).graph, Settings(batch=batch, dtype=dtype))
    return network_roofline(analysis, roof(on, dtype))


def test_a_wide_convolution_is_bound_by_arithmetic(load):
    wide = found(load).rooflines["wide"]
    assert wide.bound == "compute"
    assert wide.seconds == pytest.approx(2 * 64 * 64 * 27 * POSITIONS / L4_FP32)


def test_a_relu_is_bound_by_memory(load):
    relu = found(load).rooflines["relu"]
    assert relu.bound == "memory"
    assert relu.seconds == pytest.approx(2 * TENSOR * 4 / L4_BANDWIDTH)


def test_a_view_takes_no_time(load):
    flatten = found(load).rooflines["flatten"]
    assert (flatten.seconds, flatten.bound) == (0.0, None)


def test_a_layer_that_shares_reads_the_weights_of_its_owner(load):
    network = found(load)
    expected = (2 * TENSOR + 64 * 64) * 4 / L4_BANDWIDTH
    assert network.rooflines["narrow"].seconds == pytest.approx(expected)
    assert network.rooflines["shared"].seconds == pytest.approx(expected)


def test_a_batch_moves_weights_once(load):
    one, eight = found(load).rooflines, found(load, batch=8).rooflines
    assert eight["narrow"].seconds == pytest.approx((8 * 2 * TENSOR + 64 * 64) * 4 / L4_BANDWIDTH)
    assert eight["wide"].seconds == pytest.approx(8 * one["wide"].seconds)


def test_the_network_takes_its_layers_one_after_the_other(load):
    network = found(load)
    compute = 2 * 64 * 64 * 27 * POSITIONS / L4_FP32
    memory = (2 * TENSOR + 2 * (2 * TENSOR + 64 * 64)) * 4 / L4_BANDWIDTH
    assert network.seconds == pytest.approx(compute + memory)
    assert network.memory_share == pytest.approx(memory / (compute + memory))


def test_layers_together_are_bound_by_what_takes_most_of_their_time(load):
    network = found(load)
    assert network.bound_of(["wide", "relu"]) == "compute"
    assert network.bound_of(["relu", "flatten"]) == "memory"
    assert network.bound_of(["flatten"]) is None
    assert network.work_of(["wide", "relu"]).flops == 2 * 64 * 64 * 27 * POSITIONS


def test_tf32_raises_the_roof_and_moves_the_same(load):
    plain, tensor = found(load), found(load, "l4:tf32")
    assert tensor.works == plain.works
    assert tensor.rooflines["wide"].compute == pytest.approx(2 * 64 * 64 * 27 * POSITIONS / 60e12)


def test_numbers_of_two_bytes(load):
    half = found(load, dtype="bfloat16")
    assert half.roof.precision == "bf16"
    assert half.rooflines["relu"].seconds == pytest.approx(2 * TENSOR * 2 / L4_BANDWIDTH)


@pytest.mark.parametrize(
    ("text", "dtype", "problem"),
    [
        ("h20", "float32", "no device 'h20'"),
        ("h200:fp8", "float32", "no peak for fp8 on h200; its data sheet has fp32, tf32, fp16, bf16"),
        ("epyc_7742:tf32", "float32", "no peak for tf32 on epyc_7742; its data sheet has fp32"),
        ("epyc_7742", "bfloat16", "no peak for bf16 on epyc_7742"),
        ("h200", "int8", "no peak for int8 on h200"),
        ("h200:tf32", "bfloat16", "tf32 numbers are stored as float32, not as bfloat16; set --dtype"),
    ],
)
def test_what_has_no_roof(text, dtype, problem):
    with pytest.raises(UsageError, match=problem):
        roof(text, dtype)
