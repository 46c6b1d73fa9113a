"""Operators that bring dimensions together: sums, norms, softmax, matrix products, attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from archcalc.tracing.hull import Ends, Hull, Key, Status, compact, join, padded, reduced, tidy
from archcalc.tracing.masks import EMPTY, Mask
from archcalc.tracing.rules.moving import reshaped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from archcalc.tracing.bound import Bound


def _dims(call: Bound, hull: Hull) -> list[int]:
    dims = call.get("dim", "dims")
    if dims is None or dims == []:
        return list(range(hull.dims))
    return [dims] if isinstance(dims, int) else list(dims)


def reduction(call: Bound) -> list[Hull]:
    """The hull over the dimensions that are reduced, kept at size 1 or dropped."""
    hull = call.hulls[0]
    dims = _dims(call, hull)
    return [_fitted(reduced(hull, dims, keep=len(sizes) == hull.dims), sizes) for sizes in call.sizes]


def _fitted(hull: Hull, sizes: tuple[int, ...]) -> Hull:
    return Hull(sizes, hull.terms, hull.status)


def along(call: Bound) -> list[Hull]:
    """Every element reads all of its line along a dimension, as when sorting."""
    hull = call.hulls[0]
    over = reduced(hull, _dims(call, hull))
    return [_fitted(over, sizes) for sizes in call.sizes]


def running(call: Bound) -> list[Hull]:
    """Every element reads itself and all before it along a dimension."""
    hull, dim = call.hulls[0], call["dim"]

    def change(array: Tensor) -> Tensor:
        return array if array.shape[dim] == 1 else torch.cummax(array, dim).values

    whole = reduced(hull, [dim])
    out = Hull(call.output, {}, hull.status)
    for key, terms in hull.terms.items():
        marked = key._replace(whole=key.whole or key._replace(whole=True) in whole.terms)
        out.terms.setdefault(marked, []).extend(each.map(change) for each in terms)
    return [Hull(sizes, {key: tidy(terms) for key, terms in out.terms.items()}, out.status) for sizes in call.sizes]


def softmax(call: Bound) -> list[Hull]:
    """Every element reads all of its line, but for those that a mask cuts."""
    hull, dim = call["self"], call["dim"] % len(call.output)
    cut = hull.cut if call.cuts else None
    if cut is None:
        return [_fitted(reduced(hull, [dim]), call.output)]
    if dim != hull.dims - 1:
        whole = _fitted(reduced(hull, [dim]), call.output)
        whole.status = max(whole.status, Status.OUTER)
        return [whole]
    out = Hull(call.output, {}, hull.status, zero=cut)
    for key, terms in hull.terms.items():
        for term in terms:
            read = term.map(lambda x: _uncut(x, cut)) if term.sizes[-1] > 1 else term
            out.terms.setdefault(_marked(hull, key, read), []).append(read)
    out.terms = {key: tidy(terms) for key, terms in out.terms.items()}
    return [out]


def _uncut(array: Tensor, cut: Mask) -> Tensor:
    """The greatest of what a mask leaves in each line."""
    if array.shape[-2:-1] in ((), (1,)):
        return cut.padded(array.dim()).greatest(array.squeeze(-2)).unsqueeze(-1)
    return torch.where(cut.dense, EMPTY, array).amax(-1, True)


def _marked(hull: Hull, key: Key, term: Ends) -> Key:
    """The key, marked where some element came to read all that the tensor reads and most ends are those of all."""
    if key.whole:
        return key
    first, last = hull.overall(key)
    seen = term.last > EMPTY
    if not bool(seen.any()) or int(term.first.max()) != first or int(term.last.max()) != last:
        return key
    constant = bool((term.first[seen] == first).all()) or bool((term.last[seen] == last).all())
    return key._replace(whole=True) if constant else key


def product(left: Hull, right: Hull, sizes: Sequence[int]) -> Hull:
    """Return the hull of a matrix product: of all columns of the left and all rows of the right."""
    one = reduced(left, [-1])
    if left.zero is not None and right.terms:
        return join(sizes, [one, _weighted(left.zero, right, sizes)])
    return join(sizes, [one, reduced(right, [-2])])


def _weighted(zero: Mask, right: Hull, sizes: Sequence[int]) -> Hull:
    """The rows of a matrix that are read where the weights are not 0 whatever the input is."""
    out = Hull(tuple(sizes), {}, right.status)
    mask = zero.padded(len(sizes)).moved(lambda rows: rows.unsqueeze(-2))
    for key, terms in right.terms.items():
        for term in terms:
            read = term.map(lambda x: padded(x, len(sizes)))
            if read.sizes[-2] > 1:
                read = compact(read.map(lambda x: mask.greatest(x.transpose(-1, -2)).transpose(-1, -2)))
            out.terms.setdefault(_marked(right, key, read), []).append(read)
    out.terms = {key: tidy(terms) for key, terms in out.terms.items()}
    return out


def matrix_product(call: Bound) -> list[Hull]:
    """Products of matrices, one or many, with a third tensor added or without."""
    if "batch1" in call.arguments:
        left, right = call["batch1"], call["batch2"]
    elif "mat1" in call.arguments:
        left, right = call["mat1"], call["mat2"]
    else:
        left, right = call["self"], call["mat2"]
        return [product(left, right, call.output)]
    return [join(call.output, [product(left, right, call.output), call["self"]])]


def vector_product(call: Bound) -> list[Hull]:
    """A matrix with a vector, or two vectors."""
    hulls = call.hulls[-2:]
    left, right = hulls
    row = reshaped(right, (1,) * (left.dims - 1) + right.sizes)
    both = reduced(join(left.sizes, [left, row]), [left.dims - 1], keep=False)
    return [join(call.output, [both, *call.hulls[:-2]])]


def linear(call: Bound) -> list[Hull]:
    """A linear map of the last dimension."""
    return [join(call.output, [reduced(call["input"], [-1])])]


def outer_product(call: Bound) -> list[Hull]:
    """Every element of one vector with every element of another."""
    left, right = call.hulls[-2:]
    column = reshaped(left, (*left.sizes, 1))
    return [join(call.output, [column, right, *call.hulls[:-2]])]


def attention(call: Bound) -> list[Hull]:
    """Scaled dot products of queries and keys, a softmax over the keys, and the sums of values with its weights."""
    query, key, value = call["query"], call["key"], call["value"]
    rows, columns = query.sizes[-2], key.sizes[-2]
    mask = call.get("attn_mask", "attn_bias")
    cut = _cut(call, mask, rows, columns) if call.cuts else None
    keys = reduced(key, [-1])
    weights = Hull((*query.sizes[:-1], columns), {}, zero=cut)
    read = product(weights, join(value.sizes, [keys, value]), call.output)
    parts = [read, reduced(query, [-1])]
    if isinstance(mask, Hull):
        parts.append(reduced(mask, [-1]))
    return [join(call.output, parts), *(Hull(sizes) for sizes in call.sizes[1:])]


def _cut(call: Bound, mask: Hull | None, rows: int, columns: int) -> Mask | None:
    if call.get("is_causal"):
        return Mask.of(~torch.ones(rows, columns, dtype=torch.bool).tril())
    if mask is None:
        return None
    if mask.cut is not None:
        return mask.cut
    if mask.data is None:
        return None
    cut = ~mask.data if mask.data.dtype == torch.bool else mask.data <= -50
    return Mask.of(cut) if bool(cut.any()) else None


def as_complex(call: Bound) -> list[Hull]:
    """Pairs as complex numbers."""
    return [_fitted(reduced(call.hulls[0], [-1], keep=False), call.output)]


def normalized_last(call: Bound) -> list[Hull]:
    """Every element reads all of the last dimensions: layer norm."""
    hull = call["input"]
    count = len(call["normalized_shape"])
    out = reduced(hull, range(hull.dims - count, hull.dims))
    return [_fitted(out, call.output), *(Hull(sizes) for sizes in call.sizes[1:])]


def normalized_groups(call: Bound) -> list[Hull]:
    """Every element reads all positions and the channels of its group: group norm."""
    hull, groups = call["input"], call["group"]
    n, channels, *rest = hull.sizes
    split = reshaped(hull, (n, groups, channels // groups, *rest))
    over = reduced(split, range(2, split.dims))
    spread = join((n, groups, channels // groups, *([1] * len(rest))), [over])
    spread = Hull(split.sizes, spread.terms, spread.status)
    return [join(call.output, [reshaped(spread, hull.sizes), hull]), *(Hull(sizes) for sizes in call.sizes[1:])]


def normalized_batch(call: Bound) -> list[Hull]:
    """Every element by itself; in training all positions of its channel: batch norm."""
    hull = call["input"]
    training = call.get("training", "train", default=False)
    out = join(call.output, [hull, *([reduced(hull, [0, *range(2, hull.dims)])] if training else [])])
    return [out, *(Hull(sizes) for sizes in call.sizes[1:])]


_REDUCTIONS_WORDS = """
mean sum nansum amax amin max min var var_mean std std_mean prod any all argmax argmin aminmax logsumexp norm
linalg_vector_norm median nanmedian mode kthvalue count_nonzero
"""
REDUCTIONS = _REDUCTIONS_WORDS.split()

RULES: dict[str, Callable[[Bound], list[Hull]]] = {
    **dict.fromkeys(REDUCTIONS, reduction),
    **dict.fromkeys(("sort", "argsort", "topk", "_log_softmax", "_fft_r2c", "_fft_c2c", "_fft_c2r"), along),
    "view_as_complex": as_complex,
    **dict.fromkeys(("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"), running),
    **dict.fromkeys(("_softmax", "_safe_softmax", "softmax"), softmax),
    **dict.fromkeys(("mm", "bmm", "addmm", "baddbmm"), matrix_product),
    **dict.fromkeys(("mv", "dot", "vdot", "addmv"), vector_product),
    "linear": linear,
    **dict.fromkeys(("outer", "ger", "addr"), outer_product),
    **dict.fromkeys(
        ("_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_efficient_attention",
         "_scaled_dot_product_flash_attention", "_scaled_dot_product_fused_attention_overrideable"),
        attention,
    ),
    **dict.fromkeys(("native_layer_norm", "_fused_rms_norm", "rms_norm"), normalized_last),
    "native_group_norm": normalized_groups,
    **dict.fromkeys(
        ("native_batch_norm", "cudnn_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training",
         "_batch_norm_with_update", "_batch_norm_no_update", "miopen_batch_norm"),
        normalized_batch,
    ),
}  # fmt: skip
