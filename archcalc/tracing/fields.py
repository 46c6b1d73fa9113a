"""Receptive fields of recorded tensors by position along their own axes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import torch

from archcalc.core.clipped_extents import ClippedExtents
from archcalc.core.joined import runs_of
from archcalc.tracing.hull import MOST_ELEMENTS, Ends, Hull, Key, everything
from archcalc.tracing.masks import EMPTY, broadcast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from archcalc.core.shape import Shape
    from archcalc.tracing.names import Dims

InputAxis = tuple[str, str]

LONG = 20_000
"""Longer dimensions are not looked through for what is alike."""
MANY = 2_000_000
"""Where there are more elements, those that are alike are looked for."""


def joined(hull: Hull, key: InputAxis, *, whole: bool = False) -> Ends:
    """Return what all terms of an axis make together, or those alone that passed a global operation."""
    found = hull.term(Key("", ""))
    for other in keys_of(hull, key):
        if other.whole or not whole:
            found = found.union(hull.term(other))
    return found


def keys_of(hull: Hull, key: InputAxis) -> list[Key]:
    """Return under which keys a tensor has terms of an axis."""
    return [each for each in hull.terms if (each.input, each.axis) == key]


def axes_of(hull: Hull, known: Iterable[InputAxis]) -> tuple[InputAxis, ...]:
    """Return the axes of network inputs that a tensor depends on, in the order of all that are known."""
    reached = {(key.input, key.axis) for key in hull.terms}
    return tuple(key for key in known if key in reached)


def positions(ends: Ends, dims: Dims, axis: str, shape: Shape) -> Ends:
    """Return the hull of each position of a tensor along one of its axes; of all elements where it lacks it.

    Both arrays of the result have one dimension.
    """
    if axis not in shape:
        return ends.map(lambda x: x.max().reshape(1))
    return ends.map(lambda x: _along(x, dims, axis))


def widest(hull: Hull, key: InputAxis) -> Ends:
    """Return the widest hull of an element, for a tensor whose axes have no names.

    Elements along a dimension that are alike in every term are looked at once.
    """
    terms = [each for known in keys_of(hull, key) for each in hull.terms[known]]
    if prod(broadcast(*(each.sizes for each in terms))) > MANY:
        for dim in range(hull.dims):
            terms = _without_repeats(terms, dim)
    found = terms[0]
    for each in terms[1:]:
        if prod(broadcast(found.sizes, each.sizes)) > MOST_ELEMENTS:
            found, each = everything(found), everything(each)
        found = found.union(each)
    first, last = found.first.reshape(-1), found.last.reshape(-1)
    at = int(torch.where((first > EMPTY) & (last > EMPTY), first + last, EMPTY).argmax())
    return Ends(first[at : at + 1], last[at : at + 1])


def _without_repeats(terms: list[Ends], dim: int) -> list[Ends]:
    varying = [each for each in terms if each.sizes[dim] > 1]
    if not varying or varying[0].sizes[dim] > LONG:
        return terms
    columns = torch.cat([array.movedim(dim, 0).reshape(array.shape[dim], -1) for each in varying for array in each], 1)
    _, places = torch.unique(columns, dim=0, return_inverse=True)
    kept = torch.zeros(int(places.max()) + 1, dtype=torch.long).scatter_(0, places, torch.arange(len(places)))
    return [each.map(lambda x: x.index_select(dim, kept)) if each.sizes[dim] > 1 else each for each in terms]


def _along(array: Tensor, dims: Dims, axis: str) -> Tensor:
    """The maximum at each position of an axis, which may lie in digits of several dimensions."""
    sizes: list[int] = []
    steps: list[int] = []
    for at, dim in enumerate(dims):
        mine = any(digit.axis == axis for digit in dim.digits)
        if not mine:
            sizes.append(array.shape[at])
            steps.append(0)
            continue
        array = array.expand([dim.size if d == at else n for d, n in enumerate(array.shape)])
        sizes += [digit.size for digit in dim.digits]
        steps += [digit.step if digit.axis == axis else 0 for digit in dim.digits]
    array = array.reshape(sizes)
    gone = [at for at, step in enumerate(steps) if not step]
    kept = [step for step in steps if step]
    if gone:
        array = array.amax(gone)
    return array.permute(sorted(range(len(kept)), key=lambda at: -kept[at])).reshape(-1)


def hulls_of(ends: Ends) -> ClippedExtents:
    """Return the hulls of a line of positions."""
    first, last = ends.first.tolist(), ends.last.tolist()
    infinity = float("inf")
    read = [a > EMPTY and b > EMPTY for a, b in zip(first, last, strict=True)]
    return ClippedExtents(
        runs_of(-a if seen else infinity for a, seen in zip(first, read, strict=True)),
        runs_of(b if seen else -infinity for b, seen in zip(last, read, strict=True)),
    )


def parts(ends: Ends, dims: Dims) -> list[tuple[Ends, Dims, bool]]:
    """Return a tensor in parts: its grid, and the tokens beside it if there are any (marked)."""
    at = next((at for at, dim in enumerate(dims) if dim.segments), None)
    if at is None:
        return [(ends, dims, False)]
    found: list[tuple[Ends, Dims, bool]] = []
    begin = 0
    for each in dims[at].segments:
        part = ends
        if ends.sizes[at] > 1:
            part = ends.map(lambda x, start=begin, size=each.size: x.narrow(at, start, size))  # type: ignore[misc]
        found.append((part, (*dims[:at], each, *dims[at + 1 :]), not each.digits))
        begin += each.size
    return found


def line_of(hull: Hull, key: InputAxis, part: int, dims: Dims, shape: Shape) -> Ends:
    """Return what the positions of one part of a tensor read through windows alone."""
    if any(each.segments for each in dims):
        ends, dims, _ = parts(hull.term(Key(*key)), dims)[part]
    else:
        ends = hull.term(Key(*key))
    return positions(ends, dims, key[1], shape)
