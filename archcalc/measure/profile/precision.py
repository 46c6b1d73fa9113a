"""Number formats on a device: the type of tensors, and whether float32 is rounded to TF32 as it is multiplied."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from archcalc.analysis.precision import PRECISIONS
from archcalc.core.problem import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

TF32, IEEE = "tf32", "ieee"


def tensor_type(precision: str) -> torch.dtype:
    """The type that tensors have."""
    found = getattr(torch, PRECISIONS[precision])
    assert isinstance(found, torch.dtype)
    return found


def require_precision(precision: str, device: str) -> None:
    """Unavailable unless the device computes in this format."""
    if precision == TF32 and (device != "cuda" or torch.cuda.get_device_capability() < (8, 0)):
        raise Unavailable(
            f"no TF32 on {device}: it takes an NVIDIA GPU of the Ampere generation or later; --dtype fp32"
        )
    if precision == "bf16" and device == "cuda" and not torch.cuda.is_bf16_supported():
        raise Unavailable("no bfloat16 on this GPU; --dtype fp16")


@contextmanager
def multiplying_in(precision: str) -> Iterator[None]:
    """Matrix products and convolutions of float32 take TF32, or all bits; as before afterwards."""
    wanted = TF32 if precision == TF32 else IEEE
    convolutions: Any = torch.backends.cudnn
    settings = (torch.backends.cuda.matmul, convolutions.conv, convolutions.rnn)
    before = [each.fp32_precision for each in settings]
    _set(settings, [wanted] * len(settings))
    try:
        yield
    finally:
        _set(settings, before)


def _set(settings: tuple[Any, ...], precisions: list[str]) -> None:
    for each, precision in zip(settings, precisions, strict=True):
        each.fp32_precision = precision
