"""Operators that compute each element of the output from the same element of every argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.utils.weak import WeakIdKeyDictionary

from archcalc.tracing.hull import Ends, Hull, compact, emptied, join, padded, worst
from archcalc.tracing.masks import Mask

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from torch import Tensor

    from archcalc.tracing.bound import Bound

LOW = -50.0
"""What is added to a score that a softmax is to give no weight: anything from here down."""

KEEPS_ZERO = frozenset({"mul", "div", "relu", "abs", "clone", "_to_copy", "neg", "native_dropout", "detach", "alias"})
KEEPS_CUT = frozenset({"mul", "div", "add", "sub", "clone", "_to_copy", "detach", "alias"})


def pointwise(call: Bound) -> list[Hull]:
    """The hull of all arguments, element by element."""
    hulls = call.hulls
    out = join(call.output, hulls)
    if len(hulls) == 1 and call.cuts:
        out.zero = hulls[0].zero if call.name in KEEPS_ZERO else None
        out.cut = hulls[0].cut if call.name in KEEPS_CUT else None
    elif call.cuts:
        out = _masked(call, out)
    return [out, *(Hull(sizes, out.terms, out.status) for sizes in call.sizes[1:])]


def _masked(call: Bound, out: Hull) -> Hull:
    """The same where one argument is a mask of constant numbers."""
    for each in call.hulls:
        if call.name == "mul" and each.data is not None and each.data.dim() and bool((each.data == 0).any()):
            out.zero = Mask.of(each.data == 0).padded(out.dims)
        elif call.name == "mul" and each.zero is not None:
            out.zero = each.zero.padded(out.dims)
    if call.name in ("add", "sub"):
        sign = 1 if call.name == "add" else -1
        own, other = call["self"], call["other"]
        masks = [own.cut, getattr(other, "cut", None), _low(own, 1), _low(other, sign)]
        out.cut = united([each.padded(out.dims) for each in masks if each is not None])
    return out


_masks: MutableMapping[Tensor, dict[int, Mask | None]] = WeakIdKeyDictionary()
"""Where a constant is so low that a softmax gives it nothing, by the sign that it has in a sum."""


def _low(hull: Any, sign: int) -> Mask | None:
    data = hull.data if isinstance(hull, Hull) else None
    if data is None or not data.dim() or not data.is_floating_point():
        return None
    known = _masks.setdefault(data, {})
    if sign not in known:
        mask = sign * data <= LOW
        known[sign] = Mask.of(mask) if bool(mask.any()) else None
    return known[sign]


def united(masks: list[Mask]) -> Mask | None:
    """Return the elements that any mask marks; None where there is no mask."""
    found = masks[0] if masks else None
    for each in masks[1:]:
        found = found | each if found is not None else each
    return found


def filled_where_masked(call: Bound) -> list[Hull]:
    """A tensor in which a mask of constant truth values puts a number."""
    hull, mask, value = call["self"], call["mask"], call["value"]
    if mask.data is None or not call.cuts:
        return [join(call.output, call.hulls)]
    places = padded(mask.data.bool(), len(call.output))
    out = emptied(join(call.output, [hull]), places)
    number = _number(value)
    if number is None:
        return [join(call.output, [out, value])]
    out.cut = Mask.of(places) if number <= LOW else None
    return [out]


def _number(value: Any) -> float | None:
    """A constant number, or None."""
    if isinstance(value, Hull):
        return float(value.data) if value.data is not None and value.data.numel() == 1 else None
    return float(value)


def chosen(call: Bound) -> list[Hull]:
    """Elements of one of two tensors, by a mask."""
    mask, own, other = call["condition"], call.get("self"), call.get("other")
    if mask.data is None or not call.cuts:
        return [join(call.output, call.hulls)]
    sides = [join(call.output, [each] if isinstance(each, Hull) else []) for each in (own, other)]
    places = padded(mask.data.bool(), len(call.output))
    out = Hull(call.output, {}, worst(sides))
    for key in {key for each in sides for key in each.terms}:
        one, two = (each.term(key) for each in sides)
        arrays = (torch.where(places, a, b) for a, b in zip(one, two, strict=True))
        out.terms[key] = [compact(Ends(*arrays))]
    for value, where in ((own, places), (other, ~places)):
        constant = not isinstance(value, Hull) or value.data is not None
        number = _number(value) if constant else None
        if number is not None and number <= LOW:
            out.cut = Mask.of(where)
    return [out]


def triangle(call: Bound) -> list[Hull]:
    """A tensor with zeros above or below a diagonal."""
    kept = getattr(torch, call.name)(torch.ones(call.output[-2:], dtype=torch.bool), call["diagonal"])
    return [emptied(call.hulls[0], ~kept)]


def copied(call: Bound) -> list[Hull]:
    """Elements overwritten with those of another tensor."""
    source = call.get("src", "other")
    return [join(call.output, [source] if isinstance(source, Hull) else [])]


def filled(call: Bound) -> list[Hull]:
    """Elements overwritten with a number."""
    value = call.get("value")
    return [join(call.output, [value] if isinstance(value, Hull) else [])]


_POINTWISE_WORDS = """
add sub mul div pow sqrt rsqrt exp exp2 log log2 log10 log1p expm1 neg abs relu gelu silu mish sigmoid tanh hardtanh
hardswish hardsigmoid leaky_relu elu softplus clamp clamp_min clamp_max minimum maximum erf erfc sin cos tan floor ceil
round sign sgn reciprocal square clone _to_copy to detach alias lift_fresh lift_fresh_copy contiguous native_dropout
dropout eq ne lt le gt ge logical_and logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_not bitwise_xor
remainder fmod floor_divide addcmul addcdiv lerp isnan isinf nan_to_num threshold prelu _prelu_kernel selu celu rsub
true_divide type_as log_sigmoid log_sigmoid_forward softsign hardshrink softshrink tanhshrink relu6 logit atan2 trunc
frac positive logaddexp xlogy polar complex angle real imag conj _conj _conj_physical sinh cosh atan asin acos isfinite
bernoulli bitwise_left_shift bitwise_right_shift __and__ __or__ __xor__ rrelu_with_noise fmax fmin copysign heaviside
hypot erfinv sinc digamma lgamma deg2rad
"""
POINTWISE = _POINTWISE_WORDS.split()

RULES: dict[str, Callable[[Bound], list[Hull]]] = {
    **dict.fromkeys(POINTWISE, pointwise),
    "masked_fill": filled_where_masked,
    "where": chosen,
    "tril": triangle,
    "triu": triangle,
    "copy": copied,
    "fill": filled,
    "zero": filled,
}
