"""Bytes at the peak of one run: of the tensors that operations make, and of what the allocator of a GPU gave out."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import torch

from archcalc.measure.live_storage import LiveStorageTracker, peak_bytes
from archcalc.measure.profile.precision import tensor_type
from archcalc.results.profile import TRAINING, MemoryUse

if TYPE_CHECKING:
    from archcalc.measure.profile.workload import Workload

SMALL = 8
"""Rows of the products that make libraries take what they keep for good."""


def allocated(device: str, precision: str) -> int:
    """Return the bytes that are given out on a GPU before a network comes to lie there; 0 on a CPU.

    What an earlier network held is given back first, and libraries have taken the workspace that they keep: cuBLAS has
    one for each thread that it is called from, and backward has a thread of its own.
    """
    if device != "cuda":
        return 0
    gc.collect()
    tensor = torch.ones(SMALL, SMALL, device=device, dtype=tensor_type(precision), requires_grad=True)
    torch.autograd.backward((tensor @ tensor).sum())
    del tensor
    torch.cuda.synchronize()
    return int(torch.cuda.memory_allocated())


def memory_use(workload: Workload, before: int, predicted: int) -> MemoryUse:
    """Return the peak of a run, and what was predicted for its tensors.

    Inference leaves weights and buffers out; training counts them, the gradients and the state of the optimizer.
    `before` is what was allocated on a GPU before the network.
    """
    weights = _stored(workload)
    left_out = 0 if workload.setup.mode == TRAINING else weights
    tensors = _made(workload) + weights - left_out
    if workload.setup.device != "cuda":
        return MemoryUse(tensors, predicted)
    peak, reserved = _allocator(workload)
    return MemoryUse(tensors, predicted, reserved, peak - before - left_out)


def _allocator(workload: Workload) -> tuple[int, int]:
    """Bytes given out, and taken from the device, at the peak of a run whose algorithms are chosen."""
    workload.run()  # the first run tries algorithms, whose workspace no later one has
    torch.cuda.synchronize()
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    workload.run()
    torch.cuda.synchronize()
    return int(torch.cuda.max_memory_allocated()), int(torch.cuda.max_memory_reserved())


def _made(workload: Workload) -> int:
    """Return the bytes of tensors alive at the peak of the first run, without weights and buffers."""
    if workload.setup.mode != TRAINING:
        return peak_bytes(workload.network, workload.inputs)  # inference_mode hides what composite operators allocate
    alive = LiveStorageTracker([*workload.network.parameters(), *workload.network.buffers()])
    alive.watch(workload.inputs)
    with alive:
        workload.run(compiled=False)
    return alive.peak


def _stored(workload: Workload) -> int:
    """Bytes of weights and buffers, each storage once."""
    tensors = (*workload.network.parameters(), *workload.network.buffers())
    return sum({each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in tensors}.values())
