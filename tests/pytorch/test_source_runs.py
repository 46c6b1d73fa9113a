"""What `build` writes runs under PyTorch without archcalc, and is the network that the numbers are of."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from torch import Tensor, nn

import archcalc
from archcalc.core.shape import Shape
from archcalc.graph import GraphBuilder, NetworkInput
from archcalc.nn import build
from archcalc.ops.base import Operator
from archcalc.pytorch.source.names import MODULE_NAMES
from archcalc.pytorch.source.names import attribute as attribute_name
from archcalc.spec.load import Spec
from tests.ops.vocabulary import CASES, VOCABULARY, bind, shape_of
from tests.pytorch.representatives import representatives
from tests.pytorch.test_source import source_text
from tests.reference.network import render
from tests.reference.random_networks import random_network

BATCH = 2
SEEDS = 30
CLOSE = 1e-4


def written(text: str) -> nn.Module:
    """The network of a file, run where archcalc cannot be imported."""
    real = builtins.__import__

    def without_archcalc(name: str, *arguments: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "archcalc":
            raise ModuleNotFoundError(name)
        return real(name, *arguments, **options)

    names: dict[str, Any] = {"__name__": "written", "__builtins__": {**vars(builtins), "__import__": without_archcalc}}
    exec(compile(text, "written.py", "exec"), names)
    *_, network = (each for each in names.values() if isinstance(each, type) and each.__module__ == "written")
    made: nn.Module = network().eval()
    return made


def outputs(given: Any) -> dict[str, list[Tensor]]:
    """Grid, and tokens if there are any, of each output by name."""
    by_name = given if isinstance(given, dict) else {"": given}
    parts = {name: (each,) if isinstance(each, Tensor) else tuple(each) for name, each in by_name.items()}
    return {name: [part for part in each if part is not None] for name, each in parts.items()}


def shapes(given: Any) -> dict[str, list[tuple[int, ...]]]:
    return {name: [tuple(part.shape) for part in each] for name, each in outputs(given).items()}


def expected_shapes(spec: Spec) -> dict[str, list[tuple[int, ...]]]:
    many = len(spec.graph.outputs) > 1
    return {name if many else "": sizes(spec.graph.shape(path)) for name, path in spec.graph.outputs.items()}


def sizes(shape: Shape) -> list[tuple[int, ...]]:
    batch = BATCH * shape.heads
    tokens = [(batch, shape.channels, shape.tokens)] if shape.tokens else []
    return [(batch, *shape.sizes.values()), *tokens]


def assert_runs(spec: Spec, text: str | None = None) -> None:
    """The written network has the output shape, the parameters and the buffers of the analysis."""
    totals = archcalc.analyze(spec).totals
    with torch.device("meta"), torch.no_grad():
        network = written(source_text(spec) if text is None else text)
        given = [torch.empty(BATCH, *each.shape.sizes.values()) for each in spec.graph.inputs.values()]
        assert shapes(network(*given)) == expected_shapes(spec)
    assert sum(each.numel() for each in network.parameters()) == totals.params
    assert sum(each.numel() for each in network.buffers()) == totals.buffers


def assert_same_numbers(spec: Spec) -> None:
    """With the same weights, in their order, the written network gives what the built one gives."""
    mine, theirs = written(source_text(spec)), build(spec).eval()
    for ours, copy in same_state(theirs, mine):
        if ours.is_floating_point():
            ours.uniform_(0.1, 0.3) if ours.dim() < 2 else ours.normal_(0, 0.3)
        copy.copy_(ours)
    given = [torch.randn(BATCH, *each.shape.sizes.values()) for each in spec.graph.inputs.values()]
    with torch.no_grad():
        torch.manual_seed(0)  # positions that are drawn at random are the same in both
        found = outputs(mine(*given))
        torch.manual_seed(0)
        right = outputs(theirs(*given))
    assert found.keys() == right.keys()
    for name, parts in found.items():
        for part, other in zip(parts, right[name], strict=True):
            torch.testing.assert_close(part, other, rtol=CLOSE, atol=CLOSE)


def same_state(theirs: nn.Module, mine: nn.Module) -> list[tuple[Tensor, Tensor]]:
    """Weights and buffers that belong together: by their names where those are the same, else in their order."""
    states = theirs.state_dict(), {name.replace(".attend.", "."): each for name, each in mine.state_dict().items()}
    names = list(states[0]), list(states[0] if states[0].keys() == states[1].keys() else states[1])
    pairs = [(states[0][name], states[1][other]) for name, other in zip(*names, strict=True)]
    assert [one.shape for one, _ in pairs] == [other.shape for _, other in pairs]
    return pairs


@pytest.mark.parametrize("name", representatives())
def test_bundled_network_runs(name: str):
    assert_runs(archcalc.load(name))


@pytest.mark.parametrize("name", ["early_fusion", "late_fusion", "slow_fusion"])
def test_small_bundled_network_gives_the_same_numbers(name: str):
    assert_same_numbers(archcalc.load(name))


@pytest.mark.parametrize("name", ["mc3_18", "r2plus1d_18", "x3d_s", "slowfast_r50_4x16", "i3d"])
def test_larger_bundled_network_gives_the_same_numbers_on_a_small_clip(name: str):
    small = {"slowfast_r50_4x16": "clip=3x8x32x32", "i3d": "clip=3x16x224x224"}.get(name, "clip=3x4x32x32")
    heads = {"head_grid": 1} if name in ("slowfast_r50_4x16", "x3d_s") else {}
    assert_same_numbers(archcalc.load(name, inputs=small, **heads))


def cases() -> Iterator[Any]:
    for word in VOCABULARY:
        for case in yaml.safe_load((CASES / f"{word}.yaml").read_text("utf-8")):
            given = [shape_of(each) for each in case["inputs"]]
            few = all(shape.elements < 3_000_000 for shape in given)
            if "error" not in case and few and all(shape.tokens < 2 and shape.heads == 1 for shape in given):
                yield pytest.param(word, case, id=f"{word}: {case['name']}")


def network_of(word: str, operator: Operator, given: list[Shape]) -> Spec:
    """One layer as a network; a class token is added to those of its inputs that have one."""
    inputs = {f"in{at}": NetworkInput(f"in{at}", shape.with_tokens(0)) for at, shape in enumerate(given)}
    builder = GraphBuilder("one_layer", inputs)
    paths = []
    for name, shape in zip(inputs, given, strict=True):
        paths.append(name)
        if shape.tokens:
            paths[-1] = f"{name}_token"
            builder.add(paths[-1], "class_token", bind(VOCABULARY["class_token"], {"count": shape.tokens}), (name,))
    builder.graph.outputs["output"] = builder.add("layer", word, operator, tuple(paths)).path
    return Spec("one_layer", "", "", {}, builder.graph)


@pytest.mark.parametrize(("word", "case"), list(cases()))
def test_every_case_of_an_operator_gives_the_same_numbers(word: str, case: dict[str, Any]):
    given = [shape_of(each) for each in case["inputs"]]
    assert_same_numbers(network_of(word, bind(VOCABULARY[word], case.get("arguments", {})), given))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_network_runs(seed: int, tmp_path: Path):
    path = tmp_path / "random.yaml"
    path.write_text(render(random_network(seed)), encoding="utf-8")
    assert_runs(archcalc.load(path))


NETWORKS = {
    "attention over windows, with tokens, pooled": """
        - conv3d: {name: patches, out: 16, kernel: [2, 4, 4], stride: [2, 4, 4]}
        - residual: {body: [layer_norm, {attention: {over: [T, H, W], heads: 2, window: [8, 3, 3], shift: [0, 1, 1],
                     relative_position: table}}]}
        - space_to_depth: {H: 2, W: 2}
        - linear: {name: reduce, out: 32, bias: false}
        - class_token
        - position: {over: [H, W], class_token: true}
        - position: {name: times, over: [T]}
        - batch_norm
        - residual: {body: [{attention: {name: spatial, over: [H, W], heads: 4, class_token: copy}}]}
        - residual: {body: [{select: {tokens: grid}}, {attention: {name: temporal, over: [T], heads: 4}}]}
        - attention:
            name: pooled
            over: [T, H, W]
            heads: 2
            out: 48
            relative_position: decomposed
            residual_query: true
            query: [{conv3d: {kernel: 3, padding: 1, groups: depthwise}}, layer_norm]
            key: [{conv3d: {kernel: 2, stride: [2, 1, 1], groups: depthwise}}]
            value: [{conv3d: {kernel: 2, stride: [2, 1, 1], groups: depthwise}}]
        """,
    "weights shared by layers and blocks": """
        - conv3d: {name: first, out: 3, kernel: 3, padding: 1}
        - conv3d: {share: first, out: 3, kernel: 3, padding: 1}
        - conv3d: {share: first, out: 3, kernel: 3, padding: 2, dilation: 2}
        - two: {name: rgb}
        - subsample: {axis: T, every: 2}
        - two: {name: flow, share: rgb}
        """,
    "a loop in the middle of a network": """
        - conv3d: {name: stem, out: 6, kernel: 1}
        - repeat: {times: 5, index: i, layers: [{two: {name: stage$i}}]}
        - add: {from: [stem, stage4]}
        """,
    "names that mean something else": """
        - conv3d: {name: forward, out: 3, kernel: 1}
        - conv3d: {name: lambda, out: 3, kernel: 1}
        - conv3d: {name: 3d conv-ü, out: 3, kernel: 1}
        - conv3d: {name: self, out: 3, kernel: 1}
        - conv3d: {name: per_frame, out: 3, kernel: 1}
        - conv2d: {name: torch, out: 3, kernel: 1}
        - concat: {from: [forward, per_frame, self, lambda, torch]}
        """,
    "a layer that nothing reads": """
        - conv3d: {name: a, out: 4, kernel: 1}
        - relu: {name: unread}
        - conv3d: {name: also_unread, out: 2, kernel: 1}
        - identity: {from: a}
        """,
}
BLOCKS = """
    blocks:
      two:
        layers:
          - residual:
              body:
                - conv3d: {name: conv, out: $(input.C), kernel: 3, padding: 1}
                - batch_norm
    """


@pytest.mark.parametrize("name", NETWORKS)
def test_network_gives_the_same_numbers(layers: Callable[..., Spec], name: str):
    spec = layers(NETWORKS[name], BLOCKS)
    assert_runs(spec)
    assert_same_numbers(spec)


TWO_ENDS = """
    archcalc: 1
    name: two_ends
    inputs: {rgb: {C: 3, T: 4, H: 8, W: 8}, flow: {C: 2, T: 4, H: 8, W: 8}}
    layers:
      - conv3d: {name: a, from: rgb, out: 4, kernel: 3}
      - conv3d: {name: b, from: flow, out: 4, kernel: 3}
      - concat: {name: joined, from: [a, b]}
    outputs: {joined: joined, motion: b, same: flow}
    """


def test_several_inputs_and_outputs(load: Callable[..., Spec]):
    assert_runs(load(TWO_ENDS))
    assert_same_numbers(load(TWO_ENDS))


def test_no_attribute_takes_a_name_that_pytorch_has():
    own = {each for kind in (nn.Module, nn.Sequential, nn.ModuleList) for each in dir(kind) if not each.startswith("_")}
    assert own <= MODULE_NAMES
    for name in (*own, "_modules", "_parameters", "__init__", "__class__"):
        assert not hasattr(nn.Sequential(), attribute_name(name, ()))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("kernel_size=3, padding=1", "kernel_size=5, padding=2"),
        ("nn.Conv3d(12, 24", "nn.Conv3d(12, 25"),
        (", keepdim=True", ""),
        ("import torch\n", "import torch\nimport archcalc\n"),
    ],
)
def test_a_planted_fault_is_seen(right: str, wrong: str):
    spec = archcalc.load("slow_fusion")
    text = source_text(spec)
    assert right in text
    assert_runs(spec, text)
    with pytest.raises((AssertionError, ModuleNotFoundError)):
        assert_runs(spec, text.replace(right, wrong, 1))
