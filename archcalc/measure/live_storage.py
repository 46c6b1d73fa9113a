"""Bytes that are alive while a network runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from archcalc.measure.torch_counts import BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from archcalc.graph import NetworkGraph
    from archcalc.pytorch.network import Network, Value


class LiveStorageTracker(TorchDispatchMode):
    """Tracks the storages of all tensors that operations create, except views of tensors that existed before.

    `peak` is the largest sum of bytes alive after an operation.
    """

    def __init__(self, before: Iterable[torch.Tensor]) -> None:
        super().__init__()
        self.peak = 0
        self._before = {StorageWeakRef(each.untyped_storage()).cdata for each in before}
        self._alive: dict[int, tuple[StorageWeakRef, int]] = {}

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Run the operation and look at what it made."""
        del types
        made = func(*args, **(kwargs or {}))
        self.watch(made)
        return made

    def watch(self, tensors: object) -> None:
        """Count these tensors from now on, each storage once, until they are gone."""
        for tensor in tree_leaves(tensors):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                reference = StorageWeakRef(storage)
                if reference.cdata in self._before:
                    continue
                self._alive[reference.cdata] = (reference, storage.nbytes())
        self._alive = {key: each for key, each in self._alive.items() if not each[0].expired()}
        self.peak = max(self.peak, sum(size for _, size in self._alive.values()))


def peak_bytes(network: nn.Module, inputs: tuple[torch.Tensor, ...]) -> int:
    """Return the largest number of bytes of inputs and activations alive at once at inference, without weights."""
    alive = LiveStorageTracker([*network.parameters(), *network.buffers()])
    alive.watch(inputs)
    with torch.no_grad(), alive:
        network(*inputs)
    return alive.peak


def saved_by_layer(network: Network, inputs: tuple[torch.Tensor, ...]) -> dict[str, int]:
    """Return the bytes that autograd saves for backward by layer, each storage once, without weights and buffers."""
    own = {each.untyped_storage()._cdata for each in (*network.parameters(), *network.buffers())}
    storages: dict[int, torch.UntypedStorage] = {}
    found: dict[str, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            storages.setdefault(storage._cdata, storage)
        return tensor

    def observe(path: str, value: Value) -> None:
        del value
        found[path] = sum(each.nbytes() for each in storages.values()) - sum(found.values())

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        network.observed(inputs, observe)
    return found


def peak_on_cuda(graph: NetworkGraph, network: Network) -> int:
    """Return the bytes that the allocator of a GPU provided at the peak of a batch, without weights, with workspace."""
    network = network.cuda()
    torch.cuda.synchronize()
    weights = torch.cuda.memory_allocated()
    inputs = tuple(torch.rand(BATCH, *each.shape.sizes.values(), device="cuda") for each in graph.inputs.values())
    torch.cuda.reset_peak_memory_stats()
    with torch.no_grad():
        network(*inputs)
    torch.cuda.synchronize()
    return int(torch.cuda.max_memory_allocated()) - weights
