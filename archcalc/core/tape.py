"""What a layer of the built network allocates, frees and saves for backward, recorded step by step."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.strided import Sizes, Strided, broadcast_sizes, broadcast_strides, contiguous_strides

if TYPE_CHECKING:
    from collections.abc import Callable

INDEX_BYTES = 8
"""Positions are int64."""


class Held(NamedTuple):
    """A tensor of the network: its grid (batch * heads, C, axes) and its tokens (batch * heads, C, count)."""

    grid: Strided
    tokens: Strided | None = None

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows back through either."""
        return self.grid.requires_grad or (self.tokens is not None and self.tokens.requires_grad)


class Tape:
    """Records the memory of one layer.

    Storages are numbered; those below `given` belong to the inputs. `itemsize` is in bytes for each activation,
    `statistics` for the statistics that normalizations keep.

    `sizes` are the bytes of what is allocated, `saved` the storages saved for backward in training, `peak` the most
    bytes of the layer's own alive at once at inference. `both` stays true until the layer asks for `training`: one
    record then holds for training and inference.
    """

    def __init__(self, given: int, *, training: bool, itemsize: int, statistics: int) -> None:
        self.given = given
        self.itemsize = itemsize
        self.statistics = statistics
        self.sizes: dict[int, int] = {}
        self.saved: set[int] = set()
        self.peak = 0
        self.both = True
        self._training = training
        self._alive: dict[int, int] = {}
        self._sum = 0

    @property
    def training(self) -> bool:
        """Return whether the network trains."""
        self.both = False
        return self._training

    def empty(
        self, sizes: Sizes, strides: Sizes | None = None, *, itemsize: int | None = None, requires_grad: bool = False
    ) -> Strided:
        """Allocate a tensor, contiguous unless strides are given, and return it."""
        number, size = self._numbered(sizes, self.itemsize if itemsize is None else itemsize)
        self._alive[number] = size
        self._sum += size
        self.peak = max(self.peak, self._sum)
        return Strided(number, sizes, strides or contiguous_strides(sizes), requires_grad)

    def _numbered(self, sizes: Sizes, itemsize: int) -> tuple[int, int]:
        number, size = self.given + len(self.sizes), prod(sizes) * itemsize
        self.sizes[number] = size
        return number, size

    def save_statistics(self, *sizes: int, when: bool = True) -> None:
        """Allocate and save statistics that only training has."""
        if when:
            self.saved.add(self._numbered(sizes, self.statistics)[0])

    def save_scalar(self, *, when: bool = True) -> None:
        """Allocate and save one number, such as the factor that a tensor is multiplied by."""
        if when:
            self.saved.add(self._numbered((), self.itemsize)[0])

    def indices(self, sizes: Sizes) -> Strided:
        """Allocate a tensor of int64 positions with these sizes."""
        return self.empty(sizes, itemsize=INDEX_BYTES)

    def kernel(self, tensor: Strided, sizes: Sizes, *, learned: bool = False, ordered: bool = False) -> Strided:
        """Allocate the result of a kernel that keeps the memory format of its input (contiguous or channels last).

        An `ordered` result is contiguous whatever the input is.
        """
        strides = None if ordered else tensor.suggested_strides(sizes)
        return self.empty(sizes, strides, requires_grad=learned or tensor.requires_grad)

    def elementwise(self, *tensors: Strided, learned: bool = False) -> Strided:
        """Allocate the result of an elementwise operation, whose operands are broadcast."""
        sizes = broadcast_sizes(tensors)
        grad = learned or True in [each.requires_grad for each in tensors]
        return self.empty(sizes, broadcast_strides(sizes, tensors), requires_grad=grad)

    def reshape(self, tensor: Strided, sizes: Sizes) -> Strided:
        """Return a view with other sizes, or a contiguous copy where there is none."""
        seen = tensor.view(sizes)
        return self.empty(sizes, requires_grad=tensor.requires_grad) if seen is None else seen

    def flatten(self, tensor: Strided, start: int, end: int) -> Strided:
        """Make one dimension of several, `end` included; a copy where strides do not allow a view."""
        if start == end:
            return tensor
        whole = prod(tensor.sizes[start : end + 1])
        return self.reshape(tensor, (*tensor.sizes[:start], whole, *tensor.sizes[end + 1 :]))

    def contiguous(self, tensor: Strided) -> Strided:
        """Return the tensor itself where it is contiguous, else a copy that is."""
        return tensor if tensor.is_contiguous else self.empty(tensor.sizes, requires_grad=tensor.requires_grad)

    def formatted(self, tensor: Strided) -> Strided:
        """Return the tensor itself where it is contiguous in its suggested memory format, else a copy that is."""
        strides = tensor.suggested_strides(tensor.sizes)
        if tensor.is_contiguous or tensor.strides == strides:
            return tensor
        return self.empty(tensor.sizes, strides, requires_grad=tensor.requires_grad)

    def pad(self, tensor: Strided, ends: tuple[tuple[int, int], ...]) -> Strided:
        """Pad the last dimensions, given in their order as positions before and after; no copy where none are added."""
        if not any(map(any, ends)):
            return tensor
        kept = tensor.dim - len(ends)
        grown = tuple(n + before + after for n, (before, after) in zip(tensor.sizes[kept:], ends, strict=True))
        return self.kernel(tensor, (*tensor.sizes[:kept], *grown))

    def cat(self, tensors: list[Strided], dim: int) -> Strided:
        """Concatenate along a dimension, in the memory format that all suggest."""
        whole = sum(each.sizes[dim] for each in tensors)
        first = tensors[0]
        sizes = (*first.sizes[:dim], whole, *first.sizes[dim + 1 :])
        strides = {each.suggested_strides(sizes) for each in tensors}
        grad = any(each.requires_grad for each in tensors)
        return self.empty(sizes, strides.pop() if len(strides) == 1 else None, requires_grad=grad)

    def save(self, *tensors: Strided, when: bool = True) -> None:
        """Keep tensors for backward."""
        if when:
            self.saved.update([each.storage for each in tensors])

    def drop(self, *tensors: Strided) -> None:
        """Free the storages of tensors that this layer allocated; those of its inputs are the caller's."""
        for each in tensors:
            self._sum -= self._alive.pop(each.storage, 0)

    def replaced(self, old: Strided, new: Strided) -> Strided:
        """Free a tensor unless the new one is a view of it, and return the new one."""
        if new.storage != old.storage:
            self.drop(old)
        return new


def pointwise(held: Held, step: Callable[[Strided], Strided]) -> Held:
    """Run a step on the grid, then on the tokens, as a layer that does the same at every position."""
    return Held(step(held.grid), None if held.tokens is None else step(held.tokens))


def grid_only(held: Held, step: Callable[[Strided], Strided]) -> Held:
    """Run a step on the grid; tokens pass by."""
    return Held(step(held.grid), held.tokens)


def flattened(tape: Tape, held: Held, step: Callable[[Strided], Strided]) -> Held:
    """Run a step on the grid alone, or on tokens and grid in one row where there are tokens or no axes."""
    grid = held.grid
    if held.tokens is None and grid.dim > 2:
        return Held(step(grid))
    row = tape.flatten(grid.unsqueeze(grid.dim), 2, grid.dim)
    if held.tokens is not None:
        row = tape.replaced(row, tape.cat([held.tokens, row], 2))
    made = step(row)
    tape.replaced(row, made)
    count = 0 if held.tokens is None else held.tokens.sizes[2]
    cells = made.narrow(2, made.sizes[2] - count)
    return Held(
        cells.unflatten(2, grid.sizes[2:]) if grid.dim > 2 else cells.select(2),
        made.narrow(2, count) if count else None,
    )
