"""Weights of quantized layers, which PyTorch packs: they are no parameters of the module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence

QUANTIZED = ("torch.ao.nn.", "torch.nn.quantized.", "torch.nn.intrinsic.quantized")


def packed(model: nn.Module) -> list[str]:
    """Return a remark on the weights of quantized layers, which no sum of parameters has; nothing without any."""
    found = {path: each for path, each in model.named_modules() if _is_packed(each)}
    if not found:
        return []
    numbers = [_elements(each) for each in found.values()]
    known = sum(each for each in numbers if each is not None)
    several = f" and {len(found) - 1} more" if len(found) > 1 else ""
    count = "" if None in numbers else f"{known:,} "
    return [f"params: without the {count}weights of {next(iter(found))}{several}, which are quantized and packed"]


def _is_packed(module: nn.Module) -> bool:
    """Whether a module is a quantized layer with weights of its own."""
    named, holder = type(module).__module__.startswith(QUANTIZED), "Packed" in type(module).__name__
    return named and not holder and (hasattr(module, "_packed_params") or hasattr(module, "_all_weight_values"))


def _elements(module: Any) -> int | None:
    """The number of weights and biases of a quantized layer; None where it does not say."""
    try:
        given = [getattr(module, name)() for name in ("weight", "bias")]
    except (AttributeError, TypeError, RuntimeError):
        return None
    return sum(each.numel() for each in given if isinstance(each, Tensor))


def packed_weight(args: Sequence[Any]) -> Tensor | None:
    """Return the weight in the packed parameters among the arguments of an operator; None without any."""
    for each in args:
        unpack = getattr(each, "unpack", None)
        if unpack is not None and not isinstance(each, Tensor):
            weight = unpack()[0]
            return weight if isinstance(weight, Tensor) else None
    return None
