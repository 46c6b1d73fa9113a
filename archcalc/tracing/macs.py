"""Multiply-accumulates of the operators that were run, by PyTorch's own registry and what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.utils.flop_counter import flop_registry, sdpa_flop_count

from archcalc.tracing.packed import packed_weight

if TYPE_CHECKING:
    from torch._ops import OpOverload

FUSED_ATTENTION = "_scaled_dot_product_"
UNKNOWN_NAMES = ("linalg_", "fft_", "_fft", "_cdist", "mkldnn_rnn", "_thnn_fused", "lstm", "gru", "grid_sampler_")
HARMLESS = ("linalg_vector_norm",)


def macs_of(operator: OpOverload, name: str, ran: tuple[Any, Any], out: object) -> int | None:
    """Return the multiply-accumulates of a call; None where no rule says how many there are.

    `ran` are its arguments by position and by name.
    """
    args, kwargs = ran
    rule = flop_registry.get(operator._overloadpacket)
    if rule is not None:
        return int(rule(*args, **kwargs, out_val=out)) // 2
    if name.startswith(FUSED_ATTENTION):
        query, key, value = args[:3]
        return int(sdpa_flop_count(query.shape, key.shape, value.shape)) // 2
    if name in ("mv", "dot", "vdot", "addmv"):
        matrix = args[1] if name == "addmv" else args[0]
        return int(matrix.numel())
    if name == "mkldnn_rnn_layer":
        steps, *weights = args[:3]
        return int(steps.numel() // steps.shape[-1] * sum(each.numel() for each in weights))
    if name == "addr":
        return int(out.numel()) if isinstance(out, Tensor) else None
    if operator.namespace == "quantized" and name.startswith(("linear", "conv")) and isinstance(out, Tensor):
        weight = packed_weight(args)
        return None if weight is None else int(out.numel() * weight.numel() // weight.shape[0])
    return None if _uncounted(operator, name) else 0


WITHOUT_PRODUCTS = ("nms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool")
"""Operators of torchvision that multiply no matrices."""


def _uncounted(operator: OpOverload, name: str) -> bool:
    if operator.namespace == "torchvision":
        return name not in WITHOUT_PRODUCTS
    if operator.namespace not in ("aten", "prims", "prim"):
        return True
    return name.startswith(UNKNOWN_NAMES) and not name.startswith(HARMLESS)
