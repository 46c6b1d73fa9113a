"""Receptive fields of the elements of a tensor, as hulls: the first and the last input position that each depends on.

Along one axis of one input a tensor carries two integer arrays that broadcast to its own sizes: the last positions, and
the first ones negated, so that the hull of several elements is the maximum of both. An element that depends on nothing
has `EMPTY` in both. A tensor is a union of such terms, each of size 1 wherever nothing changes along a dimension, so
that the product of queries and keys is never spread out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import torch

from archcalc.tracing.masks import EMPTY, Mask, broadcast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from torch import Tensor

MOST_ELEMENTS = 20_000_000
"""Larger arrays are not spread out: one hull then stands for all elements, which is a bound."""


class TooLarge(ValueError):
    """An array would be spread out to more elements than are wanted."""


class Status(IntEnum):
    """What is known of a field: it is exact, or contains the true one, or nothing is known."""

    EXACT = 0
    OUTER = 1
    UNKNOWN = 2


InputAxis = tuple[str, str]
"""An input of the network by name, and one of its axes."""


class Key(NamedTuple):
    """An axis of a network input.

    `whole` marks what passed an operation that is global on this axis; `measured` marks, where ends are to be left out,
    what was cut off by an end all the same.
    """

    input: str
    axis: str
    whole: bool = False
    measured: bool = False


class Ends(NamedTuple):
    """One term: minus the first position of each element, and the last one."""

    first: Tensor
    last: Tensor

    def map(self, change: Callable[[Tensor], Tensor]) -> Ends:
        """Return the same change of both arrays."""
        return Ends(change(self.first), change(self.last))

    def union(self, other: Ends) -> Ends:
        """Return the hull of both, element by element."""
        return Ends(torch.maximum(self.first, other.first), torch.maximum(self.last, other.last))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of the arrays."""
        return tuple(self.last.shape)


@dataclass(slots=True)
class Hull:
    """The fields of a tensor's elements along each axis that reaches it.

    `data` are the numbers of a constant. `zero` marks elements that are 0 whatever the input is, `cut` those so low
    that a softmax gives them nothing. The terms say nothing of zeros: `solid` makes them depend on nothing.
    """

    sizes: tuple[int, ...]
    terms: dict[Key, list[Ends]] = field(default_factory=dict)
    status: Status = Status.EXACT
    data: Tensor | None = None
    zero: Mask | None = None
    cut: Mask | None = None

    @property
    def dims(self) -> int:
        """The number of dimensions."""
        return len(self.sizes)

    def term(self, key: Key) -> Ends:
        """Return the one term that all terms of an axis make together; one hull for all where it would be too large."""
        terms = self.terms.get(key, [])
        if not terms:
            return Ends(*[torch.full([1] * self.dims, EMPTY, dtype=torch.int32)] * 2)
        found = terms[0]
        for each in terms[1:]:
            sizes = broadcast(found.sizes, each.sizes)
            if prod(sizes) > MOST_ELEMENTS:
                found, each = everything(found), everything(each)
                self.status = max(self.status, Status.OUTER)
            found = found.union(each)
        return found

    def overall(self, key: Key) -> tuple[int, int]:
        """Return the hull of all elements, the first position negated."""
        terms = self.terms[key]
        return max(int(each.first.max()) for each in terms), max(int(each.last.max()) for each in terms)


def full_like(ends: Ends, value: int, sizes: Sequence[int]) -> Ends:
    """Return a term with one number everywhere."""
    return ends.map(lambda x: x.new_full(tuple(sizes), value))


@lru_cache(maxsize=8192)
def point(first: int, last: int, dims: int) -> Ends:
    """Return a term of one element; one object for equal ones."""
    return Ends(*(torch.full([1] * dims, each, dtype=torch.int32) for each in (first, last)))


def everything(ends: Ends, dims: int | None = None) -> Ends:
    """Return the hull of all elements as a term of one element."""
    return point(int(ends.first.max()), int(ends.last.max()), ends.last.dim() if dims is None else dims)


def worst(hulls: Iterable[Hull]) -> Status:
    """Return the status of what depends on several tensors."""
    return max((each.status for each in hulls), default=Status.EXACT)


def padded(array: Tensor, dims: int) -> Tensor:
    """Return an array with dimensions of size 1 in front, up to so many in all."""
    return array[(None,) * (dims - array.dim())] if array.dim() < dims else array


def join(sizes: Sequence[int], hulls: Sequence[Hull]) -> Hull:
    """Return the hull of several tensors that are broadcast to some sizes."""
    varying = [each for each in hulls if each.terms]
    if len(varying) == 1 and varying[0].dims == len(sizes):
        return Hull(tuple(sizes), varying[0].terms, worst(hulls))
    terms: dict[Key, list[Ends]] = {}
    for each in varying:
        for key, own in each.terms.items():
            terms.setdefault(key, []).extend(one.map(lambda x: padded(x, len(sizes))) for one in own)
    return Hull(tuple(sizes), {key: tidy(own) for key, own in terms.items()}, worst(hulls))


def tidy(terms: list[Ends]) -> list[Ends]:
    """Return fewer terms with the same union, where that does not make them larger."""
    if len(terms) == 1:
        return terms
    kept: list[Ends] = []
    for each in sorted(terms, key=lambda one: -one.last.numel()):
        for at, other in enumerate(kept):
            if other.first is each.first and other.last is each.last:
                break
            if broadcast(other.sizes, each.sizes) == other.sizes:
                kept[at] = other.union(each)
                break
        else:
            kept.append(each)
    return kept


