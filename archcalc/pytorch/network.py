"""A network graph as a module of PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import Tensor, nn

from archcalc.graph import NetworkGraph
from archcalc.pytorch.evaluate import Layer, built_layer
from archcalc.pytorch.modules.features import Features
from archcalc.pytorch.modules.tied import TiedLayer
from archcalc.pytorch.register_modules import register_modules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.graph import Node
    from archcalc.pytorch.evaluate import Run
    from archcalc.spec.load import Spec

Value: TypeAlias = Tensor | Features
"""A tensor, or a grid with its tokens where there are any."""


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of a run: the path to its module, how it runs on which inputs, and the tensors not read after it."""

    path: str
    module: tuple[str, ...]
    run: Run
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
        layers = built_layers(graph)
        owners = {node.path: node.owner for node in graph.nodes.values() if node.owner is not None}
        own = {path: layer.module for path, layer in layers.items() if _has_own_module(layers, path, owners.get(path))}
        names = register_modules(self, own)
        self._names = {path: names.get(path) or names[owners[path]] for path in graph.nodes}
        self.steps = steps(graph, layers, self._names, set(self._results.values()))

    def module_name(self, path: str) -> str:
        """Return the name of a layer's module: its path, unless PyTorch uses a part of it for something else."""
        return self._names[path]

    def forward(self, *inputs: Tensor) -> Value | dict[str, Value]:
        """Return the output for a batch, or several by name."""
        return self.observed(inputs)

    def observed(
        self, inputs: tuple[Tensor, ...], observe: Callable[[str, Value], None] | None = None
    ) -> Value | dict[str, Value]:
        """Return the same, and call `observe` with the path and the tensor of every layer as soon as it has run."""
        tensors = self.received(inputs)
        for step in self.steps:
            tensors[step.path] = self.run(step, [tensors[path] for path in step.inputs])
            if observe is not None:
                observe(step.path, tensors[step.path])
            for path in step.finished:
                del tensors[path]
        results = {name: tensors[path] for name, path in self._results.items()}
        return results if len(results) > 1 else next(iter(results.values()))

    def received(self, inputs: tuple[Tensor, ...]) -> dict[str, Value]:
        """Return the inputs by name.

        Raises:
            TypeError: there are too many or too few.
            ValueError: one has another shape than the network was built for.
        """
        self._check(inputs)
        return dict[str, Value](zip(self._given, inputs, strict=True))

    def run(self, step: Step, inputs: Sequence[Value]) -> Value:
        """Return the output of one layer for the tensors that it reads."""
        value: Value = step.run(self.module_of(step), inputs)
        return value

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


def grid_and_tokens(value: Value) -> tuple[Tensor, Tensor | None]:
    """Return the grid of a tensor, and its tokens if it has any."""
    return (value.grid, value.tokens) if isinstance(value, Features) else (value, None)


def build(network: Spec | NetworkGraph) -> Network:
    """Return a spec or its graph as a module of PyTorch, with weights as PyTorch initializes them.

    >>> import archcalc, torch
    >>> from archcalc.nn import build
    >>> with torch.device("meta"):
    ...     c3d = build(archcalc.load("c3d"))
    >>> c3d.conv1a.weight.shape
    torch.Size([64, 3, 3, 3, 3])
    """
    return Network(network if isinstance(network, NetworkGraph) else network.graph)


def built_layers(graph: NetworkGraph) -> dict[str, Layer]:
    """Return the layers by path; one that does the same as the owner of its weights has the owner's module."""
    layers: dict[str, Layer] = {}
    for node in graph.nodes.values():
        owner = None if node.owner is None else graph.nodes[node.owner]
        if owner is None:
            layers[node.path] = built_layer(node.operator, graph.input_shapes(node))
        elif same_work(graph, node, owner):
            layers[node.path] = layers[owner.path]
        else:
            with torch.device("meta"):
                module, run = built_layer(node.operator, graph.input_shapes(node))
            layers[node.path] = Layer(TiedLayer(layers[owner.path].module, module), run)
    return layers


def _has_own_module(layers: Mapping[str, Layer], path: str, owner: str | None) -> bool:
    return owner is None or layers[path] is not layers[owner]


def same_work(graph: NetworkGraph, node: Node, other: Node) -> bool:
    """Return whether two layers have equal arguments and input shapes."""
    return node.operator == other.operator and graph.input_shapes(node) == graph.input_shapes(other)


def steps(graph: NetworkGraph, layers: Mapping[str, Layer], names: Mapping[str, str], kept: set[str]) -> list[Step]:
    """Return the layers in order, each with the tensors that nothing reads after it."""
    last_use = {path: node.path for node in graph.nodes.values() for path in (node.path, *node.inputs)}
    found = []
    for node in graph.nodes.values():
        finished = tuple(path for path in dict.fromkeys((*node.inputs, node.path)) if last_use[path] == node.path)
        finished = tuple(path for path in finished if path not in kept)
        found.append(Step(node.path, tuple(names[node.path].split(".")), layers[node.path].run, node.inputs, finished))
    return found
