"""Bytes at the peak of one run: what the allocator of a GPU gave out, or what the operations made on a CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from archcalc.measure.alive import Alive
from archcalc.view.profile import TRAINING, MemoryUse

if TYPE_CHECKING:
    from archcalc.measure.profile.subject import Subject


def allocated(device: str) -> int:
    """Bytes that are given out now on a GPU, before a network comes to lie there; 0 on a CPU."""
    return int(torch.cuda.memory_allocated()) if device == "cuda" else 0


def memory_use(subject: Subject, before: int, predicted: int) -> MemoryUse:
    """The peak of a run, over what was allocated before the network, and what was predicted for it.

    Inference leaves weights and buffers out; training counts them, the gradients and the state of the optimiser.
    """
    apart = 0 if subject.setup.mode == TRAINING else _stored(subject)
    if subject.setup.device == "cuda":
        return _on_cuda(subject, before + apart, predicted)
    return MemoryUse(_made_on_cpu(subject) + _stored(subject) - apart, predicted)


def _on_cuda(subject: Subject, apart: int, predicted: int) -> MemoryUse:
    subject.run()  # the first run tries algorithms, whose workspace no later one has
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    subject.run()
    torch.cuda.synchronize()
    return MemoryUse(int(torch.cuda.max_memory_allocated()) - apart, predicted, int(torch.cuda.max_memory_reserved()))


def _made_on_cpu(subject: Subject) -> int:
    alive = Alive([*subject.network.parameters(), *subject.network.buffers()])
    alive.watch(subject.inputs)
    with alive:
        subject.run(compiled=False)
    return alive.peak


def _stored(subject: Subject) -> int:
    """Bytes of weights and buffers, each storage once."""
    tensors = (*subject.network.parameters(), *subject.network.buffers())
    return sum({each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in tensors}.values())
