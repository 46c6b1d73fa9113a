"""Tensors without numbers: a storage, and the sizes and strides by which PyTorch looks at it.

Whether a reshape is a view or a copy follows from strides alone, and so do the strides of results. Offsets are left
out: nothing here depends on them.
"""

from __future__ import annotations

from itertools import accumulate
from math import prod
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Sizes = tuple[int, ...]

CHANNELS_LAST = {4: (1, 3, 2, 0), 5: (1, 4, 3, 2, 0)}
"""Dimensions from the fastest to the slowest in torch.channels_last and channels_last_3d."""


class Strided(NamedTuple):
    """A tensor: the number of its storage, its sizes and strides, and whether a gradient flows back through it."""

    storage: int
    sizes: Sizes
    strides: Sizes
    requires_grad: bool = False

    @property
    def elements(self) -> int:
        """Return the product of the sizes."""
        return prod(self.sizes)

    @property
    def dim(self) -> int:
        """Return the number of dimensions."""
        return len(self.sizes)

    def permute(self, *dims: int) -> Strided:
        """Return a view with the dimensions in this order."""
        return self._seen(tuple(self.sizes[dim] for dim in dims), tuple(self.strides[dim] for dim in dims))

    def transpose(self, first: int, second: int) -> Strided:
        """Return a view with two dimensions, counted from 0, exchanged."""
        dims = list(range(self.dim))
        dims[first], dims[second] = second, first
        return self.permute(*dims)

    def channels_last(self) -> Strided:
        """Return a view with dimension 1 moved to the end."""
        return self.permute(0, *range(2, self.dim), 1)

    def channels_second(self) -> Strided:
        """Return a view with the last dimension moved to place 1."""
        return self.permute(0, self.dim - 1, *range(1, self.dim - 1))

    def unflatten(self, dim: int, sizes: Sizes) -> Strided:
        """Return a view with one dimension split into several, the last the fastest."""
        seen = self.view((*self.sizes[:dim], *sizes, *self.sizes[dim + 1 :]))
        assert seen is not None, "a dimension can always be split"
        return seen

    def unsqueeze(self, dim: int) -> Strided:
        """Return a view with a dimension of size 1 put in."""
        step = self.sizes[dim] * self.strides[dim] if dim < self.dim else 1
        return self._seen((*self.sizes[:dim], 1, *self.sizes[dim:]), (*self.strides[:dim], step, *self.strides[dim:]))

    def select(self, dim: int) -> Strided:
        """Return a view of one position of a dimension, which is dropped."""
        return self._seen(self.sizes[:dim] + self.sizes[dim + 1 :], self.strides[:dim] + self.strides[dim + 1 :])

    def narrow(self, dim: int, size: int, step: int = 1) -> Strided:
        """Return a view of `size` positions of a dimension, every `step`-th."""
        strides = list(self.strides)
        strides[dim] *= step
        return self._seen((*self.sizes[:dim], size, *self.sizes[dim + 1 :]), tuple(strides))

    def expand(self, *sizes: int) -> Strided:
        """Return a view with dimensions of size 1 repeated; it has no more dimensions than before."""
        pairs = zip(self.sizes, sizes, self.strides, strict=True)
        return self._seen(sizes, tuple(stride if old == new else 0 for old, new, stride in pairs))

    def windows(self, dim: int, count: int, kernel: int, step: int) -> Strided:
        """Return a view of `count` overlapping windows of a dimension, their positions as a new last dimension."""
        moved = self.narrow(dim, count, step)
        return self._seen((*moved.sizes, kernel), (*moved.strides, self.strides[dim]))

    def view(self, sizes: Sizes) -> Strided | None:
        """Return a view with these sizes, or None where the strides do not allow one."""
        strides = view_strides(self.sizes, self.strides, sizes)
        return None if strides is None else self._seen(sizes, strides)

    def detached(self) -> Strided:
        """Return the same tensor without a gradient."""
        return self._replace(requires_grad=False)

    @property
    def is_contiguous(self) -> bool:
        """Return whether the elements are in order in memory, ignoring dimensions of size 1."""
        step = 1
        for size, stride in zip(reversed(self.sizes), reversed(self.strides), strict=True):
            if size != 1 and stride != step:
                return False
            step *= size
        return True

    @property
    def is_dense(self) -> bool:
        """Whether elements fill one stretch of memory in some order of the dimensions."""
        step = 1
        for stride, size in sorted(zip(self.strides, self.sizes, strict=True)):
            if size != 1:
                if stride != step:
                    return False
                step *= size
        return True

    def suggested_strides(self, sizes: Sizes) -> Sizes:
        """Return the strides of a new tensor of these sizes in the memory format that this one suggests."""
        order = CHANNELS_LAST.get(len(sizes))
        if order is None or len(sizes) != self.dim or not is_channels_last(self.sizes, self.strides):
            return contiguous_strides(sizes)
        return ordered_strides(sizes, order)

    def _seen(self, sizes: Sizes, strides: Sizes) -> Strided:
        return Strided(self.storage, sizes, strides, self.requires_grad)


