"""Memory predicted for the built module against what PyTorch allocates and saves, storage by storage."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch

import archcalc
from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.analysis.memory import Memory, training, weights_of
from archcalc.analysis.memory_run import Recorder, peak_inference_bytes
from archcalc.analysis.memory_run import saved_by_layer as predicted_by_layer
from archcalc.analysis.optimizers import OPTIMIZERS
from archcalc.core.tape import Tape
from archcalc.graph import NetworkGraph
from archcalc.measure.fake import CpuFunctions, FakeRun, peak_on_fake, saved_on_fake
from archcalc.measure.live_storage import peak_bytes, saved_by_layer
from archcalc.measure.steps import step_bytes
from archcalc.measure.verify import memory_disagreements, saved_ratio, step_disagreements
from archcalc.pytorch.network import Network
from archcalc.results.verification import MemoryRatio
from tests.measure.random_specs import loaded

HEAD = "archcalc: 1\nname: small\ninputs: {clip: {C: 4, T: 4, H: 6, W: 6}}\nlayers:\n"
LAYERS = {
    "padded and folded": "- conv3d: {out: 6, kernel: 3, stride: 2, padding: same}\n- conv2d: {out: 6, kernel: 3}\n"
    "- batch_norm\n- relu\n- conv1d: {out: 4, kernel: 2, padding: causal}",
    "pools": "- linear: {out: 6}\n- max_pool2d: {kernel: 2}\n- avg_pool1d: {kernel: 2}\n- median_pool2d: {kernel: 2}\n"
    "- adaptive_max_pool3d: {output_size: 1}",
    "1-D pools": "- max_pool1d: {kernel: 3, padding: 1, ceil_mode: true}\n- avg_pool1d: {kernel: 2}\n"
    "- linear: {out: 2}\n- max_pool1d: {kernel: 1}\n- adaptive_max_pool1d: {output_size: 1}",
    "norms": "- linear: {out: 6}\n- layer_norm\n- group_norm: {num_groups: 2}\n- instance_norm: {affine: true}\n"
    "- local_response_norm: {size: 3}",
    "merges": "- conv3d: {name: a, out: 4, kernel: 1}\n- sigmoid: {name: b}\n- add: {name: c, from: [a, b, a]}\n"
    "- multiply: {from: [a, b, c]}\n- concat: {from: [a, c]}\n- dropout: {p: 0.3}\n- temporal_shift: {fold_div: 4}",
    "attention": "- linear: {out: 8}\n- class_token\n- position: {over: [H, W]}\n"
    "- attention: {over: [T, H, W], heads: 2}",
    "windows": "- linear: {out: 8}\n- attention: {over: [T, H, W], heads: 2, window: [2, 4, 4], shift: [0, 2, 2],"
    " relative_position: table}\n- space_to_depth: {H: 2, W: 2}",
    "pooled attention": "- linear: {out: 8}\n- class_token\n- attention: {over: [T, H, W], heads: 2,"
    " residual_query: true,"
    " relative_position: decomposed, key: [conv3d: {kernel: 3, stride: [1, 2, 2], padding: 1, groups: depthwise}],"
    " value: [conv3d: {kernel: 3, stride: [1, 2, 2], padding: 1, groups: depthwise}]}",
    "affinities": "- conv3d: {name: theta, out: 4, kernel: 1}\n- conv3d: {name: g, out: 4, kernel: 1}\n"
    "- dot_product: {from: [theta, g, g], scale: true}\n- interpolate: {scale: 2}\n- flatten\n- linear: {out: 3}",
    "matrices": "- linear: {name: x, out: 6}\n- matmul: {name: y, from: [x, x]}\n"
    "- constant: {name: z, C: 6, T: 6, learned: true}\n"
    "- constant: {name: q, T: 5, value: 1}\n- linear: {name: r, out: 6}\n- matmul: {name: u, from: [z, r]}\n"
    "- cross_attention: {from: [u, y], heads: 2}",
    "experts": "- linear: {out: 6}\n- mixture_of_experts: {experts: 5, hidden: 7, bias: true}\n"
    "- mixture_of_experts: {experts: 3, hidden: 4, active: 1, gated: true, activation: silu}\n- relu\n- flatten\n"
    "- mixture_of_experts: {experts: 3, hidden: 4, activation: relu}",
    "joined axes": "- linear: {name: x, out: 6}\n- join_axes: {name: p, axes: [H, W]}\n"
    "- constant: {name: token, T: 4, W: 1, learned: true}\n- concat: {from: [token, p], axis: W}\n"
    "- join_axes: {axes: [T, W], keep: 20}\n- relu",
    "sampled": "- select: {name: x, axis: T}\n- linear: {name: p, out: 2}\n- grid_sample: {name: y, from: [x, p]}\n"
    "- linear: {name: o, out: 18}\n- linear: {name: m, from: y, out: 9}\n"
    "- deform_conv2d: {name: z, from: [y, o, m], out: 7, kernel: 3, padding: 1}\n- mean: {axes: [W]}\n"
    "- conv1d: {name: u, from: clip, out: 4, kernel: 1}\n- mean: {name: b, axes: [H, W]}\n"
    "- roi_align: {from: [z, b], output_size: 2}",
    "standardized weights": "- conv3d: {out: 6, kernel: 3, padding: [[2, 0], 0, 0],"
    " weight_standardization: true}\n- relu\n"
    "- conv2d: {out: 8, kernel: 3, padding: 1, groups: 2, weight_standardization: true}",
    "normalized weights": "- conv1d: {out: 6, kernel: 3, padding: causal, weight_norm: true}\n- hardtanh\n"
    "- conv_transpose2d: {out: 5, kernel: 3, stride: 2, weight_norm: true}\n- linear: {out: 4, weight_norm: true}\n"
    "- linear: {over: W, out: 4, weight_norm: true}\n- class_token\n- linear: {out: 3, weight_norm: true}",
    "longer tables": "- conv3d: {out: 5, kernel: 1}\n- position: {over: [T], max_length: 40}\n- class_token\n"
    "- position: {over: [H, W], max_length: [12, 40], class_token: true}",
    "partly biased attention": "- linear: {name: x, out: 8}\n- attention: {name: y, over: [T, H], heads: 2, bias:"
    " [query, value]}\n- attention: {name: z, over: [W], heads: 2, window: 3, bias: [output]}\n- cross_attention:"
    " {from: [y, z, x], heads: 4, kv_heads: 2, bias: [query, output]}\n- relu\n"
    "- attention: {over: [H, W], heads: 2, bias: [key], key: [conv2d: {kernel: 3, padding: 1, groups: depthwise}]}\n"
    "- class_token\n- attention: {over: [T, H, W], heads: 2, bias: [key, output]}",
    "biases in a row": "- adaptive_avg_pool3d: {output_size: 1}\n- linear: {out: 400}\n- attention: {over: [T],"
    " heads: 2, bias: [query]}",
    "reversed recurrence": "- conv_gru2d: {out: 5, kernel: 3, reverse: true}\n- rnn: {hidden_size: 7, reverse: true}",
    "channels": "- linear: {out: 8}\n- prelu\n- glu\n- chunk: {chunks: 2, index: 1}\n- elu\n- crop: {C: [1, 1], H: 4}\n"
    "- mish\n- max: {axes: [W]}\n- sum: {axes: [T]}",
    "channels to positions": "- linear: {out: 16}\n- depth_to_space: {H: 2, W: 2}\n"
    "- pixel_shuffle: {upscale_factor: 2}\n- relu6\n- rms_norm",
    "RMS norms": "- rms_norm\n- linear: {out: 8}\n- rms_norm: {elementwise_affine: false}\n- relu\n"
    "- class_token\n- rms_norm",
    "rolled": "- linear: {out: 6}\n- roll: {H: 1, W: -2}\n- relu\n- flatten",
    "shuffled": "- linear: {out: 6}\n- channel_shuffle: {groups: 2}\n- relu\n- channel_shuffle: {groups: 6}\n- flatten",
    "tied table": "- linear: {out: 1}\n- embedding: {name: table, num: 9, out: 6}\n"
    "- linear: {out: 9, bias: false, share: table}",
    "convolutional recurrence": "- conv_lstm2d: {out: 6, kernel: 3}\n- conv_gru2d: {out: 3, kernel: [1, 3], biases: 2}",
    "pooled attention of one channel": "- linear: {out: 1}\n- attention: {over: [T, H, W], heads: 1,"
    " key: [max_pool3d: {kernel: [1, 2, 2]}], value: [max_pool3d: {kernel: [1, 2, 2]}]}",
    "causal attention": "- linear: {out: 8}\n"
    "- sequence_attention: {heads: 4, kv_heads: 2, causal: true, rotary: true, bias: false}\n"
    "- sequence_attention: {name: x, heads: 2, over: H, window: 3}\n- linear: {name: y, out: 6}\n"
    "- cross_attention: {from: [x, y], heads: 4, kv_heads: 1, head_channels: 3, out: 5}",
}
Patch = pytest.MonkeyPatch


def predicted(graph: NetworkGraph, batch: int) -> tuple[int, dict[str, int]]:
    recorder = Recorder(Memory(batch=batch))
    return peak_inference_bytes(graph, recorder), predicted_by_layer(graph, recorder)


def close(one: dict[str, int], other: dict[str, int]) -> bool:
    """Equal but for single numbers, which PyTorch keeps of a division or a mask."""
    return one.keys() == other.keys() and all(abs(one[path] - other[path]) <= 16 for path in one)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_every_layer_allocates_and_saves_what_is_predicted(layers: str, batch: int) -> None:
    graph = loaded(HEAD + layers).graph
    peak, saved = predicted(graph, batch)
    assert abs(peak_on_fake(graph, batch) - peak) <= 16
    assert close(saved_on_fake(graph, batch), saved)


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_fake_tensors_take_the_memory_of_real_ones(layers: str) -> None:
    graph = loaded(HEAD + layers).graph
    network = Network(graph)
    inputs = (torch.rand(2, 4, 4, 6, 6),)
    with CpuFunctions():
        assert peak_bytes(network.eval(), inputs) == peak_on_fake(graph, 2)
        assert saved_by_layer(network.train(), inputs) == saved_on_fake(graph, 2)


@pytest.mark.parametrize(
    ("name", "parameters", "saved"),
    [("i3d", {}, 1_453_907_740), ("timesformer_b", {"attention": "joint"}, 936_291_336)],
)
def test_published_cases(name: str, parameters: dict[str, Any], saved: int) -> None:
    """Measured with PyTorch on a CPU; i3d at batch 2, halved, so that the statistics of its norms count half."""
    found = archcalc.analyze(archcalc.load(name, **parameters)).totals.saved_bytes
    assert found == pytest.approx(saved, rel=1e-4)


def test_steps_of_all_optimizers_are_within_5_percent_of_mem_tracker() -> None:
    graph = loaded(HEAD + "- conv3d: {out: 60, kernel: 3}\n- batch_norm\n- linear: {out: 90}").graph
    wrong, (summary,) = step_disagreements(analyze_graph(graph, Settings()))
    assert wrong == []
    assert summary.numbers == len(OPTIMIZERS) == 12


def test_steps_of_adamw_on_vgg16() -> None:
    """Today's `verify --all` does the same with all optimizers on every bundled network."""
    analysis = analyze_graph(archcalc.load("vgg16").graph, Settings())
    found = step_bytes(FakeRun(analysis.graph, training=True), ("adamw", "adamw-loop", "adamw-fused"))
    params, largest, bias_before = 138_357_544, 512 * 7 * 7 * 4096, 512
    assert found == {
        "adamw": 4 * (5 * params + 32),
        "adamw-loop": 4 * (4 * params + 32 + 2 * largest + bias_before),
        "adamw-fused": 4 * (4 * params + 32),
    }
    weights = weights_of(analysis.layers)
    assert {name: training(weights, Memory(), name, 0).total for name in found} == found


