"""Memory: what is alive during inference, and what training keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.ops.activation import Dropout
from archcalc.ops.base import View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.core.terms import Saved
    from archcalc.graph import Kind, NetworkGraph

DTYPE_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1, "uint8": 1}

MOST_SAMPLES = 10**9
OPTIMIZER_STATES = {"sgd": 0, "sgd_momentum": 1, "adam": 2, "adamw": 2}
"""Numbers an optimiser keeps for every parameter, in the parameters' own type."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How numbers are stored: type and batch."""

    dtype: str = "float32"
    batch: int = 1

    @property
    def itemsize(self) -> int:
        """Bytes of one number."""
        return DTYPE_BYTES[self.dtype]

    def activation(self, elements: int) -> int:
        """Bytes of a tensor with so many elements a sample."""
        return elements * self.batch * self.itemsize


def _storages(graph: NetworkGraph, *, training: bool) -> dict[str, str]:
    """Which tensor holds the numbers of each: views hold none of their own, nor does dropout at inference."""
    free = (View,) if training else (View, Dropout)
    storages = {name: name for name in graph.inputs}
    for node in graph.nodes.values():
        storages[node.path] = storages[node.inputs[0]] if isinstance(node.operator, free) else node.path
    return storages


def peak_inference_bytes(graph: NetworkGraph, memory: Memory) -> int:
    """The largest sum of tensors alive at one step, layers run in the order they are written.

    A network input is alive from the start; every tensor is until the last layer that reads it or a view of it, and
    outputs of the network to the end. Weights are left out, nothing is done in place.
    """
    storages = _storages(graph, training=False)
    dying = _dying(graph, storages)
    sizes = {name: memory.activation(each.shape.elements) for name, each in graph.inputs.items()}
    alive = peak = sum(sizes.values())
    for node in graph.nodes.values():
        if storages[node.path] == node.path:
            sizes[node.path] = memory.activation(node.kind.elements)
            alive += sizes[node.path]
        peak = max(peak, alive)
        alive -= sum(sizes[storage] for storage in dying.get(node.path, ()))
    return peak


def _dying(graph: NetworkGraph, storages: dict[str, str]) -> dict[str, list[str]]:
    """The storages that nothing needs any more after each layer; outputs of the network are needed to the end."""
    last = dict.fromkeys(graph.inputs, next(iter(graph.nodes)))
    for node in graph.nodes.values():
        last[storages[node.path]] = node.path
        for path in node.inputs:
            last[storages[path]] = node.path
    for path in graph.outputs.values():
        last.pop(storages[path], None)
    dying: dict[str, list[str]] = {}
    for storage, path in last.items():
        dying.setdefault(path, []).append(storage)
    return dying


def training_bytes(graph: NetworkGraph, memory: Memory, params: int, buffers: int, optimizer: str) -> int:
    """Weights, gradients, optimiser state and buffers, and everything autograd keeps, each tensor once."""
    copies = 2 + OPTIMIZER_STATES[optimizer]
    return (params * copies + buffers) * memory.itemsize + _saved_bytes(graph, memory)


def _saved_bytes(graph: NetworkGraph, memory: Memory) -> int:
    storages = _storages(graph, training=True)
    known: dict[Kind, Saved] = {}
    kept: set[str] = set()
    extra = 0
    for node in graph.nodes.values():
        kind = node.kind
        saved = known[kind] = known.get(kind) or kind.operator.saved(kind.inputs)
        kept.update([storages[node.inputs[slot]] for slot in saved.inputs])
        if saved.output:
            kept.add(storages[node.path])
        if saved.elements or saved.extra_bytes:
            extra += memory.activation(saved.elements) + saved.extra_bytes * memory.batch
    return extra + total_bytes(graph, kept, memory)


def total_bytes(graph: NetworkGraph, paths: Iterable[str], memory: Memory) -> int:
    """Bytes of several tensors together."""
    return sum(memory.activation(graph.elements(path)) for path in paths)
