"""Peak memory against a plain simulation that keeps every tensor alive until nobody asks for it any more."""

from __future__ import annotations

from random import Random

import pytest

import archcalc
from archcalc.analysis.memory import Memory
from archcalc.analysis.memory_run import Recorder, peak_inference_bytes, saved_by_layer
from archcalc.analysis.optimizers import OPTIMIZERS
from archcalc.core.shape import Shape
from archcalc.graph import GraphBuilder, NetworkGraph, NetworkInput
from archcalc.ops import OPS
from tests.conftest import Load

VIEWS = ("identity", "dropout")
CHOICES = ("relu", "sigmoid", "identity", "dropout", "add", "concat", "conv2d")


def random_graph(seed: int) -> NetworkGraph:
    random = Random(seed)
    shapes = {"a": Shape.of({"C": 2, "H": 3, "W": 4}), "b": Shape.of({"C": 2, "H": 3, "W": 4})}
    builder = GraphBuilder("random", {name: NetworkInput(name, shape) for name, shape in shapes.items()})
    paths = list(shapes)
    for number in range(random.randint(1, 12)):
        op = random.choice(CHOICES)
        first, second = random.choice(paths), random.choice(paths)
        sources = (first, second) if op in ("add", "concat") else (first,)
        operator = OPS[op](out=random.randint(1, 5), kernel=1) if op == "conv2d" else OPS[op]()  # type: ignore[call-arg]
        if op == "add" and builder.graph.shape(first) != builder.graph.shape(second):
            continue
        builder.add(f"n{number}", op, operator, sources)
        paths.append(f"n{number}")
    outputs = random.sample(list(builder.graph.nodes), k=min(len(builder.graph.nodes), random.randint(1, 2)))
    builder.graph.outputs.update({f"out{i}": path for i, path in enumerate(outputs)})
    return builder.graph


def simulated_peak(graph: NetworkGraph) -> int:
    """Tensors are names for buffers; after each step those that nobody can ask for are freed, except the caller's."""
    names = {name: (name, graph.shape(name).elements * 4) for name in graph.inputs}
    order = list(graph.nodes.values())
    peak = sum(size for _, size in names.values())
    for step, node in enumerate(order):
        source = names[node.inputs[0]]
        names[node.path] = source if node.op in VIEWS else (node.path, node.shape.elements * 4)
        peak = max(peak, sum(size for _, size in set(names.values())))
        wanted = {path for later in order[step + 1 :] for path in later.inputs} | set(graph.outputs.values())
        wanted |= graph.inputs.keys()
        names = {name: buffer for name, buffer in names.items() if name in wanted}
    return peak


@pytest.mark.parametrize("seed", range(300))
def test_peak_is_that_of_the_simulation(seed: int) -> None:
    graph = random_graph(seed)
    assert peak_inference_bytes(graph, Recorder(Memory())) == simulated_peak(graph)


def test_the_simulation_sees_a_wrong_peak() -> None:
    graphs = [random_graph(seed) for seed in range(100)]
    everything = [sum(node.shape.elements * 4 for node in graph.nodes.values()) for graph in graphs]
    assert any(total != simulated_peak(graph) for graph, total in zip(graphs, everything, strict=True))


def test_without_named_outputs_the_last_layer_stays() -> None:
    builder = GraphBuilder("line", {"a": NetworkInput("a", Shape.of({"C": 2, "H": 3}))})
    for number, source in enumerate(("a", "n0", "n1", "n2")):
        builder.add(f"n{number}", "relu", OPS["relu"](), (source,))
    assert peak_inference_bytes(builder.graph, Recorder(Memory())) == 3 * 2 * 3 * 4


def test_a_tensor_read_twice_is_another_layer_than_two_that_are_alike(layers: Load) -> None:
    analysis = archcalc.analyze(layers("""
        - conv3d: {name: a, out: 4, kernel: 1}
        - conv3d: {name: b, from: clip, out: 4, kernel: 1}
        - multiply: {name: square, from: [a, a]}
        - multiply: {name: product, from: [a, b]}
        - multiply: {name: last, from: [b, b]}
    """))  # fmt: skip
    tensor = 4 * 4 * 8 * 16 * 16
    saved = {layer.path: layer.saved_bytes for layer in analysis.layers}
    assert (saved["square"], saved["product"], saved["last"]) == (tensor, tensor, 0)  # a; b in addition; nothing new


