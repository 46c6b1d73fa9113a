"""Axes that a layer does not work along, folded into the batch for it and unfolded again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.tape import Held

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.core.shape import Shape
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape

FIRST = 2
"""The dimension of the first axis of a grid, after batch and channels."""


def dimensions(shape: Shape, axes: Sequence[str]) -> tuple[int, ...]:
    """Return the dimensions of these axes, in the order of the tensor."""
    return tuple(FIRST + at for at, axis in enumerate(shape.grid) if axis in axes)


def fold(tape: Tape, grid: Strided, shape: Shape, axes: Sequence[str]) -> Strided:
    """Return the grid with all axes but these in its batch; a copy unless they are adjacent to the batch in memory."""
    outer = dimensions(shape, [axis for axis in shape.grid if axis not in axes])
    if not outer:
        return grid
    return tape.flatten(grid.permute(0, *outer, 1, *dimensions(shape, axes)), 0, len(outer))


def unfold(folded: Strided, shape: Shape, axes: Sequence[str]) -> Strided:
    """Return the axes to their places, a view; those that the layer worked along may be gone."""
    others = [axis for axis in shape.grid if axis not in axes]
    outer = dimensions(shape, others)
    if not outer:
        return folded
    sizes = tuple(shape[axis] for axis in others)
    batch = folded.unflatten(0, (_quotient(folded.sizes[0], sizes), *sizes))
    inner = dimensions(shape, axes)[: folded.dim - FIRST]
    order = (0, *outer, 1, *inner)
    return batch.permute(*(order.index(dim) for dim in sorted(order)))


def _quotient(whole: int, sizes: tuple[int, ...]) -> int:
    for size in sizes:
        whole //= size
    return whole


def folded(tape: Tape, held: Held, shape: Shape, axes: Sequence[str], step: Callable[[Strided], Strided]) -> Held:
    """Run a step on the folded grid, which is freed after it; tokens do not change."""
    if set(axes).issuperset(shape.grid):
        return Held(step(held.grid), held.tokens)
    inner = fold(tape, held.grid, shape, axes)
    made = step(inner)
    if made.storage != inner.storage:
        tape.drop(inner)
    return Held(unfold(made, shape, axes), held.tokens)
