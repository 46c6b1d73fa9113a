"""A network graph as a module of PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import Tensor, nn

from archcalc.nn.builders import builder_of
from archcalc.nn.features import Features
from archcalc.nn.sharing import Borrower
from archcalc.nn.tree import plant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.graph import NetworkGraph, Node
    from archcalc.nn.calls import Call

Output: TypeAlias = Tensor | Features
"""A tensor, or a grid with its tokens where there are any."""


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of a run: the names that lead to its module, on what, how, and the tensors not read after it."""

    path: str
    module: tuple[str, ...]
    call: Call
    inputs: tuple[str, ...]
    finished: tuple[str, ...]


class Network(nn.Module):
    """Runs the layers of a graph in their order and drops every tensor after its last use.

    Takes one tensor for each input of the spec, in that order, with any batch. Gives the output, or several by name.
    Parameters are named after the paths of the layers: `layer1.0.conv1.weight`.
    """

    def __init__(self, graph: NetworkGraph) -> None:
        super().__init__()
        self._given = {name: tuple(each.shape.sizes.values()) for name, each in graph.inputs.items()}
        self._results = dict(graph.outputs) or {"output": list(graph.nodes)[-1]}
        self._names: dict[str, str] = {}
        self.steps: list[Step] = []  # before the layers, which keep clear of the names that are taken
        names = plant(self, built_layers(graph))
        self._names = {node.path: names.get(node.path) or names[node.owner or ""] for node in graph.nodes.values()}
        self.steps = steps(graph, self._names, set(self._results.values()))

    def module_name(self, path: str) -> str:
        """The name of a layer's module, which is its path unless PyTorch has other uses for a part of it."""
        return self._names[path]

    def forward(self, *inputs: Tensor) -> Output | dict[str, Output]:
        """The output for a batch, or several by name."""
        return self.observed(inputs)

    def observed(
        self, inputs: tuple[Tensor, ...], observe: Callable[[str, Features], None] | None = None
    ) -> Output | dict[str, Output]:
        """The same, and `observe` is told the path and the tensor of every layer as soon as it has run."""
        tensors = self.received(inputs)
        for step in self.steps:
            tensors[step.path] = self.run(step, [tensors[path] for path in step.inputs])
            if observe is not None:
                observe(step.path, tensors[step.path])
            for path in step.finished:
                del tensors[path]
        results = {name: _plain(tensors[path]) for name, path in self._results.items()}
        return results if len(results) > 1 else next(iter(results.values()))

    def received(self, inputs: tuple[Tensor, ...]) -> dict[str, Features]:
        """The inputs by name; TypeError or ValueError when they are not those that the network was built for."""
        self._check(inputs)
        return {name: Features(given) for name, given in zip(self._given, inputs, strict=True)}

    def run(self, step: Step, inputs: Sequence[Features]) -> Features:
        """What one layer makes of the tensors that it reads."""
        return step.call(self.module_of(step), inputs)

    def module_of(self, step: Step) -> nn.Module:
        """Return the module that one layer runs, also where it was replaced after the network was built.

        PyTorch's `get_submodule` does the same and takes some 6 microseconds, as long as a GPU takes for a small layer.
        """
        module: nn.Module = self
        for name in step.module:
            module = module._modules[name]  # type: ignore[assignment]
        return module

    def _check(self, inputs: tuple[Tensor, ...]) -> None:
        if len(inputs) != len(self._given):
            raise TypeError(f"{len(inputs)} tensors for a network with the inputs {', '.join(self._given)}")
        for given, (name, sizes) in zip(inputs, self._given.items(), strict=True):
            if tuple(given.shape[1:]) != sizes:
                expected = "x".join(map(str, ("batch", *sizes)))
                found = "x".join(map(str, given.shape))
                raise ValueError(f"{found} for {name}; the network was built for {expected}")


def _plain(features: Features) -> Output:
    return features.grid if features.tokens is None else features


def built_layers(graph: NetworkGraph) -> dict[str, nn.Module]:
    """The module of every layer by its path; one that does the same as the owner of its weights has none of its own."""
    layers: dict[str, nn.Module] = {}
    for node in graph.nodes.values():
        if node.owner is None:
            layers[node.path] = made(graph, node)
        elif not same_work(graph, node, graph.nodes[node.owner]):
            with torch.device("meta"):
                layer = made(graph, node)
            layers[node.path] = Borrower(layers[node.owner], layer)
    return layers


def made(graph: NetworkGraph, node: Node) -> nn.Module:
    """The module of one layer."""
    return builder_of(node.operator).make(node.operator, graph.input_shapes(node))


def same_work(graph: NetworkGraph, node: Node, other: Node) -> bool:
    """Whether two layers have equal arguments and inputs of one shape."""
    return node.operator == other.operator and graph.input_shapes(node) == graph.input_shapes(other)


def steps(graph: NetworkGraph, names: Mapping[str, str], kept: set[str]) -> list[Step]:
    """The layers in order, each with the tensors that nothing reads after it."""
    last_use = {path: node.path for node in graph.nodes.values() for path in (node.path, *node.inputs)}
    found = []
    for node in graph.nodes.values():
        finished = tuple(path for path in dict.fromkeys((*node.inputs, node.path)) if last_use[path] == node.path)
        finished = tuple(path for path in finished if path not in kept)
        call = builder_of(node.operator).call
        found.append(Step(node.path, tuple(names[node.path].split(".")), call, node.inputs, finished))
    return found
