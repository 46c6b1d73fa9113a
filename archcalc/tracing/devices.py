"""Devices that the user's code asks for by name: recorded tensors have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

_ELSEWHERE = ("cuda", "mps", "xpu", "hpu")
_MOVES = {getattr(Tensor, name) for name in ("cuda", "xpu") if hasattr(Tensor, name)}


def stays(func: Callable[..., Any]) -> bool:
    """Return whether a function does nothing but move a tensor to a device."""
    return func in _MOVES


def here(value: Any) -> Any:
    """Return the CPU in place of a GPU, anything else as it is."""
    if isinstance(value, torch.device) and value.type in _ELSEWHERE:
        return torch.device("cpu")
    if isinstance(value, str) and value.split(":")[0] in _ELSEWHERE:
        return "cpu"
    return value
