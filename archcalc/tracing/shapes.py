"""Shapes of recorded tensors in the words of the language, where it has them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from archcalc.core.shape import CHANNEL, OtherShape, Shape, is_axis

if TYPE_CHECKING:
    from archcalc.tracing.dims import Digit, Dim, Dims


def shape_of(dims: Dims) -> Shape:
    """Return the shape of a tensor: channels, grid and tokens; `OtherShape` where it is nothing of the kind."""
    flat, tokens = _without_tokens(dims)
    sizes = None if flat is None else _whole_axes([digit for dim in flat for digit in dim.digits])
    if sizes is None:
        count = prod(each.size for each in dims)
        shown = [str(each) for each in dims if each.size > 1] or ["1"]
        return OtherShape(((CHANNEL, count),), text="x".join(f"({each})" if "+" in each else each for each in shown))
    return Shape.of({CHANNEL: 1, **sizes}, tokens=tokens)


def _without_tokens(dims: Dims) -> tuple[list[Dim] | None, int]:
    """The dimensions without the tokens of a grid, and how many there are; None where names are lost."""
    flat: list[Dim] = []
    tokens = 0
    for dim in dims:
        grids = [each for each in dim.segments if each.digits]
        if not dim.known or len(grids) > 1 or (dim.segments and (tokens or not grids or not grids[0].known)):
            return None, 0
        if dim.segments:
            tokens = dim.size - grids[0].size
            flat.append(grids[0])
        else:
            flat.append(dim)
    return flat, tokens


def _whole_axes(digits: list[Digit]) -> dict[str, int] | None:
    """The sizes of axes whose digits are all there; None where some are missing or stand twice."""
    sizes: dict[str, int] = {}
    for each in sorted(digits, key=lambda digit: digit.step):
        if not is_axis(each.axis) or sizes.get(each.axis, 1) != each.step:
            return None
        sizes[each.axis] = each.step * each.size
    return sizes
