"""What measuring needs: PyTorch, fvcore, a device. Nothing heavy is imported before a function is called."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version

from archcalc.core.extras import install_command
from archcalc.core.problem import Unavailable

OLDEST_TORCH = (2, 4)
INSTALL = install_command("torch")


def require_torch(purpose: str, oldest: tuple[int, int] = OLDEST_TORCH) -> None:
    """Raise Unavailable, which says what to do, unless there is a PyTorch that is new enough."""
    found, needed = _installed(purpose, "torch"), ".".join(map(str, oldest))
    if release(found) < oldest:
        raise Unavailable(f"{purpose} needs PyTorch {needed} or newer, and found {found}; {INSTALL}")


def require_fvcore(purpose: str) -> None:
    """Raise Unavailable, which says what to do, unless fvcore is installed."""
    _installed(purpose, "fvcore")


def _installed(purpose: str, package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        raise Unavailable(f"{purpose} needs {package}, which is not installed; {INSTALL}") from None


def release(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: (2, 13, 0) for 2.13.0+cpu."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def require_device(name: str) -> None:
    """Raise Unavailable unless PyTorch can run on the device."""
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise Unavailable(f"no CUDA device that PyTorch {torch.__version__} can use; use --device cpu")