def contains(outer: Hull, inner: Hull) -> bool:
    """Return whether each term of a tensor lies in a term of another of the same sizes; false where unsure."""
    return all(
        any(_covers(one, each) for one in outer.terms.get(key, ()))
        for key, terms in inner.terms.items()
        for each in terms
    )


def _covers(outer: Ends, inner: Ends) -> bool:
    if outer is inner:
        return True
    if broadcast(outer.sizes, inner.sizes) != outer.sizes:
        return False
    return all(bool((b <= a).all()) for a, b in zip(outer, inner, strict=True))


def compact(ends: Ends, dims: Iterable[int] | None = None) -> Ends:
    """Return the same with size 1 along every dimension, of those that are named, on which nothing changes."""
    ends = ends.map(_without_stretching)
    if ends.first.shape != ends.last.shape:
        shape = broadcast(ends.first.shape, ends.last.shape)
        ends = ends.map(lambda x: x.expand(shape))
    for dim in range(len(ends.sizes)) if dims is None else dims:
        if ends.sizes[dim] > 1 and all(_alike(array, dim) for array in ends):
            ends = ends.map(lambda x, dim=dim: x.narrow(dim, 0, 1))  # type: ignore[misc]
    return ends


def _without_stretching(array: Tensor) -> Tensor:
    """An array with size 1 along dimensions of stride 0."""
    for dim, (size, stride) in enumerate(zip(array.shape, array.stride(), strict=True)):
        if size > 1 and stride == 0:
            array = array.narrow(dim, 0, 1)
    return array


def _alike(array: Tensor, dim: int) -> bool:
    first = array.narrow(dim, 0, 1)
    return torch.equal(array.narrow(dim, 1, 1), first) and bool((array == first).all())


def each_term(hull: Hull, sizes: Sequence[int], change: Callable[[Tensor], Tensor], *, shrink: bool = True) -> Hull:
    """Return a hull of other sizes whose terms are changed one by one."""
    made = {}
    for key, terms in hull.terms.items():
        changed = [each.map(change) for each in terms]
        made[key] = tidy([compact(each) for each in changed] if shrink else changed)
    return Hull(tuple(sizes), made, hull.status)


def each_moved(hull: Hull, sizes: Sequence[int], change: Callable[[Ends], Ends]) -> Hull:
    """Return a hull of other sizes whose elements are moved: a term of one element stays one."""
    dims = len(sizes)
    made = {
        key: tidy([everything(each, dims) if each.last.numel() == 1 else change(each) for each in terms])
        for key, terms in hull.terms.items()
    }
    return Hull(tuple(sizes), made, hull.status)


def reduced(hull: Hull, dims: Iterable[int], *, keep: bool = True) -> Hull:
    """Return the hull over some dimensions, of size 1 afterwards, or gone unless they are kept.

    Where every element comes to depend on all that a term depends on along an axis, the term is marked `whole`; what
    else the tensor depends on along this axis then counts as both.
    """
    gone = sorted({dim % max(1, hull.dims) for dim in dims})
    sizes = tuple(1 if at in gone else size for at, size in enumerate(hull.sizes))
    terms: dict[Key, list[Ends]] = {}
    for key, own in hull.terms.items():
        for each in own:
            varying = [dim for dim in gone if each.sizes[dim] > 1]
            made = each.map(lambda x, over=varying: x.amax(over, True)) if varying else each  # type: ignore[misc]
            where = key._replace(whole=True) if varying and _is_whole(key, each, made) else key
            terms.setdefault(where, []).append(made)
    for key in [each for each in terms if each.whole and each not in hull.terms]:
        terms[key] += terms.get(key._replace(whole=False), [])  # what is read beside, as by the queries of attention
    found = Hull(sizes, {key: tidy(own) for key, own in terms.items()}, hull.status)
    return found if keep else without(found, gone)


def _is_whole(key: Key, before: Ends, after: Ends) -> bool:
    if key.whole:
        return True
    first, last = int(before.first.max()), int(before.last.max())
    if first == EMPTY or (int(before.first.min()) == first and int(before.last.min()) == last):
        return False  # nothing to bring together
    if int(after.first.max()) != first or int(after.last.max()) != last:
        return False
    return int(after.first.min()) == first or int(after.last.min()) == last


def without(hull: Hull, dims: Iterable[int]) -> Hull:
    """Return the same without some dimensions of size 1."""
    gone = set(dims)
    kept = [at for at in range(hull.dims) if at not in gone]

    def drop(array: Tensor) -> Tensor:
        return array.reshape([array.shape[at] for at in kept])

    return each_term(hull, [hull.sizes[at] for at in kept], drop, shrink=False)


def emptied(hull: Hull, mask: Tensor) -> Hull:
    """Return a hull in which the elements of a mask depend on nothing."""
    mask = padded(mask, hull.dims)
    terms = {}
    for key in hull.terms:
        terms[key] = [compact(hull.term(key).map(lambda x: torch.where(mask, EMPTY, x)))]
    return Hull(hull.sizes, terms, hull.status, None, None, hull.cut)


def solid(hull: Hull) -> Hull:
    """Return a hull in which what is 0 whatever the input is depends on nothing."""
    return hull if hull.zero is None else emptied(hull, hull.zero.dense)


def bounded(sizes: Sequence[int], hulls: Sequence[Hull], status: Status = Status.OUTER) -> Hull:
    """Return a bound: every element depends on all that the tensors depend on."""
    terms: dict[Key, list[Ends]] = {}
    for each in hulls:
        for key in each.terms:
            terms.setdefault(key, []).append(everything(each.term(key), len(sizes)))
    return Hull(tuple(sizes), {key: tidy(own) for key, own in terms.items()}, max(status, worst(hulls)))
