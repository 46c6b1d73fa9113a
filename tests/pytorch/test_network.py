"""The built network as a module: names, sharing, inputs and outputs, and the ways in which PyTorch may run it."""

from __future__ import annotations

import copy
import pickle
import weakref
from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from torch import Tensor, nn

import archcalc
from archcalc.core.shape import Shape
from archcalc.graph import GraphBuilder, NetworkInput
from archcalc.pytorch.modules.axes import per_frame, through_time
from archcalc.pytorch.modules.features import Features, channels_last
from archcalc.pytorch.network import Value, grid_and_tokens
from archcalc.spec.load import Spec
from tests.pytorch.agreement import assert_agrees, built, count, operator

HEAD = "archcalc: 1\nname: test\ninputs: {clip: {C: 3, T: 4, H: 8, W: 8}}\nlayers:\n"

MANY_KINDS = """
    archcalc: 1
    name: many_kinds
    inputs: {clip: {C: 3, T: 6, H: 16, W: 16}, image: {C: 3, H: 16, W: 16}}
    layers:
      - conv2d: {name: stem, out: 8, kernel: 3, padding: same, stride: 2}
      - batch_norm: {scale: false}
      - relu
      - temporal_shift
      - conv3d: {name: forward, out: 8, kernel: 3, padding: [causal, same, [0, 2]]}
      - residual: {body: [layer_norm, {attention: {name: local, over: [H, W], heads: 2, window: 3, shift: 1,
                   relative_position: table}}]}
      - identity: {name: features}
      - branches:
          merge: multiply
          paths:
            features: []
            gate: [global_avg_pool, {conv3d: {out: 4, kernel: 1}}, relu, {conv3d: {out: 8, kernel: 1}}, sigmoid]
      - max_pool3d: {name: pooled, kernel: 3, stride: 2, padding: same}
      - conv2d: {name: picture, from: image, share: stem, out: 8, kernel: 3, padding: same, stride: 4}
      - add: {name: joined, from: [pooled, picture]}
      - class_token
      - position: {over: [T, H, W], class_token: true}
      - attention:
          name: pooling
          over: [T, H, W]
          heads: 2
          relative_position: decomposed
          residual_query: true
          key: [{max_pool3d: {kernel: [1, 2, 2]}}]
          value: [{max_pool3d: {kernel: [1, 2, 2]}}]
      - attention: {name: spatial, over: [H, W], heads: 2, class_token: copy}
      - group_norm: {num_groups: 2}
      - select: {tokens: class}
      - linear: {name: head, out: 5}
    """


@pytest.fixture
def many_kinds(load) -> Spec:
    """A small network of as many kinds of layers as fit."""
    spec: Spec = load(MANY_KINDS)
    return spec


def batch_for(spec: Spec, batch: int) -> tuple[Tensor, ...]:
    """Random numbers for every input."""
    return tuple(torch.randn(batch, *each.shape.sizes.values()) for each in spec.graph.inputs.values())


def test_the_built_network_agrees_with_the_analysis(many_kinds):
    assert_agrees(many_kinds)


# Names


def test_names_follow_paths(load):
    network = built(load(f"""{HEAD}
- repeat:
    name: layer1
    times: 2
    layers:
      - residual: {{name: unit, body: [{{conv3d: {{name: conv1, out: 3, kernel: 1, bias: false}}}}, batch_norm]}}
- linear: {{name: fc, out: 2}}
"""))  # fmt: skip
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    assert list(network.state_dict()) == [
        f"layer1.{iteration}.unit.{name}"
        for iteration in (0, 1)
        for name in ("conv1.weight", *(f"batch_norm.{each}" for each in norm))
    ] + ["fc.weight", "fc.bias"]


OWN_NAMES = ("observed", "received", "run", "steps", "_names")
"""Those of the network alone: scopes inside it are plain modules."""


@pytest.mark.parametrize(
    "name", ["forward", "train", "type", "training", "_modules", "half", "T_destination", *OWN_NAMES]
)
def test_names_that_pytorch_has_itself_get_an_underscore(load, name):
    network = built(load(f"{HEAD}- conv3d: {{name: {name}, out: 2, kernel: 1}}\n- group: {{name: inner, layers: [\n"
                         f"  {{linear: {{name: {name}, out: 2}}}}]}}\n"))  # fmt: skip
    inner = name if name in OWN_NAMES else f"{name}_"
    assert list(network.state_dict()) == [
        f"{name}_.weight",
        f"{name}_.bias",
        f"inner.{inner}.weight",
        f"inner.{inner}.bias",
    ]
    assert network(torch.randn(1, 3, 4, 8, 8)).shape == (1, 2, 4, 8, 8)


