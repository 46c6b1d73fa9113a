"""Operators that only move data: the arrays of first and last positions are moved by the same call."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import torch

from archcalc.tracing.hull import (
    MOST_ELEMENTS,
    Ends,
    Hull,
    Status,
    TooLarge,
    bounded,
    compact,
    each_moved,
    each_term,
    everything,
    join,
    tidy,
    worst,
)
from archcalc.tracing.masks import EMPTY, Mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from archcalc.tracing.bound import Bound

MARKS = ("zero", "cut")


def moved(call: Bound) -> list[Hull]:
    """Run the very call on the arrays; dimensions on which nothing changes have stride 0 there."""
    (hull,) = call.hulls
    run, cut = call.runner(), _cut_dims(call)
    terms = {key: [_moved_term(each, hull, call, run, cut) for each in own] for key, own in hull.terms.items()}
    out = [
        Hull(sizes, {key: tidy([each[at] for each in own]) for key, own in terms.items()}, hull.status)
        for at, sizes in enumerate(call.sizes)
    ]
    _move_marks(call, hull, out)
    return out


def _moved_term(
    term: Ends, hull: Hull, call: Bound, run: Callable[[Tensor], list[Tensor]], cut: list[int]
) -> list[Ends]:
    if term.last.numel() == 1:
        return [everything(term, len(sizes)) for sizes in call.sizes]
    first, last = (run(x.expand(hull.sizes)) for x in term)
    return [compact(Ends(*ends), cut) for ends in zip(first, last, strict=True)]


def _cut_dims(call: Bound) -> list[int]:
    """The dimensions of which a part is left, on which nothing may change any longer."""
    kept = len(call.output) == call.hulls[0].dims
    return [call["dim"] % len(call.output)] if kept and call.name in CUTS else []


def _move_marks(call: Bound, hull: Hull, out: list[Hull]) -> None:
    for name in MARKS:
        mark = getattr(hull, name)
        if mark is not None:
            dense = mark.padded(hull.dims).dense
            moved_marks = call.again(lambda one, dense=dense: dense.expand(one.sizes))  # type: ignore[misc]
            for made, each in zip(out, moved_marks, strict=True):
                setattr(made, name, Mask.of(each))
    if hull.data is not None:
        for made, each in zip(out, call.again(lambda one: one.data), strict=True):  # type: ignore[arg-type,return-value]
            made.data = each


def as_real(call: Bound) -> list[Hull]:
    """Complex numbers as pairs: both parts read what the number reads."""
    return [each_term(call.hulls[0], call.output, lambda x: x.unsqueeze(-1), shrink=False)]


def viewed(call: Bound) -> list[Hull]:
    """A tensor under other sizes."""
    return [reshaped(call.hulls[0], call.output, call.largest)]


def reshaped(hull: Hull, sizes: tuple[int, ...], largest: int = MOST_ELEMENTS) -> Hull:
    """Return a hull under other sizes, in the same order of elements; TooLarge where an array would have too many."""
    if 0 in hull.sizes:
        return Hull(sizes, {}, hull.status)
    groups = matching_groups(hull.sizes, sizes)
    split = [dim for before, after in groups if len(before) != 1 or len(after) != 1 for dim in after]

    def change(ends: Ends) -> Ends:
        return compact(ends.map(lambda x: _seen(x, hull.sizes, sizes, groups, largest)), split)

    out = each_moved(hull, sizes, change)
    for name in MARKS:
        mark = getattr(hull, name)
        if mark is not None:
            setattr(out, name, _reshaped_mask(mark.padded(hull.dims), hull.sizes, sizes))
    return out


def _reshaped_mask(mask: Mask, old: tuple[int, ...], new: tuple[int, ...]) -> Mask:
    """A mask under other sizes; its rows are kept where the last dimension is."""
    if old[-1:] == new[-1:] and len(new) > 1:
        groups = matching_groups(old[:-1], new[:-1])
        return mask.moved(lambda rows: _seen(rows, old[:-1], new[:-1], groups))
    return Mask.of(_seen(mask.dense, old, new, matching_groups(old, new)))


Groups = list[tuple[range, range]]


def matching_groups(old: tuple[int, ...], new: tuple[int, ...]) -> Groups:
    """Return the shortest runs of old and new dimensions that hold the same number of elements."""
    if prod(old) != prod(new):
        raise ValueError(f"{old} elements seen as {new}")
    groups: Groups = []
    i = j = 0
    while i < len(old) or j < len(new):
        a, b = i, j
        i, j = min(i + 1, len(old)), min(j + 1, len(new))
        while (left := prod(old[a:i])) != (right := prod(new[b:j])):
            if left < right and i < len(old):
                i += 1
            else:
                j += 1
        groups.append((range(a, i), range(b, j)))
    return groups


def _seen(
    array: Tensor, old: tuple[int, ...], new: tuple[int, ...], groups: Groups, largest: int = MOST_ELEMENTS
) -> Tensor:
    spread: list[int] = []
    target: list[int] = []
    for before, after in groups:
        alike = all(array.shape[dim] == 1 for dim in before)
        spread += [1 if alike else old[dim] for dim in before]
        target += [1 if alike else new[dim] for dim in after]
    if prod(target) > largest:
        raise TooLarge(f"{prod(target)} elements")
    return array.expand(spread).reshape(target)


def expanded(call: Bound) -> list[Hull]:
    """A tensor stretched along dimensions of size 1, and with new ones in front."""
    (hull,) = call.hulls
    out = join(call.output, [hull])
    out.zero, out.cut = hull.zero, hull.cut
    return [out]


def mirrored(call: Bound) -> list[Hull]:
    """A tensor with copies of its own elements before and after it."""
    hull = call.hulls[0]

    def change(array: Tensor) -> Tensor:
        return call.again(lambda one: array.expand(one.sizes).double())[0].int()  # no kernel for whole numbers

    return [each_term(hull, call.output, change)]


def strided(call: Bound) -> list[Hull]:
    """A tensor seen through strides of its storage: known only where it is the same tensor."""
    hull = call["self"]
    if tuple(call["size"]) == hull.sizes and not call["storage_offset"]:
        return [Hull(hull.sizes, hull.terms, hull.status, hull.data, hull.zero, hull.cut)]
    return [bounded(call.output, [hull], Status.UNKNOWN)]


def repeated(call: Bound) -> list[Hull]:
    """A tensor laid side by side with itself."""
    hull = join((1,) * (len(call.output) - call.hulls[0].dims) + call.hulls[0].sizes, [call.hulls[0]])
    repeats = call["repeats"]

    def change(array: Tensor) -> Tensor:
        return array.repeat([times if array.shape[dim] > 1 else 1 for dim, times in enumerate(repeats)])

    return [each_term(hull, call.output, change)]


def concatenated(call: Bound) -> list[Hull]:
    """Tensors one after another along a dimension."""
    parts = [each for each in call["tensors"] if each.dims == len(call.output)]
    return [joined_along(parts, call["dim"] % len(call.output), call.output)]


def stacked(call: Bound) -> list[Hull]:
    """Tensors one after another along a new dimension."""
    dim = call["dim"] % len(call.output)
    sizes = (*call.output[:dim], 1, *call.output[dim + 1 :])
    return [joined_along([reshaped(each, sizes) for each in call["tensors"]], dim, call.output)]


def joined_along(parts: list[Hull], dim: int, sizes: tuple[int, ...]) -> Hull:
    """Return several hulls one after another along a dimension."""
    out = Hull(tuple(sizes), {}, worst(parts))
    for key in {key for each in parts for key in each.terms}:
        terms = [each.term(key) for each in parts]
        common = [max(each.sizes[at] for each in terms) for at in range(len(sizes))]
        spread = [_spread(each, part, common, dim) for each, part in zip(terms, parts, strict=True)]
        out.terms[key] = [compact(Ends(*(torch.cat(arrays, dim) for arrays in zip(*spread, strict=True))))]
        out.status = max(out.status, worst(parts))
    return out


def _spread(term: Ends, part: Hull, common: list[int], dim: int) -> Ends:
    sizes = [part.sizes[at] if at == dim else size for at, size in enumerate(common)]
    return term.map(lambda x: x.expand(sizes))


def rolled(call: Bound) -> list[Hull]:
    """A tensor shifted around."""
    hull = call["self"]
    dims = call["dims"] or []
    if not dims:
        return moved(call)

    def change(array: Tensor) -> Tensor:
        return array.roll(call["shifts"], dims)

    out = each_term(hull, call.output, change, shrink=False)
    return [out]


def padded_with_constant(call: Bound) -> list[Hull]:
    """A tensor with elements before and after it that depend on nothing."""
    hull, pad = call["self"], list(call["pad"])
    around = [(pad[2 * at], pad[2 * at + 1]) for at in range(len(pad) // 2)]
    touched = {hull.dims - 1 - at for at, ends in enumerate(around) if any(ends)}

    def change(array: Tensor) -> Tensor:
        spread = array.expand([hull.sizes[at] if at in touched else size for at, size in enumerate(array.shape)])
        return torch.constant_pad_nd(spread, pad, EMPTY)

    return [each_term(hull, call.output, change)]


def shuffled(
    order: Callable[[tuple[int, ...], int], tuple[tuple[int, ...], tuple[int, ...]]],
) -> Callable[[Bound], list[Hull]]:
    """Return the rule of an operator that splits dimensions, exchanges them and merges them."""

    def rule(call: Bound) -> list[Hull]:
        hull = call.hulls[0]
        factor = call.get("upscale_factor", "downscale_factor", "groups")
        split, places = order(hull.sizes, factor)
        parts = reshaped(hull, split)
        exchanged = each_term(parts, [split[at] for at in places], lambda x: x.permute(places), shrink=False)
        return [reshaped(exchanged, call.output)]

    return rule


def _pixel_shuffle(sizes: tuple[int, ...], r: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    n, c, h, w = sizes
    return (n, c // (r * r), r, r, h, w), (0, 1, 4, 2, 5, 3)


def _pixel_unshuffle(sizes: tuple[int, ...], r: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    n, c, h, w = sizes
    return (n, c, h // r, r, w // r, r), (0, 1, 3, 5, 2, 4)


def _channel_shuffle(sizes: tuple[int, ...], groups: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    rest = tuple(range(3, len(sizes) + 1))
    return (sizes[0], groups, sizes[1] // groups, *sizes[2:]), (0, 2, 1, *rest)


def made_constant(call: Bound) -> list[Hull]:
    """Tensors of which only the sizes are those of another."""
    return [Hull(sizes) for sizes in call.sizes]


CUTS = frozenset({"slice", "split", "split_with_sizes", "chunk", "narrow", "unsafe_split", "unsafe_split_with_sizes",
                  "unsafe_chunk"})  # fmt: skip

_MOVES_WORDS = """
permute transpose t unsqueeze squeeze slice select split split_with_sizes chunk unbind flip unfold narrow diagonal
swapaxes movedim unsafe_split unsafe_split_with_sizes unsafe_chunk
permute_copy slice_copy
"""
MOVES = _MOVES_WORDS.split()

MIRRORED = [f"{kind}_pad{dims}d" for kind in ("reflection", "replication") for dims in (1, 2, 3)]

RULES: dict[str, Callable[[Bound], list[Hull]]] = {
    **dict.fromkeys(MOVES, moved),
    **dict.fromkeys(MIRRORED, mirrored),
    "view_as_real": as_real,
    "as_strided": strided,
    **dict.fromkeys(("view", "_unsafe_view", "reshape", "_reshape_alias", "flatten", "unflatten"), viewed),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), expanded),
    "repeat": repeated,
    "cat": concatenated,
    "stack": stacked,
    "roll": rolled,
    "constant_pad_nd": padded_with_constant,
    "pixel_shuffle": shuffled(_pixel_shuffle),
    "pixel_unshuffle": shuffled(_pixel_unshuffle),
    "channel_shuffle": shuffled(_channel_shuffle),
    "native_channel_shuffle": shuffled(_channel_shuffle),
    **dict.fromkeys(
        ("zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like", "randint_like", "new_zeros",
         "new_ones", "new_full", "new_empty", "new_empty_strided"),
        made_constant,
    ),
}  # fmt: skip
