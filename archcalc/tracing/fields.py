"""Receptive fields of recorded tensors by position along their own axes."""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import TYPE_CHECKING, NamedTuple

import torch

from archcalc.core.clipped_extents import ClippedExtents
from archcalc.core.joined import runs_of
from archcalc.tracing.hull import Ends, Hull, Key, solid
from archcalc.tracing.masks import EMPTY
from archcalc.tracing.windows import Line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from archcalc.core.shape import Shape
    from archcalc.tracing.dims import Dims
    from archcalc.tracing.hull import InputAxis


@lru_cache(maxsize=1024)
def united(extents: tuple[ClippedExtents, ...]) -> ClippedExtents:
    """Return what several tensors make together, position by position."""
    return reduce(ClippedExtents.union, extents)


def same(one: ClippedExtents, other: ClippedExtents) -> bool:
    """Return whether every position reads the same."""
    return one is other or one.ends_by_position() == other.ends_by_position()


class Part(NamedTuple):
    """A part of a tensor: its grid, or the tokens that stand with it along a dimension; `at` is None for the whole."""

    dims: Dims
    tokens: bool = False
    at: int | None = None
    start: int = 0

    def of(self, ends: Ends) -> Ends:
        """Return the part of a term."""
        if self.at is None or ends.sizes[self.at] == 1:
            return ends
        at, size = self.at, self.dims[self.at].size
        return ends.map(lambda x: x.narrow(at, self.start, size))


def parts(dims: Dims) -> list[Part]:
    """Return the parts of a tensor: its grid, and the tokens in addition to it if there are any."""
    at = next((at for at, dim in enumerate(dims) if dim.segments), None)
    if at is None:
        return [Part(dims)]
    found: list[Part] = []
    begin = 0
    for each in (each for each in dims[at].segments if each.size):
        found.append(Part((*dims[:at], each, *dims[at + 1 :]), not each.digits, at, begin))
        begin += each.size
    return found


def keys_of(hull: Hull, key: InputAxis) -> list[Key]:
    """Return under which keys a tensor has terms of an axis."""
    return [each for each in hull.terms if (each.input, each.axis) == key]


def axes_of(hull: Hull, known: Iterable[InputAxis]) -> tuple[InputAxis, ...]:
    """Return the axes of network inputs that a tensor depends on, in the order of all that are known."""
    reached = {(key.input, key.axis) for key in hull.terms}
    return tuple(key for key in known if key in reached)


class Lines:
    """What the positions of tensors read, by what was worked out before: terms of hulls are known by identity."""

    def __init__(self) -> None:
        self._terms: dict[tuple[int, Part, str], tuple[Ends, Line]] = {}
        self._empty: dict[int, Ends] = {}
        self._unions: dict[tuple[Line, ...], Line] = {}
        self._widest: dict[tuple[int, ...], tuple[list[Ends], ClippedExtents]] = {}
        self._hulls: dict[Line, ClippedExtents] = {}

    def of(self, hull: Hull, keys: Iterable[Key], axis: str, part: Part, shape: Shape) -> Line:
        """Return what each position along an axis reads under some keys; of all elements where the shape lacks it."""
        terms = [each for key in keys for each in hull.terms.get(key, ())] or [self._nothing(hull.dims)]
        return self._union(tuple(self._of_term(each, part, axis, shape) for each in terms))

    def _nothing(self, dims: int) -> Ends:
        if dims not in self._empty:
            self._empty[dims] = Ends(*[torch.full([1] * dims, EMPTY, dtype=torch.int32)] * 2)
        return self._empty[dims]

    def _of_term(self, ends: Ends, part: Part, axis: str, shape: Shape) -> Line:
        known = id(ends), part, axis
        if known not in self._terms:
            seen = part.of(ends)
            if axis in shape:
                first, last = (_along(x, part.dims, axis) for x in seen)
            else:
                first, last = (x.max().reshape(1) for x in seen)
            self._terms[known] = ends, Line(tuple(first.tolist()), tuple(last.tolist()))
        return self._terms[known][1]

    def _union(self, lines: tuple[Line, ...]) -> Line:
        if len(lines) == 1:
            return lines[0]
        if lines not in self._unions:
            first = tuple(map(max, zip(*(each.first for each in lines), strict=True)))
            last = tuple(map(max, zip(*(each.last for each in lines), strict=True)))
            self._unions[lines] = Line(first, last)
        return self._unions[lines]

    def hulls(self, line: Line) -> ClippedExtents:
        """Return the hulls of a line of positions."""
        if line not in self._hulls:
            self._hulls[line] = _hulls_of(line)
        return self._hulls[line]

    def widest(self, hull: Hull, key: InputAxis) -> ClippedExtents:
        """Return the widest hull of an element, for a tensor whose axes have no names."""
        if hull.zero is not None and not _leaves_all(hull, key):
            hull = solid(hull)
        terms = [each for known in keys_of(hull, key) for each in hull.terms[known]]
        known = tuple(map(id, terms))
        if known not in self._widest:
            self._widest[known] = terms, _hulls_of(_widest(terms))
        return self._widest[known][1]


def _leaves_all(hull: Hull, key: InputAxis) -> bool:
    """Whether what a mask makes zero has elements of the same hull that it leaves."""
    assert hull.zero is not None
    alike = all(each.sizes[-1:] == (1,) for known in keys_of(hull, key) for each in hull.terms[known])
    return alike and not bool(hull.zero.patterns.all(-1).any())


def _widest(terms: list[Ends]) -> Line:
    """The widest hull of an element: one term says where it begins, and one, the same or another, where it ends."""
    pairs = (_furthest(one.first, other.last) for one in terms for other in terms)
    first, last = max(pairs, key=sum)
    return Line((first,), (last,)) if first > EMPTY and last > EMPTY else Line((EMPTY,), (EMPTY,))


def _furthest(first: Tensor, last: Tensor) -> tuple[int, int]:
    """The greatest sum of two elements at one place of what both are stretched to, as its two parts."""
    first, last = _greatest_over(first, last), _greatest_over(last, first)
    reach = first + last
    at = int(reach.argmax())
    found = (int(each.expand(reach.shape).reshape(-1)[at]) for each in (first, last))
    return next(found), next(found)


def _greatest_over(array: Tensor, other: Tensor) -> Tensor:
    """The greatest elements along the dimensions on which only one of two arrays changes."""
    alone = [dim for dim, size in enumerate(other.shape) if size == 1 != array.shape[dim]]
    return array.amax(alone, keepdim=True) if alone else array


def _along(array: Tensor, dims: Dims, axis: str) -> Tensor:
    """The maximum at each position of an axis, which may lie in digits of several dimensions."""
    whole = next((at for at, dim in enumerate(dims) if dim.axis == axis), None)
    if whole is not None:
        over = [at for at, size in enumerate(array.shape) if size > 1 and at != whole]
        return (array.amax(over) if over else array).reshape(-1).expand(dims[whole].size)
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


def _hulls_of(line: Line) -> ClippedExtents:
    infinity = float("inf")
    read = [a > EMPTY and b > EMPTY for a, b in zip(line.first, line.last, strict=True)]
    return ClippedExtents(
        runs_of(-a if seen else infinity for a, seen in zip(line.first, read, strict=True)),
        runs_of(b if seen else -infinity for b, seen in zip(line.last, read, strict=True)),
    )