def test_an_underscore_that_is_taken_gets_another(load):
    network = built(load(f"{HEAD}- linear: {{name: half_, out: 2}}\n- linear: {{name: half, out: 4}}\n"))
    assert {name: len(bias) for name, bias in network.named_parameters() if "bias" in name} == {
        "half_.bias": 2, "half__.bias": 4,
    }  # fmt: skip


def test_an_attention_holds_the_layers_of_its_lists(many_kinds):
    names = set(dict(built(many_kinds).named_modules()))
    assert {"pooling", "pooling.proj", "pooling.key.project", "pooling.key.max_pool3d"} <= names


def test_names_do_not_change_from_build_to_build(many_kinds):
    first, second = built(many_kinds), built(many_kinds)
    assert list(first.state_dict()) == list(second.state_dict())
    second.load_state_dict(first.state_dict())
    inputs = batch_for(many_kinds, 2)
    assert torch.equal(first.eval()(*inputs), second.eval()(*inputs))


# Sharing


def test_a_shared_layer_is_the_same_module(load):
    network = built(load(f"{HEAD}- linear: {{name: one, out: 3}}\n- linear: {{name: two, share: one, out: 3}}\n"))
    assert list(network.state_dict()) == ["one.weight", "one.bias"]
    clip = torch.randn(1, 3, 4, 8, 8)
    assert torch.equal(network(clip), channels_last(network.one, channels_last(network.one, clip)))


OTHER_SIZES = f"""{HEAD}
- conv2d: {{name: one, out: 3, kernel: 3, stride: 2, padding: same}}
- batch_norm: {{name: norm}}
- select: {{axis: T}}
- conv2d: {{name: two, share: one, out: 3, kernel: 3, stride: 1, padding: 1}}
- batch_norm: {{name: again, share: norm, eps: 0.1}}
"""


def test_weights_are_shared_by_layers_of_other_arguments_and_sizes(load):
    spec = load(OTHER_SIZES)
    assert_agrees(spec)
    network = built(spec).eval()
    assert {name.partition(".")[0] for name in network.state_dict()} == {"one", "norm"}
    clip = torch.randn(2, 3, 4, 8, 8)
    image = network.norm(per_frame(network.one, clip))[:, :, 0]
    convolved = nn.functional.conv2d(image, network.one.weight, network.one.bias, padding=1)
    torch.testing.assert_close(network(clip), convolved / 1.1**0.5)


def test_shared_weights_stay_shared(load):
    network = built(load(OTHER_SIZES))
    for changed in (copy.deepcopy(network), pickle.loads(pickle.dumps(network)), copy.deepcopy(network).double()):
        before = changed.norm.num_batches_tracked.item()
        changed.train()(torch.randn(2, 3, 4, 8, 8, dtype=changed.one.weight.dtype)).sum().backward()
        assert changed.norm.num_batches_tracked.item() == before + 2
        assert changed.norm.running_mean.dtype == changed.one.weight.dtype
        assert all(each.grad is not None for each in changed.parameters())


def test_a_recurrent_layer_lends_its_weights(load):
    head = "archcalc: 1\nname: test\ninputs: {clip: {C: 3, T: 5}}\nlayers:\n"
    network = built(load(
        f"{head}- lstm: {{name: one, hidden_size: 3}}\n- lstm: {{share: one, hidden_size: 3, output: last}}\n"
    ))  # fmt: skip
    clip = torch.randn(2, 3, 5)
    steps = through_time(network.one, through_time(network.one, clip))
    torch.testing.assert_close(network(clip), steps[:, :, -1])


@pytest.mark.filterwarnings("ignore")  # tracing itself is deprecated, but it is what fvcore counts by
def test_shared_weights_can_be_traced(load):
    network, clip = built(load(OTHER_SIZES)).eval(), torch.randn(2, 3, 4, 8, 8)
    traced = torch.jit.trace(network, (clip,), check_trace=False)
    assert torch.equal(traced(clip), network(clip))


# Inputs and outputs


def graph_of_two() -> GraphBuilder:
    shape = Shape.of({"C": 2, "T": 3})
    builder = GraphBuilder("two", {name: NetworkInput(name, shape) for name in ("one", "other")})
    builder.add("difference", "subtract", operator("subtract"), ("one", "other"))
    builder.add("positive", "relu", operator("relu"), ("difference",))
    return builder


def test_inputs_come_in_the_order_of_the_spec():
    network = built(graph_of_two().graph)
    one, other = torch.randn(4, 2, 3), torch.randn(4, 2, 3)
    assert torch.equal(network(one, other), (one - other).relu())


def test_several_outputs_come_by_name():
    graph = graph_of_two().graph
    graph.outputs.update({"raw": "difference", "good": "positive", "given": "one"})
    one, other = torch.randn(4, 2, 3), torch.randn(4, 2, 3)
    outputs = built(graph)(one, other)
    assert list(outputs) == ["raw", "good", "given"]
    assert torch.equal(outputs["raw"], one - other)
    assert outputs["given"] is one


