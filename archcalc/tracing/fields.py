"""Receptive fields of recorded tensors by position along their own axes."""

from __future__ import annotations

from functools import lru_cache, reduce
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import torch

from archcalc.core.clipped_extents import ClippedExtents
from archcalc.core.joined import runs_of
from archcalc.tracing.hull import MOST_ELEMENTS, Ends, Hull, Key, everything, solid
from archcalc.tracing.masks import EMPTY, broadcast
from archcalc.tracing.windows import Line, pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from archcalc.core.quasi_affine import QuasiAffineMap
    from archcalc.core.shape import Shape
    from archcalc.tracing.dims import Dims
    from archcalc.tracing.hull import InputAxis

LONG = 20_000
"""Longer dimensions are not looked through for what is alike."""
MANY = 2_000_000
"""Where there are more elements, those that are alike are looked for."""


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
        self._patterns: dict[tuple[Line, int], QuasiAffineMap | None] = {}

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

    def pattern(self, line: Line, extent: int) -> QuasiAffineMap | None:
        """Return the map of a line of positions whose middle lies inside an input of `extent` positions."""
        if (line, extent) not in self._patterns:
            self._patterns[line, extent] = pattern(line, extent)
        return self._patterns[line, extent]

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
    """The widest hull of an element; elements along a dimension that are alike in every term are looked at once."""
    if prod(broadcast(*(each.sizes for each in terms))) > MANY:
        for dim in range(len(terms[0].sizes)):
            terms = _without_repeats(terms, dim)
    found = terms[0]
    for each in terms[1:]:
        if prod(broadcast(found.sizes, each.sizes)) > MOST_ELEMENTS:
            found, each = everything(found), everything(each)
        found = found.union(each)
    first, last = found.first.reshape(-1), found.last.reshape(-1)
    at = int(torch.where((first > EMPTY) & (last > EMPTY), first + last, EMPTY).argmax())
    return Line((int(first[at]),), (int(last[at]),))


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
