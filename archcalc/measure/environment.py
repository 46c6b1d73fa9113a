"""What measuring needs: PyTorch, a device, memory. Imports nothing heavy before it is asked to."""

from __future__ import annotations

import re
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from archcalc.core.extras import install_command
from archcalc.core.problem import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST_TORCH = (2, 4)
INSTALL = install_command("torch")


def require_torch(purpose: str, oldest: tuple[int, int] = OLDEST_TORCH) -> None:
    """Unavailable, with what to do about it, unless there is a PyTorch that is new enough."""
    found, needed = _installed(purpose, "torch"), ".".join(map(str, oldest))
    if release(found) < oldest:
        raise Unavailable(f"{purpose} needs PyTorch {needed} or newer, and found {found}; {INSTALL}")


def require_fvcore(purpose: str) -> None:
    """Unavailable, with what to do about it, unless fvcore is installed."""
    _installed(purpose, "fvcore")


def _installed(purpose: str, package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        raise Unavailable(f"{purpose} needs {package}, which is not installed; {INSTALL}") from None


def release(text: str) -> tuple[int, ...]:
    """The leading numbers of a version: 2.13.0+cpu is (2, 13, 0)."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def require_device(name: str) -> None:
    """Unavailable unless PyTorch can run on the device."""
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise Unavailable(f"no CUDA device that PyTorch {torch.__version__} can use; use --device cpu")


@contextmanager
def out_of_memory_named(what: str) -> Iterator[None]:
    """Running out of memory becomes Unavailable, with what was too large."""
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
"""Parts of the messages that PyTorch, cuBLAS and cuDNN have for it: cuDNN finds no engine whose workspace fits."""


def is_out_of_memory(error: Exception) -> bool:
    """Whether the host or a device had no more memory to give."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return any(part in str(error) for part in OUT_OF_MEMORY)


def is_device_failure(error: Exception) -> bool:
    """Whether a device failed so that this process cannot use it again: an illegal access, a launch that failed."""
    import torch

    return isinstance(error, torch.AcceleratorError) and not is_out_of_memory(error) and not _usable()


def _usable() -> bool:
    """Whether the GPU still answers: an error that stays comes again at each call."""
    import torch

    try:
        torch.cuda.synchronize()
    except (RuntimeError, AssertionError):
        return False
    return True