def test_an_output_with_tokens_has_both():
    builder = GraphBuilder("tokens", {"clip": NetworkInput("clip", Shape.of({"C": 2, "T": 3}))})
    builder.add("token", "class_token", operator("class_token"), ("clip",))
    output = built(builder.graph)(torch.zeros(4, 2, 3))
    assert isinstance(output, Features)
    assert output.tokens is not None
    assert output.tokens.shape == (4, 2, 1)


def test_inputs_of_another_size_are_refused():
    network = built(graph_of_two().graph)
    with pytest.raises(TypeError, match="1 tensors for a network with the inputs one, other"):
        network(torch.zeros(4, 2, 3))
    with pytest.raises(ValueError, match="4x2x5 for other; the network was built for batchx2x3"):
        network(torch.zeros(4, 2, 3), torch.zeros(4, 2, 5))


def test_tensors_are_dropped_after_their_last_use(load):
    text = (
        "- relu: {name: a}\n- relu: {name: b}\n- relu: {name: c}\n- add: {name: d, from: [a, c]}\n- relu: {name: e}\n"
    )
    spec = load(HEAD + text)
    alive: dict[str, weakref.ref[Tensor]] = {}
    seen = {}

    def observe(path: str, value: Value) -> None:
        alive[path] = weakref.ref(grid_and_tokens(value)[0])
        seen[path] = [name for name, tensor in alive.items() if tensor() is not None]

    with torch.no_grad():
        built(spec).observed(batch_for(spec, 1), observe)
    assert seen == {"a": ["a"], "b": ["a", "b"], "c": ["a", "b", "c"], "d": ["a", "c", "d"], "e": ["d", "e"]}


# Ways to run it


@pytest.mark.parametrize("batch", [1, 3])
def test_any_batch(many_kinds, batch):
    network, inputs = built(many_kinds).eval(), batch_for(many_kinds, batch)
    whole = network(*inputs)
    assert whole.shape == (batch, 5)
    for at in range(batch):
        torch.testing.assert_close(network(*(each[at : at + 1] for each in inputs)), whole[at : at + 1])


def test_every_parameter_gets_a_gradient(many_kinds):
    network = built(many_kinds)
    network(*batch_for(many_kinds, 2)).sum().backward()
    assert all(each.grad is not None for each in network.parameters())


def test_the_meta_device_and_back(many_kinds):
    with torch.device("meta"):
        network = built(many_kinds)
    assert {each.device.type for each in (*network.parameters(), *network.buffers())} == {"meta"}
    real = built(many_kinds).eval()
    filled = network.to_empty(device="cpu").eval()
    filled.load_state_dict(real.state_dict())
    inputs = batch_for(many_kinds, 2)
    assert torch.equal(filled(*inputs), real(*inputs))


def test_half_precision(many_kinds):
    network, inputs = built(many_kinds).eval(), batch_for(many_kinds, 2)
    expected = network(*inputs)
    found = network.half()(*(each.half() for each in inputs))
    assert found.dtype == torch.float16
    torch.testing.assert_close(found.float(), expected, rtol=0.05, atol=0.05)


def test_autocast(many_kinds):
    network, inputs = built(many_kinds).eval(), batch_for(many_kinds, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = network(*inputs)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), network(*inputs), rtol=0.1, atol=0.1)


def test_export_with_a_batch_of_any_size(many_kinds):
    network = built(many_kinds).eval()
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(
        network, batch_for(many_kinds, 3), dynamic_shapes={"inputs": ({0: batch}, {0: batch})}
    )
    inputs = batch_for(many_kinds, 7)
    torch.testing.assert_close(exported.module()(*inputs), network(*inputs))
    assert set(exported.state_dict) == set(network.state_dict())


@pytest.mark.parametrize("precision", [Tensor.float, Tensor.half, Tensor.bfloat16])
def test_recurrent_layers_run_in_every_precision(load, precision: Callable[[Tensor], Tensor]):
    pool = "- global_avg_pool: {axes: [H, W]}\n"
    spec = load(f"{HEAD}{pool}- lstm: {{hidden_size: 5}}\n- gru: {{hidden_size: 5, output: last}}\n")
    network = built(spec).to(precision(torch.zeros(1)).dtype)
    assert network(precision(torch.randn(2, 3, 4, 8, 8))).shape == (2, 5, 1, 1)


def test_a_bundled_network_learns():
    network = built(archcalc.load("late_fusion", inputs="clip=3x4x16x16"))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    clip, losses = torch.randn(4, 3, 4, 16, 16), []
    for _ in range(5):
        optimizer.zero_grad()
        loss = (network(clip) - 1).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert count(network.parameters()) == archcalc.analyze(archcalc.load("late_fusion")).totals.params
