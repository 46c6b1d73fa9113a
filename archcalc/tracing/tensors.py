"""Numbers for the tensors of a run, the storages that they share, and which of them depend on an input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.program import COMPUTED, CONSTANT, Value

if TYPE_CHECKING:
    from torch import Tensor

MOST_KEPT = 20_000_000
"""Constants with more elements are not kept: their numbers are then unknown."""


class Tensors:
    """Every tensor that was seen, by the identity of its object; all are kept alive, so that no identity is used twice.

    A tensor that was made elsewhere is a constant. `root` of a view is the tensor that owns the storage.
    """

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._kept: list[Tensor] = []
        self._twins: list[Tensor] = []
        self._kinds: list[str] = []
        self._names: list[str] = []
        self._sizes: list[tuple[int, ...]] = []
        self._roots: list[int] = []
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
        number = self._numbers[id(tensor)] = len(self._kept)
        self._kept.append(tensor)
        self._kinds.append(kind)
        self._names.append(name)
        self._sizes.append(tuple(tensor.shape))
        self._roots.append(number if view_of is None else self._roots[view_of])
        return number

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
        self._computed.add(self._roots[number])

    def is_computed(self, number: int) -> bool:
        """Return whether the storage of a tensor depends on an input."""
        return self._roots[number] in self._computed

    def keep_constant(self, number: int) -> None:
        """Keep the numbers of a constant that a computed call reads, as they are now."""
        tensor = self._kept[number]
        if number not in self._data and not tensor.is_meta and tensor.numel() <= MOST_KEPT:
            self._data[number] = tensor
            self._read.setdefault(self._roots[number], set()).add(number)

    def before_write(self, number: int) -> None:
        """Copy what was kept of a storage that is about to be written, so that it stays as it was read."""
        for each in self._read.pop(self._roots[number], ()):
            self._data[each] = self._data[each].clone()

    @property
    def constants(self) -> dict[int, Tensor]:
        """The constants that computed calls read, by number, as they were when they were read."""
        return self._data

    def values(self) -> tuple[Value, ...]:
        """Return a record of each tensor."""
        return tuple(
            Value(
                number,
                self._sizes[number],
                str(tensor.dtype).removeprefix("torch."),
                tensor.element_size(),
                COMPUTED if kind == CONSTANT and self.is_computed(number) else kind,
                self._roots[number],
                self._names[number],
            )
            for number, (tensor, kind) in enumerate(zip(self._kept, self._kinds, strict=True))
        )