@pytest.mark.parametrize("name", ["padded and folded", "windows", "norms", "experts"])
def test_a_step_takes_the_bytes_of_each_tensor(name: str) -> None:
    """To the byte: counters of norms and the index of relative positions are int64."""
    analysis = analyze_graph(loaded(HEAD + LAYERS[name]).graph, Settings())
    weights = weights_of(analysis.layers)
    found = step_bytes(FakeRun(analysis.graph, training=True), ("sgd_momentum", "adamw", "adam-fused"))
    assert {each: training(weights, Memory(), each, 0).total for each in found} == found


def test_a_step_without_its_temporaries_is_seen(monkeypatch: Patch) -> None:
    plain = OPTIMIZERS["adamw-fused"]
    monkeypatch.setitem(OPTIMIZERS, "adamw", plain)
    monkeypatch.setitem(OPTIMIZERS, "adamw-loop", plain)
    wrong, _ = step_disagreements(analyze_graph(loaded(HEAD + "- linear: {out: 50}").graph, Settings()))
    assert [each.quantity for each in wrong] == ["bytes of a step of adamw", "bytes of a step of adamw-loop"]


def test_a_mask_that_is_not_scaled_by_the_batch_is_seen(monkeypatch: Patch) -> None:
    graph = loaded(HEAD + "- conv3d: {out: 4, kernel: 1}\n- dropout").graph
    right = saved_ratio(graph)
    assert right is not None
    assert right.ratio == 1
    elementwise = Tape.elementwise

    def of_one_sample(tape: Tape, *tensors, learned: bool = False):
        made = elementwise(tape, *tensors, learned=learned)
        tape.sizes[made.storage] //= tensors[0].sizes[0]
        return made

    monkeypatch.setattr(Tape, "elementwise", of_one_sample)
    wrong, _ = memory_disagreements(MemoryRatio(1, 1), saved_ratio(graph), on_cpu=True)
    assert [each.quantity for each in wrong] == ["bytes saved for backward"]


def test_an_input_that_is_freed_too_early_is_seen(monkeypatch: Patch) -> None:
    from archcalc.analysis import memory_run

    graph = loaded(HEAD + "- conv3d: {out: 2, kernel: 1}\n- conv3d: {out: 9, kernel: 1}\n- relu").graph
    assert peak_on_fake(graph, 2) == predicted(graph, 2)[0]
    dying = memory_run._dying

    def with_the_clip(graph: NetworkGraph, trace: memory_run.Trace) -> dict[str, list[int]]:
        first = next(iter(graph.nodes))
        found = dying(graph, trace)
        return {**found, first: [*found.get(first, []), 0]}

    monkeypatch.setattr(memory_run, "_dying", with_the_clip)
    wrong, _ = memory_disagreements(
        MemoryRatio(peak_on_fake(graph, 2), predicted(graph, 2)[0]), MemoryRatio(1, 1), on_cpu=True
    )
    assert [each.quantity for each in wrong] == ["peak bytes at inference"]
