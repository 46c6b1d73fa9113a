"""Built modules held against the numbers of the analysis. Imports torch: import it behind `pytest.importorskip`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import archcalc
from archcalc.core.shape import Shape
from archcalc.nn import BUILDERS, Features, build
from archcalc.ops.base import Operator
from archcalc.spec.load import Spec
from tests.ops.vocabulary import VOCABULARY, bind

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph
    from archcalc.nn import Network

BATCH = 2
PER_MAC = 2
"""FlopCounterMode counts a multiply-accumulate as two."""

Run = Callable[..., Any]
"""Gives features; whether there are tokens among them is for the tests to know."""


def operator(word: str, **arguments: object) -> Operator:
    """An operator with arguments as a spec writes them."""
    return bind(VOCABULARY[word], arguments)


def module(word: str, *shapes: Shape, **arguments: object) -> nn.Module:
    """The module of one operator on inputs of these shapes."""
    return BUILDERS[word].make(operator(word, **arguments), shapes)


def runs(word: str, *shapes: Shape, **arguments: object) -> tuple[Any, Run]:
    """The module of one operator, and what runs it on tensors with or without tokens."""
    built = module(word, *shapes, **arguments).eval()
    return built, lambda *inputs: BUILDERS[word].call(built, [as_features(each) for each in inputs])


def as_features(given: Tensor | Features) -> Features:
    """A tensor without tokens, unless it has some."""
    return given if isinstance(given, Features) else Features(given)


def shape_of_tensor(given: Tensor) -> Shape:
    """The shape of a tensor: one axis is T, two are H and W, three are T, H and W."""
    axes = {2: "C", 3: "CT", 4: "CHW", 5: "CTHW"}[given.dim()]
    return Shape.of(dict(zip(axes, given.shape[1:], strict=True)))


def on(word: str, *inputs: Tensor, **arguments: object) -> Tensor:
    """What an operator without weights makes of tensors without tokens."""
    _, run = runs(word, *map(shape_of_tensor, inputs), **arguments)
    grid: Tensor = run(*inputs).grid
    return grid


def empty(shape: Shape, batch: int = BATCH) -> Features:
    """A tensor of this shape without numbers in it."""
    many = batch * shape.heads
    grid = torch.empty(many, *shape.sizes.values(), device="meta")
    tokens = torch.empty(many, shape.channels, shape.tokens, device="meta") if shape.tokens else None
    return Features(grid, tokens)


def sizes(features: Features) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """The sizes of grid and tokens."""
    return tuple(features.grid.shape), None if features.tokens is None else tuple(features.tokens.shape)


def count(tensors: Iterable[Tensor]) -> int:
    """How many numbers parameters or buffers hold together."""
    return sum(each.numel() for each in tensors)


def built(spec: Spec | NetworkGraph) -> Any:
    """The network; what its layers are is for the tests to know."""
    return build(spec)


def on_meta(spec: Spec | NetworkGraph) -> Network:
    """The network without numbers in it, as it infers."""
    with torch.device("meta"):
        network: Network = build(spec).eval()
    return network


def assert_witnessed(spec: Spec) -> None:
    """Shape and multiply-accumulates of every layer, and its parameters and buffers, are what PyTorch has and does."""
    analysis, network = archcalc.analyze(spec), on_meta(spec)
    layers = {layer.path: layer for layer in analysis.layers}
    counter, counted, before = FlopCounterMode(display=False), Counter[str](), 0

    def observe(path: str, features: Features) -> None:
        nonlocal before
        assert sizes(features) == sizes(empty(layers[path].shape)), path
        counted[path], before = counter.get_total_flops() - before, counter.get_total_flops()

    with torch.no_grad(), counter:
        network.observed(tuple(empty(each.shape).grid for each in analysis.inputs), observe)
    assert dict(counted) == {path: BATCH * PER_MAC * layer.macs for path, layer in layers.items()}
    assert_stored(network, analysis)


def assert_stored(network: Network, analysis: archcalc.Analysis) -> None:
    """Every parameter and buffer is that of a layer, by the name of its module, and there are as many."""
    modules = {network.module_name(layer.path): layer.path for layer in analysis.layers if layer.owner is None}
    for stored, what in ((network.named_parameters(), "params"), (network.named_buffers(), "buffers")):
        found = Counter[str]()
        for name, tensor in stored:
            found[modules[max((each for each in modules if name.startswith(f"{each}.")), key=len)]] += tensor.numel()
        expected = {layer.path: getattr(layer, what) for layer in analysis.layers if getattr(layer, what)}
        assert dict(found) == expected
        assert found.total() == getattr(analysis.totals, what)