def test_residual_keeps_its_shortcut_alive(layers: Load) -> None:
    analysis = archcalc.analyze(layers("- residual: {body: [{conv2d: {out: 3, kernel: 3, padding: 1}}, relu]}"))
    tensor = 3 * 8 * 16 * 16 * 4
    assert analysis.totals.peak_inference_bytes == 3 * tensor  # clip, relu, and the convolution or the sum


def test_the_caller_holds_inputs_to_the_end(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: d3
        inputs: {clip: {C: 3, T: 64, H: 512, W: 512}}
        layers:
          - conv3d: {name: stem, out: 8, kernel: [1, 4, 4], stride: [1, 4, 4]}
          - conv3d: {name: wide, out: 40, kernel: 1}
          - conv3d: {name: narrow, out: 8, kernel: 1}
    """)
    clip, cells = 3 * 64 * 512 * 512, 64 * 128 * 128
    assert archcalc.analyze(spec).totals.peak_inference_bytes == 4 * (clip + (40 + 8) * cells) == 402_653_184


def test_what_an_operator_makes_inside_counts(layers: Load) -> None:
    clip, padded, half = 3 * 8 * 16 * 16, 3 * 9 * 17 * 17, 5 * 4 * 8 * 8
    same = archcalc.analyze(layers("- conv3d: {out: 5, kernel: 3, stride: 2, padding: same}"))
    assert same.totals.peak_inference_bytes == 4 * (clip + padded + half)
    assert same.layers[0].saved_bytes == 4 * padded  # not the clip
    pooled = archcalc.analyze(layers("- max_pool3d: {kernel: 2}"))
    assert pooled.totals.peak_inference_bytes == 4 * clip + (4 + 8) * 3 * 4 * 8 * 8  # int64 indices


def test_views_keep_what_they_are_views_of(layers: Load) -> None:
    clip = 3 * 8 * 16 * 16
    analysis = archcalc.analyze(layers("- relu\n- select: {axis: T, index: 0}\n- abs\n- flatten"))
    assert analysis.totals.peak_inference_bytes == 4 * (2 * clip + clip // 8)


def test_nothing_is_saved_where_no_gradient_flows(layers: Load) -> None:
    analysis = archcalc.analyze(layers("- sigmoid\n- max_pool3d: {kernel: 2}\n- conv3d: {out: 2, kernel: 1}\n- relu"))
    cells = 4 * 8 * 8
    assert [each.saved_bytes for each in analysis.layers] == [0, 0, 4 * 3 * cells, 4 * 2 * cells]
    assert analysis.totals.saved_bytes == 4 * 5 * cells


def test_masks_are_scaled_by_the_batch_and_statistics_are_not(layers: Load) -> None:
    spec = layers("- conv3d: {out: 4, kernel: 1, bias: false}\n- batch_norm\n- dropout: {p: 0.5}")
    cells = 8 * 16 * 16
    for batch in (1, 3):
        saved = [each.saved_bytes for each in archcalc.analyze(spec, batch=batch).layers]
        assert saved == [4 * batch * 3 * cells, 4 * (batch * 4 * cells + 2 * 4), 4 * batch * 4 * cells]


def test_fused_attention_saves_no_affinities(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: att_memory
        inputs: {clip: {C: 64, T: 8, H: 14, W: 14}}
        layers:
          - linear: {name: first, out: 64}
          - attention: {over: [T, H, W], heads: 4}
    """)
    positions = 8 * 14 * 14
    # the linear layer's output is put into sequences without a copy; queries, keys, values, sums; a logarithm a head
    saved = archcalc.analyze(spec).layers[1].saved_bytes
    assert saved == 4 * positions * (64 + 3 * 64 + 64 + 4)


@pytest.mark.parametrize(
    ("optimizer", "states", "whole", "largest"),
    [
        ("sgd", 0, 0, 0), ("sgd-loop", 0, 0, 0), ("sgd-fused", 0, 0, 0),
        ("sgd_momentum", 1, 0, 0), ("sgd_momentum-loop", 1, 0, 0), ("sgd_momentum-fused", 1, 0, 0),
        ("adam", 2, 1, 0), ("adam-loop", 2, 0, 2), ("adam-fused", 2, 0, 0),
        ("adamw", 2, 1, 0), ("adamw-loop", 2, 0, 2), ("adamw-fused", 2, 0, 0),
    ],
)  # fmt: skip
def test_training_has_the_temporaries_of_the_step(
    layers: Load, optimizer: str, states: int, whole: int, largest: int
) -> None:
    spec = layers("- global_avg_pool\n- linear: {out: 500}\n- linear: {out: 600}")
    first, second = 3 * 500 + 500, 500 * 600 + 600
    params = first + second
    saved = 3 + 500
    step = whole * params + largest * 500 * 600 + (largest > 0) * 500  # the loop holds the quotient of the bias before
    found = archcalc.analyze(spec, optimizer=optimizer).totals
    counters = 4 if states == 2 else 0  # of steps, one for each weight and bias
    assert found.training_bytes == 4 * ((2 + states) * params + counters + max(saved, step))