def contiguous_strides(sizes: Sizes) -> Sizes:
    """Return the strides of a new tensor, the last dimension the fastest."""
    return tuple(accumulate(sizes[:0:-1], mul, initial=1))[::-1] if sizes else ()


def ordered_strides(sizes: Sizes, order: Sequence[int]) -> Sizes:
    """Return the strides of a new tensor whose dimensions are given from the fastest to the slowest."""
    strides, step = [0] * len(sizes), 1
    for dim in order:
        strides[dim] = step
        step *= sizes[dim]
    return tuple(strides)


def is_channels_last(sizes: Sizes, strides: Sizes) -> bool:
    """Whether strides are those of channels_last; c10's is_channels_last_strides_2d_s4 and 3d_s5."""
    order = CHANNELS_LAST.get(len(sizes))
    if order is None or strides[1] == 0:
        return False
    least = 0
    for dim in order:
        if sizes[dim] == 0 or strides[dim] < least or (dim == 0 and least == strides[1]):
            return False
        least = strides[dim] * (sizes[dim] if sizes[dim] > 1 else 1)
    return True


def view_strides(sizes: Sizes, strides: Sizes, wanted: Sizes) -> Sizes | None:
    """Return the strides of a view with other sizes, or None; at::detail::computeStride."""
    if not sizes:
        return (1,) * len(wanted)
    found = [0] * len(wanted)
    at, base, old, new = len(wanted) - 1, strides[-1], 1, 1
    for dim in reversed(range(len(sizes))):
        old *= sizes[dim]
        if dim and (sizes[dim - 1] == 1 or strides[dim - 1] == old * base):
            continue
        while at >= 0 and (new < old or wanted[at] == 1):
            found[at] = new * base
            new *= wanted[at]
            at -= 1
        if new != old:
            return None
        if dim:
            base, old, new = strides[dim - 1], 1, 1
    return tuple(found) if at == -1 else None


def broadcast_sizes(operands: Sequence[Strided]) -> Sizes:
    """Return the sizes of an elementwise result: of each dimension, counted from the last, the largest."""
    different = {each.sizes for each in operands}
    if len(different) == 1:
        return different.pop()
    dims = max(each.dim for each in operands)
    padded = [(1,) * (dims - each.dim) + each.sizes for each in operands]
    return tuple(map(max, *padded))


def broadcast_strides(sizes: Sizes, operands: Sequence[Strided]) -> Sizes:
    """Return the strides of an elementwise result, which keep the order of the operands; at::TensorIterator."""
    if {each.sizes for each in operands} == {sizes}:
        contiguous, different = contiguous_strides(sizes), {each.strides for each in operands}
        if different == {contiguous} or all(each.is_contiguous for each in operands):
            return contiguous
        if len(different) == 1 and operands[0].is_dense:
            return different.pop()
    shown = [_stretched(each, sizes) for each in operands]
    return ordered_strides(sizes, _order(sizes, shown))


def _stretched(operand: Strided, sizes: Sizes) -> Sizes:
    missing = len(sizes) - operand.dim
    own = zip(operand.sizes, operand.strides, sizes[missing:], strict=True)
    return (0,) * missing + tuple(0 if old != new else stride for old, stride, new in own)


def _order(sizes: Sizes, operands: Sequence[Sizes]) -> list[int]:
    """Dimensions from the fastest to the slowest, by insertion as TensorIterator sorts them."""
    order = list(reversed(range(len(sizes))))
    for start in range(1, len(order)):
        at = start
        for before in reversed(range(start)):
            later = _slower(order[before], order[at], sizes, operands)
            if later > 0:
                order[before], order[at] = order[at], order[before]
                at = before
            elif later < 0:
                break
    return order


def _slower(first: int, second: int, sizes: Sizes, operands: Sequence[Sizes]) -> int:
    for strides in operands:
        one, other = strides[first], strides[second]
        if not one or not other:
            continue
        if one != other:
            return 1 if one > other else -1
        if sizes[first] > sizes[second]:
            return 1
    return 0
