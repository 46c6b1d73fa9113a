"""Number formats on a device: the type of tensors, and whether float32 is rounded to TF32 as it is multiplied."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from archcalc.analysis.precision import PRECISIONS
from archcalc.core.problem import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TF32, IEEE, NONE = "tf32", "ieee", "none"


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
        raise Unavailable("no bfloat16 on this GPU; use --dtype fp16")


@contextmanager
def multiplying_in(precision: str) -> Iterator[None]:
    """Matrix products and convolutions of float32 take TF32, or all bits; as before afterwards.

    PyTorch has an old and a new setting for this, and its compiler reads the old one, which raises where they differ.
    So the old one is set first, which sets parts of the new one, and then all of the new one.
    """
    old = _allowed(torch.backends.cuda.matmul, False), _allowed(torch.backends.cudnn, True)
    before = [each.fp32_precision for each in _parts()]
    _allow(precision == TF32, precision == TF32)
    _set([TF32 if precision == TF32 else IEEE] * len(before))
    try:
        yield
    finally:
        _allow(*old)
        _restore(before)


def _parts() -> tuple[Any, ...]:
    """The new settings of matrix products, convolutions and recurrence."""
    convolutions: Any = torch.backends.cudnn
    return torch.backends.cuda.matmul, convolutions.conv, convolutions.rnn


def _set(values: Sequence[str]) -> None:
    for each, value in zip(_parts(), values, strict=True):
        each.fp32_precision = value


def _restore(before: Sequence[str]) -> None:
    """A setting that follows a more general one reads as that: it follows again, where that gives its value."""
    for each, value in zip(_parts(), before, strict=True):
        each.fp32_precision = NONE
        if each.fp32_precision != value:
            each.fp32_precision = value


def _allow(products: bool, convolutions: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some versions of PyTorch advise against the old setting
        torch.backends.cuda.matmul.allow_tf32 = products
        torch.backends.cudnn.allow_tf32 = convolutions


def _allowed(old: Any, usual: bool) -> bool:
    """An old setting; its usual value where PyTorch refuses to say, as somebody set the new one to something else."""
    try:
        return bool(old.allow_tf32)
    except RuntimeError:
        return usual