def test_batch_and_type_scale_bytes(layers: Load) -> None:
    spec = layers("- conv3d: {out: 4, kernel: 1}")
    one, many = archcalc.analyze(spec).totals, archcalc.analyze(spec, batch=8, dtype="float16").totals
    assert many.peak_inference_bytes == 4 * one.peak_inference_bytes
    assert many.parameter_bytes * 2 == one.parameter_bytes
    assert (many.macs, many.params) == (one.macs, one.params)


def test_training_keeps_each_tensor_once(layers: Load) -> None:
    spec = layers("""
        - conv3d: {name: first, out: 4, kernel: 1, bias: false}
        - conv3d: {name: second, from: clip, out: 4, kernel: 1, bias: false}
        - relu
    """)
    tensor = 8 * 16 * 16
    params = 2 * 12
    # weights, gradients and momentum; clip once for both convolutions, and what the relu gave
    assert archcalc.analyze(spec).totals.training_bytes == 4 * (3 * params + 3 * tensor + 4 * tensor)
    assert archcalc.analyze(spec, optimizer="adam").totals.training_bytes == 4 * (4 * params + 2 + 7 * tensor)


@pytest.mark.parametrize("sizes", [(10,), (10, 1), (1, 10), (3, 10, 10), ()])
def test_a_step_holds_a_root_its_quotient_and_the_quotient_before(sizes: tuple[int, ...]) -> None:
    alone = max((2 * size + (sizes[at - 1] if at else 0) for at, size in enumerate(sizes)), default=0)
    for name in ("adam", "adamw"):
        assert OPTIMIZERS[name].step(sizes) == sum(sizes)
        assert OPTIMIZERS[f"{name}-loop"].step(sizes) == alone
        assert OPTIMIZERS[f"{name}-fused"].step(sizes) == 0


@pytest.mark.parametrize("name", ["r3d_18", "mvit_v1_b", "slowfast", "timesformer_b", "convnet_lstm"])
def test_one_run_for_both_modes_is_a_run_of_each(name: str) -> None:
    """What is taken over from the other mode, in either order, is what that mode does by itself."""
    graph, memory = archcalc.load(name).graph, Memory(batch=2)
    saved, peak = saved_by_layer(graph, Recorder(memory)), peak_inference_bytes(graph, Recorder(memory))
    trained_first, inferred_first = Recorder(memory), Recorder(memory)
    assert (saved_by_layer(graph, trained_first), peak_inference_bytes(graph, trained_first)) == (saved, peak)
    assert (peak_inference_bytes(graph, inferred_first), saved_by_layer(graph, inferred_first)) == (peak, saved)
    assert list(saved) == list(graph.nodes)
    first, again = (trained_first.run(graph, training=True) for _ in range(2))
    assert first is again
    trained_first.forget_runs()
    forgotten = trained_first.run(graph, training=True)
    assert forgotten is not first
    assert (forgotten.sizes, forgotten.saved, forgotten.peaks) == (first.sizes, first.saved, first.peaks)


def test_layers_that_differ_by_mode_are_run_again(layers: Load) -> None:
    graph = layers("- conv3d: {out: 4, kernel: 1}\n- relu\n- dropout: {p: 0.5}\n- relu").graph
    recorder = Recorder(Memory())
    training, inference = (recorder.run(graph, training=each) for each in (True, False))
    assert not training.both
    assert training is not inference
    assert recorder.run(graph, training=False) is inference
    assert len(training.sizes) > len(inference.sizes), "masks, and what dropout makes"
    alike = Recorder(Memory())
    plain = layers("- conv3d: {out: 4, kernel: 1}\n- relu").graph
    assert alike.run(plain, training=True) is alike.run(plain, training=False)
    assert alike.run(plain, training=True).both
