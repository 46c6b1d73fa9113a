"""Operators that choose elements by indices, by masks or by what values say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from archcalc.tracing.hull import Ends, Hull, Status, bounded, compact, each_term, join, reduced, worst
from archcalc.tracing.masks import broadcast
from archcalc.tracing.rules.moving import reshaped

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from archcalc.tracing.bound import Bound


def indexed(call: Bound) -> list[Hull]:
    """Elements chosen by indices; indices that depend on an input choose any."""
    hull, indices = call["self"], call["indices"]
    if any(each is not None and each.data is None for each in indices):
        return [_chosen_by_input(call, hull, [at for at, each in enumerate(indices) if each is not None])]
    places = tuple(slice(None) if each is None else each.data for each in indices)
    chosen = [at for at, each in enumerate(indices) if each is not None]

    def change(array: Tensor) -> Tensor:
        return array.expand([hull.sizes[at] if at in chosen else size for at, size in enumerate(array.shape)])[places]

    return [each_term(hull, call.output, change)]


def _chosen_by_input(call: Bound, hull: Hull, dims: list[int]) -> Hull:
    """Any position of the indexed dimensions, as the index at the place of an element says; a mask as a whole."""
    indices = [each for each in call["indices"] if each is not None]
    masks = [at in call.masks for at, each in enumerate(call["indices"]) if each is not None]
    spanned = [each.dims if mask else 1 for each, mask in zip(indices, masks, strict=True)]
    gone = [dim + at for dim, count in zip(dims, spanned, strict=True) for at in range(count)]
    together = gone == list(range(gone[0], gone[0] + len(gone)))
    front = gone[0] if together else 0
    kept = [size for at, size in enumerate(hull.sizes) if at not in gone]
    added = len(call.output) - len(kept)
    around = [1] * front, [1] * (len(kept) - front)
    own = reshaped(reduced(hull, gone), (*kept[:front], *[1] * added, *kept[front:]))
    parts = [own]
    for each, mask in zip(indices, masks, strict=True):
        if mask:
            parts.append(bounded([1] * len(call.output), [each], Status.EXACT))
        else:
            lead = [1] * (added - each.dims)
            parts.append(reshaped(each, (*around[0], *lead, *each.sizes, *around[1])))
    return join(call.output, parts)


def written_at_indices(call: Bound) -> list[Hull]:
    """A tensor in which chosen elements are replaced by others, or have others added."""
    hull, indices, values = call["self"], call["indices"], call["values"]
    given = [each for each in indices if each is not None]
    if any(each.data is None for each in given):
        return [join(call.output, [hull, bounded([1] * hull.dims, [values, *given], Status.EXACT)])]
    places = tuple(slice(None) if each is None else each.data for each in indices)
    out = Hull(call.output, {}, worst([hull, values]))
    for key in {*hull.terms, *values.terms}:
        arrays = []
        for before, after in zip(hull.term(key), values.term(key), strict=True):
            made = before.expand(hull.sizes).clone(memory_format=torch.contiguous_format)
            if call.get("accumulate"):
                after = torch.maximum(made[places], after)
            made[places] = after.expand(made[places].shape)
            arrays.append(made)
        out.terms[key] = [compact(Ends(*arrays))]
    return [out]


def any_of_all(call: Bound) -> list[Hull]:
    """What values decide where: every element of the output depends on every element given."""
    return [bounded(each, call.hulls, Status.EXACT) for each in call.sizes]


def regions(call: Bound) -> list[Hull]:
    """Features in regions that boxes say: each region reads its box, and any position of its channels."""
    features, boxes = call["input"], call["rois"]
    any_place = reduced(features, [0, *range(2, features.dims)])
    row = reshaped(reduced(boxes, [1]), (boxes.sizes[0], *[1] * (len(call.output) - 1)))
    return [join(call.output, [any_place, row])]


def index_selected(call: Bound) -> list[Hull]:
    """Positions of one dimension chosen by an index."""
    hull, index, dim = call["self"], call["index"], call["dim"] % max(1, len(call.output))
    if index.data is None:
        spread = reshaped(index, tuple(size if at == dim else 1 for at, size in enumerate(call.output)))
        return [join(call.output, [reduced(hull, [dim]), spread])]

    def change(array: Tensor) -> Tensor:
        return array if array.shape[dim] == 1 else array.index_select(dim, index.data)

    return [each_term(hull, call.output, change)]


def gathered(call: Bound) -> list[Hull]:
    """Elements of each line along a dimension chosen by an index."""
    hull, index, dim = call["self"], call["index"], call["dim"] % max(1, len(call.output))
    if index.data is None:
        whole = reduced(hull, [dim])
        same = all(a == b for at, (a, b) in enumerate(zip(hull.sizes, call.output, strict=True)) if at != dim)
        return [join(call.output, [whole, index]) if same else bounded(call.output, call.hulls)]

    def change(array: Tensor) -> Tensor:
        return array.expand(hull.sizes).gather(dim, index.data)

    return [each_term(hull, call.output, change)]


def added_at_indices(call: Bound) -> list[Hull]:
    """A tensor to whose positions along a dimension, as an index says, those of another are added."""
    hull, index, source = call["self"], call["index"], call.get("source", "src")
    dim = call["dim"] % max(1, hull.dims)
    if index.data is None:
        return [join(call.output, [hull, reduced(source, [dim]), bounded([1] * hull.dims, [index], Status.EXACT)])]
    line = [-1 if at == dim else 1 for at in range(hull.dims)]
    places = index.data if index.dims == hull.dims else index.data.view(line)
    out = Hull(call.output, {}, worst([hull, source]))
    for key in {*hull.terms, *source.terms}:
        ends = zip(hull.term(key), source.term(key), strict=True)
        out.terms[key] = [compact(Ends(*(_added(*each, dim, places, call.output) for each in ends)))]
    return [out]


def _added(before: Tensor, after: Tensor, dim: int, places: Tensor, output: tuple[int, ...]) -> Tensor:
    """The greater of what was there and of all that is added to it."""
    common = broadcast(*(each.narrow(dim, 0, 1).shape for each in (before, after, places)))
    here, there = (
        [size if at == dim else n for at, n in enumerate(common)] for size in (output[dim], places.shape[dim])
    )
    after = after if after.shape[dim] == 1 else after.narrow(dim, 0, places.shape[dim])
    made = before.expand(here).clone(memory_format=torch.contiguous_format)
    return made.scatter_reduce_(dim, places.expand(there), after.expand(there), "amax")


def embedded(call: Bound) -> list[Hull]:
    """Rows of a table chosen by indices: each row depends on its index, and the table as a whole on what it does."""
    rows = reshaped(call["indices"], (*call["indices"].sizes, 1))
    table = call["weight"]
    return [join(call.output, [rows, bounded((1,) * len(call.output), [table], Status.EXACT)])]


RULES: dict[str, Callable[[Bound], list[Hull]]] = {
    "index": indexed,
    "index_select": index_selected,
    "gather": gathered,
    "embedding": embedded,
    **dict.fromkeys(("index_add", "scatter_add"), added_at_indices),
    **dict.fromkeys(("index_put", "_unsafe_index_put", "_index_put_impl"), written_at_indices),
    **dict.fromkeys(("nonzero", "masked_select", "nms", "_unique2", "unique_consecutive", "unique_dim"), any_of_all),
    "roi_align": regions,
}
