"""Failures while measuring: no memory is left, or a device does not answer. PyTorch is imported where it is needed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from archcalc.core.problem import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def out_of_memory_named(what: str) -> Iterator[None]:
    """Raise Unavailable, which says what was too large, if memory runs out inside."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise Unavailable(f"not enough memory for {what}; use a smaller --input") from error


OUT_OF_MEMORY = (
    "not enough memory",
    "can't allocate memory",
    "CUDA error: out of memory",
    "CUDA out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "nable to find an engine",
)
"""Parts of the messages of PyTorch, cuBLAS and cuDNN: cuDNN finds no engine whose workspace fits."""


def is_out_of_memory(error: Exception) -> bool:
    """Return whether an error says that the host or a device has no memory left."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return any(part in str(error) for part in OUT_OF_MEMORY)


def is_device_failure(error: Exception) -> bool:
    """Return whether a device failed so that this process cannot use it again, as after an illegal access."""
    import torch

    return isinstance(error, torch.AcceleratorError) and not is_out_of_memory(error) and not _usable()


def _usable() -> bool:
    """Return whether the GPU still answers: an error that stays is raised again at each call."""
    import torch

    try:
        torch.cuda.synchronize()
    except (RuntimeError, AssertionError):
        return False
    return True
