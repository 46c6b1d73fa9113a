"""Numbers for the tensors of a run, the storages that they share, and which of them depend on an input."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from weakref import ref

from archcalc.core.program import COMPUTED, CONSTANT, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

MOST_KEPT = 20_000_000
"""Constants with more elements are not kept: their numbers are then unknown."""


class Tensors:
    """Every tensor that was seen, by the identity of its object, and for how many of the `calls` it was there.

    None is kept alive, so that what frees a tensor is seen: nothing that reads it is left, in the user's code either. A
    tensor that was made elsewhere is a constant. `root` of a view is the tensor that owns the storage.
    """

    def __init__(self, calls: Sequence[object]) -> None:
        self._calls = calls
        self._numbers: dict[int, int] = {}
        self._alive: dict[int, ref[Tensor]] = {}
        self._twins: list[Tensor] = []
        self._made: list[Value] = []
        self._ends: dict[int, int] = {}
        self._computed: set[int] = set()
        self._data: dict[int, Tensor] = {}
        self._read: dict[int, set[int]] = {}

    def add(self, tensor: Tensor, kind: str, name: str = "", view_of: int | None = None) -> int:
        """Give a tensor a number, or return the one it has."""
        known = self._numbers.get(id(tensor))
        return self._new(tensor, kind, name, view_of) if known is None else known

    def seen_anew(self, tensor: Tensor) -> tuple[int, int]:
        """Give a tensor that became a view of itself another number; return the one it had, and the new one."""
        old = self.number(tensor)
        return old, self._new(tensor, CONSTANT, "", old)

    def _new(self, tensor: Tensor, kind: str, name: str, view_of: int | None) -> int:
        if tensor.is_nested:
            raise NotImplementedError("a jagged tensor; tensors have one size along each dimension in archcalc")
        key, number = id(tensor), len(self._made)
        self._numbers[key] = number
        self._alive[number] = ref(tensor, partial(self._gone, key, number))
        root = number if view_of is None else self._made[view_of].root
        dtype, size, sizes = str(tensor.dtype).removeprefix("torch."), tensor.element_size(), tuple(tensor.shape)
        self._made.append(Value(number, sizes, dtype, size, kind, root, name, len(self._calls)))
        return number

    def _gone(self, key: int, number: int, _tensor: ref[Tensor]) -> None:
        self._ends[number] = len(self._calls)
        del self._alive[number]
        if self._numbers.get(key) == number:
            del self._numbers[key]

    def number(self, tensor: Tensor) -> int:
        """Return the number of a tensor."""
        known = self._numbers.get(id(tensor))
        return self.add(tensor, CONSTANT) if known is None else known

    def add_twin(self, twin: Tensor, number: int) -> None:
        """Note that a tensor stands for another one."""
        self._numbers[id(twin)] = number
        self._twins.append(twin)

    def mark_computed(self, number: int) -> None:
        """Note that the storage of a tensor depends on an input from now on."""
        self._computed.add(self._made[number].root)

    def is_computed(self, number: int) -> bool:
        """Return whether the storage of a tensor depends on an input."""
        return self._made[number].root in self._computed

    def keep_constant(self, tensor: Tensor) -> None:
        """Keep the numbers of a constant that a computed call reads, as they are now."""
        number = self.number(tensor)
        if number not in self._data and not tensor.is_meta and tensor.numel() <= MOST_KEPT:
            self._data[number] = tensor.detach()
            self._read.setdefault(self._made[number].root, set()).add(number)

    def before_write(self, number: int) -> None:
        """Copy what was kept of a storage that is about to be written, so that it stays as it was read."""
        for each in self._read.pop(self._made[number].root, ()):
            self._data[each] = self._data[each].clone()

    @property
    def constants(self) -> dict[int, Tensor]:
        """The constants that computed calls read, by number, as they were when they were read."""
        return self._data

    def values(self) -> tuple[Value, ...]:
        """Return a record of each tensor. None is watched any longer: what watches them would keep all of this."""
        self._alive.clear()
        return tuple(self._value(each) for each in self._made)

    def _value(self, made: Value) -> Value:
        """A record with what is known at the end; made anew, since `replace` takes several times as long."""
        kind = COMPUTED if made.kind == CONSTANT and made.root in self._computed else made.kind
        end = self._ends.get(made.number)
        return Value(made.number, made.sizes, made.dtype, made.itemsize, kind, made.root, made.name, made.begin, end)
