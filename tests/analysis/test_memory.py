"""Peak memory against a plain simulation that keeps every tensor alive until nobody asks for it any more."""

from __future__ import annotations

from random import Random

import pytest

import archcalc
from archcalc.analysis.memory import Memory, peak_inference_bytes
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
    """Tensors are names for buffers; after each step the buffers that nobody can ask for are freed."""
    names = {name: (name, graph.shape(name).elements * 4) for name in graph.inputs}
    order = list(graph.nodes.values())
    peak = sum(size for _, size in names.values())
    for step, node in enumerate(order):
        source = names[node.inputs[0]]
        names[node.path] = source if node.op in VIEWS else (node.path, node.shape.elements * 4)
        peak = max(peak, sum(size for _, size in set(names.values())))
        wanted = {path for later in order[step + 1 :] for path in later.inputs} | set(graph.outputs.values())
        names = {name: buffer for name, buffer in names.items() if name in wanted}
    return peak


@pytest.mark.parametrize("seed", range(300))
def test_peak_is_that_of_the_simulation(seed: int) -> None:
    graph = random_graph(seed)
    assert peak_inference_bytes(graph, Memory()) == simulated_peak(graph)


def test_the_simulation_sees_a_wrong_peak() -> None:
    graphs = [random_graph(seed) for seed in range(100)]
    everything = [sum(node.shape.elements * 4 for node in graph.nodes.values()) for graph in graphs]
    assert any(total != simulated_peak(graph) for graph, total in zip(graphs, everything, strict=True))


def test_residual_keeps_its_shortcut_alive(layers: Load) -> None:
    analysis = archcalc.analyze(layers("- residual: {body: [{conv2d: {out: 3, kernel: 3, padding: 1}}, relu]}"))
    tensor = 3 * 8 * 16 * 16 * 4
    assert analysis.totals.peak_inference_bytes == 3 * tensor  # clip, relu, and the convolution or the sum


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
    assert archcalc.analyze(spec, optimizer="adam").totals.training_bytes == 4 * (4 * params + 7 * tensor)
