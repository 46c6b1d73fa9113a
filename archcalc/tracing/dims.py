"""Dimensions of recorded tensors as products of digits of named axes.

A digit (axis, size, step) counts `size` steps of `step` positions along its axis. Splitting a dimension splits digits,
permuting moves them, and neighbors that follow one another merge again. A dimension may also be several segments one
after another, such as a class token before a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Digit(NamedTuple):
    """Counts `size` steps of `step` positions along an axis."""

    axis: str
    size: int
    step: int = 1


@dataclass(frozen=True, slots=True)
class Dim:
    """The digits of a dimension, slowest first; or its segments. `known` is false where names were lost."""

    size: int
    digits: tuple[Digit, ...] = ()
    segments: tuple[Dim, ...] = ()
    known: bool = True

    @property
    def axis(self) -> str | None:
        """The axis that this dimension is, where it is one whole axis and nothing else."""
        whole = len(self.digits) == 1 and self.digits[0].step == 1
        return self.digits[0].axis if whole and not self.segments else None

    def __str__(self) -> str:
        """`H:14*W:14`, `1 + H:14*W:14`, `?49`."""
        if self.segments:
            return " + ".join(map(str, self.segments))
        if not self.known:
            return f"?{self.size}"
        if not self.digits:
            return str(self.size)
        return "*".join(f"{each.axis}{f'/{each.step}' if each.step > 1 else ''}:{each.size}" for each in self.digits)


Dims = tuple[Dim, ...]


def whole(axis: str, size: int) -> Dim:
    """Return a dimension that is an axis."""
    return Dim(size, (Digit(axis, size),) if size > 1 else ())


def lost(size: int) -> Dim:
    """Return a dimension that nobody knows the name of."""
    return Dim(size, known=size == 1)


def of_digits(digits: Sequence[Digit]) -> Dim:
    """Return a dimension of digits; those that follow one another on an axis become one."""
    made: list[Digit] = []
    for each in digits:
        if each.size == 1:
            continue
        before = made[-1] if made else None
        if before and before.axis == each.axis and before.step == each.size * each.step:
            made[-1] = Digit(each.axis, before.size * each.size, each.step)
        else:
            made.append(each)
    return Dim(prod(each.size for each in made), tuple(made))


def regrouped(dims: Dims, sizes: Sequence[int]) -> Dims:
    """Return the names of a tensor under other sizes, in the same order of elements."""
    if 0 in sizes:
        return tuple(map(lost, sizes))
    if any(each.segments for each in dims):
        return _with_segments(dims, sizes)
    rest: list[Digit] = []
    for each in dims:
        rest += each.digits if each.known else (Digit("?", each.size),)
    made = []
    for size in sizes:
        taken = _taken(rest, size)
        if taken is None:
            return tuple(map(lost, sizes))
        dim = of_digits(taken)
        made.append(lost(size) if any(each.axis == "?" for each in taken) else dim)
    return tuple(made)


def _taken(rest: list[Digit], size: int) -> list[Digit] | None:
    """The first digits that hold so many elements; the last may have to be split. None where that is not possible."""
    taken: list[Digit] = []
    while size > 1:
        if not rest:
            return None
        axis, count, step = rest.pop(0)
        if size % count == 0:
            taken.append(Digit(axis, count, step))
            size //= count
        elif count % size == 0:
            inner = count // size
            taken.append(Digit(axis, size, step * inner))
            rest.insert(0, Digit(axis, inner, step))
            size = 1
        else:
            return None
    return taken


def _with_segments(dims: Dims, sizes: Sequence[int]) -> Dims:
    """Dimensions of segments are kept where a view leaves them whole."""
    made: list[Dim] = []
    left = list(dims)
    for size in sizes:
        while left and left[0].size == 1 and size != 1:
            left.pop(0)
        if left and left[0].size == size:
            made.append(left.pop(0))
        elif size == 1:
            made.append(Dim(1))
        elif left and not left[0].segments and left[0].known and (found := _split(left, size)):
            made.append(found)
        else:
            return tuple(lost(each) for each in sizes)
    return tuple(made)


def _split(left: list[Dim], size: int) -> Dim | None:
    """The first digits of the dimensions that are left, for a dimension of so many elements."""
    rest: list[Digit] = []
    while left and not left[0].segments and left[0].known:
        rest += left.pop(0).digits
    taken = _taken(rest, size)
    if taken is None:
        return None
    if rest:
        left.insert(0, of_digits(rest))
    return of_digits(taken)


def resized(dims: Dims, sizes: Sequence[int]) -> Dims:
    """Return dimensions of the same axes with other sizes; those of several axes are lost where the size differs."""
    return tuple(
        each if each.size == size else whole(each.digits[0].axis, size) if one_axis(each) else lost(size)
        for each, size in zip(dims, sizes, strict=True)
    )


def one_axis(dim: Dim) -> bool:
    """Whether all digits of a dimension are of the same axis, and it has no segments."""
    return not dim.segments and len({each.axis for each in dim.digits}) == 1
