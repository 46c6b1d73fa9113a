"""Built modules compared with the numbers of the analysis. Imports torch: import it after `pytest.importorskip`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

import archcalc
from archcalc.core.shape import Shape
from archcalc.nn import build
from archcalc.ops.base import Operator
from archcalc.pytorch.evaluate import built_layer
from archcalc.pytorch.modules.features import Features
from archcalc.pytorch.network import Value, grid_and_tokens
from archcalc.spec.load import Spec
from tests.ops.vocabulary import VOCABULARY, bind

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph
    from archcalc.pytorch.network import Network

BATCH = 2
PER_MAC = 2
"""FlopCounterMode counts a multiply-accumulate as two."""

Run = Callable[..., Any]
"""Gives features; whether there are tokens among them is for the tests to know."""


def operator(word: str, **arguments: object) -> Operator:
    """An operator with arguments as a spec writes them."""
    return bind(VOCABULARY[word], arguments)


class Parts(NamedTuple):
    """The grid of a tensor, and its tokens if there are any."""

    grid: Tensor
    tokens: Tensor | None


def runs(word: str, *shapes: Shape, **arguments: object) -> tuple[Any, Run]:
    """The module of one operator, and what runs it on tensors with or without tokens."""
    built, run = built_layer(operator(word, **arguments), shapes)
    built.eval()
    return built, lambda *inputs: Parts(*grid_and_tokens(run(built, inputs)))


def shape_of_tensor(given: Tensor) -> Shape:
    """The shape of a tensor: one axis is T, two are H and W, three are T, H and W."""
    axes = {2: "C", 3: "CT", 4: "CHW", 5: "CTHW"}[given.dim()]
    return Shape.of(dict(zip(axes, given.shape[1:], strict=True)))


def on(word: str, *inputs: Tensor, **arguments: object) -> Tensor:
    """What an operator without weights makes of tensors without tokens."""
    _, run = runs(word, *map(shape_of_tensor, inputs), **arguments)
    grid: Tensor = run(*inputs).grid
    return grid


def empty(shape: Shape, batch: int = BATCH) -> Value:
    """A tensor of this shape without numbers in it."""
    many = batch * shape.heads
    grid = torch.empty(many, *shape.sizes.values(), device="meta")
    if not shape.tokens:
        return grid
    return Features(grid, torch.empty(many, shape.channels, shape.tokens, device="meta"))


def sizes(value: Value) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """The sizes of grid and tokens."""
    grid, tokens = grid_and_tokens(value)
    return tuple(grid.shape), None if tokens is None else tuple(tokens.shape)


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


def assert_agrees(spec: Spec) -> None:
    """Shape and multiply-accumulates of every layer, and its parameters and buffers, are what PyTorch has and does."""
    analysis, network = archcalc.analyze(spec), on_meta(spec)
    layers = {layer.path: layer for layer in analysis.layers}
    counter, counted, before = FlopCounterMode(display=False), Counter[str](), 0

    def observe(path: str, value: Value) -> None:
        nonlocal before
        assert sizes(value) == sizes(empty(layers[path].shape)), path
        counted[path], before = counter.get_total_flops() - before, counter.get_total_flops()

    with torch.no_grad(), counter:
        network.observed(tuple(grid_and_tokens(empty(each.shape))[0] for each in analysis.inputs), observe)
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
