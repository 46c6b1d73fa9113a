"""Bytes at the peak of one run: of the tensors that operations make, and of what the allocator of a GPU gave out."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import torch

from archcalc.measure.alive import Alive, peak_bytes
from archcalc.measure.profile.precision import tensor_type
from archcalc.results.profile import TRAINING, MemoryUse

if TYPE_CHECKING:
    from archcalc.measure.profile.subject import Subject

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


def memory_use(subject: Subject, before: int, predicted: int) -> MemoryUse:
    """Return the peak of a run, and what was predicted for its tensors.

    Inference leaves weights and buffers out; training counts them, the gradients and the state of the optimizer.
    `before` is what was allocated on a GPU before the network.
    """
    weights = _stored(subject)
    left_out = 0 if subject.setup.mode == TRAINING else weights
    tensors = _made(subject) + weights - left_out
    if subject.setup.device != "cuda":
        return MemoryUse(tensors, predicted)
    peak, reserved = _allocator(subject)
    return MemoryUse(tensors, predicted, reserved, peak - before - left_out)


def _allocator(subject: Subject) -> tuple[int, int]:
    """Bytes given out, and taken from the device, at the peak of a run whose algorithms are chosen."""
    subject.run()  # the first run tries algorithms, whose workspace no later one has
    torch.cuda.synchronize()
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    subject.run()
    torch.cuda.synchronize()
    return int(torch.cuda.max_memory_allocated()), int(torch.cuda.max_memory_reserved())


def _made(subject: Subject) -> int:
    """Return the bytes of tensors alive at the peak of the first run, without weights and buffers."""
    if subject.setup.mode != TRAINING:
        return peak_bytes(subject.network, subject.inputs)  # inference_mode hides what composite operators allocate
    alive = Alive([*subject.network.parameters(), *subject.network.buffers()])
    alive.watch(subject.inputs)
    with alive:
        subject.run(compiled=False)
    return alive.peak


def _stored(subject: Subject) -> int:
    """Bytes of weights and buffers, each storage once."""
    tensors = (*subject.network.parameters(), *subject.network.buffers())
    return sum({each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in tensors}.values())
