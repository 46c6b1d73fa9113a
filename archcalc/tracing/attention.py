"""Fused attention: the meta device has no kernel for it; what that of a CPU does otherwise is worked out here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils._pytree import tree_map_only

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.core.program import Call

FUSED = 1
"""What PyTorch answers where it takes the fused kernel of a CPU."""
ATTENTION = functional.scaled_dot_product_attention
AROUND = functional.multi_head_attention_forward


class FusedAttention:
    """Runs attention so that its result lies as that of the fused kernel of a CPU does.

    `softmaxes` are the calls of a softmax inside, where a CPU has such a kernel.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = calls
        self.softmaxes: set[int] = set()

    def run(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Run a function of PyTorch; others than attention as they are."""
        if func is ATTENTION:
            return self._attention(*args, **kwargs)
        if func is AROUND:
            with patch.object(functional, ATTENTION.__name__, self._attention):
                return func(*args, **kwargs)
        return func(*args, **kwargs)

    def _attention(self, *args: Any, **kwargs: Any) -> Any:
        begin = len(self._calls)
        out = ATTENTION(*args, **kwargs)
        with torch._C._DisableTorchDispatch():
            strides = fused_strides(args, kwargs) if out.is_meta else None
            if strides is not None:
                out.as_strided_(out.shape, strides)
                made = self._calls[begin:]
                self.softmaxes.update(each.number for each in made if each.name == "_safe_softmax")
        return out


def fused_strides(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Return the strides of what fused attention gives for arguments of `scaled_dot_product_attention` on a CPU.

    None where the CPU has no fused kernel for them, as with dropout or without a dimension of heads.
    """
    given, named = tree_map_only(Tensor, _small, (tuple(args), dict(kwargs)))
    if torch._fused_sdp_choice(*given, **named) != FUSED:
        return None
    tensors = dict(zip(("query", "key", "value"), args, strict=False)) | dict(kwargs)
    lying = [_on_meta(tensors[name]) for name in ("query", "key", "value")]
    made, _ = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(*lying)
    return tuple(made.stride())


def _small(tensor: Tensor) -> Tensor:
    """A tensor of the CPU of the same sizes and type, in the memory of one row."""
    strides = [0] * (tensor.dim() - 1) + list(tensor.stride()[-1:])
    return torch.empty_strided(tensor.shape, strides, dtype=tensor.dtype, device="cpu")


def _on_meta(tensor: Tensor) -> Tensor:
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")
