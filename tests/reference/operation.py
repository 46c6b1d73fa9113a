"""What the reference asks of an operation, one axis at a time.

An operation is a table of wires: output index -> the input indices wired to it. It is written down elementarily,
tap by tap, for any integer index; whoever runs it keeps the indices that lie inside the tensor, because padding reads
nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Self, TypeAlias

AXES = ("T", "H", "W")

Operands: TypeAlias = tuple[int | None, ...]
"""The length of every operand along one axis; None where that tensor has no such axis."""

Tap: TypeAlias = tuple[int, int]
"""(operand, index along the axis); the index may lie outside the tensor."""


Wire: TypeAlias = tuple[int, int, int]
"""(operand, channel, index along the axis); the index may lie outside the tensor."""


class DoesNotFitError(ValueError):
    """The operation refuses these sizes."""


class Operation(ABC):
    """One operation of a network."""

    @abstractmethod
    def spec(self) -> tuple[str, dict[str, object]]:
        """Its name and arguments as a specification writes them."""

    @abstractmethod
    def length(self, axis: str, operands: Operands) -> int | None:
        """The length of the output along the axis, None when the output has no such axis."""

    @abstractmethod
    def taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        """What output `index` is wired to, indices outside the operands included."""

    @property
    def reads_nothing(self) -> bool:
        """Whether the output depends on none of its operands, which give it a shape alone."""
        return False

    def channels(self, operands: tuple[int, ...]) -> int:
        """The channels of the output."""
        return operands[0]

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        """The channels of operand `at`, of which there are `counts`, that one output channel is wired to: all."""
        return range(counts[at])

    def wires(
        self, axis: str, channel: int, index: int, operands: Operands, counts: tuple[int, ...], *, window: bool
    ) -> Iterable[Wire]:
        """What one channel of output `index` is wired to; with `window` without what is read as a whole."""
        for at, i in (self.window_taps if window else self.taps)(axis, index, operands):
            for read in self.reads_channels(at, channel, counts):
                yield at, read, i

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        """The taps that move with the output; what is read as a whole, wherever the output stands, is left out."""
        return self.taps(axis, index, operands)

    def whole(self, axis: str, operands: Operands) -> bool:
        """Whether an operand is read as a whole on this axis."""
        return False

    def whole_operands(self, axis: str, operands: Operands) -> Collection[int]:
        """The operands that are read as a whole on this axis."""
        return range(len(operands)) if self.whole(axis, operands) else ()

    def fixed(self, axis: str, operands: Operands) -> Collection[int]:
        """The operands of which every output reads one and the same position."""
        return ()

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        """(p, a): the taps of output i + p are those of output i moved on by a."""
        return 1, 1

    def enlarged(self, axis: str, before: Operands, after: Operands) -> Self:
        """The same operation on a longer input; only an operation that fixes its output size has to change."""
        return self


class OwnChannel(Operation):
    """An operation that wires each output channel to the input channel of its number."""

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return (channel,)


class Unary(Operation):
    """An operation on one tensor. Along an axis that it does not name, every position is wired to the same position."""

    def extent(self, axis: str, n: int) -> int | None:
        """The length of the output for an input of n positions."""
        return n

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        """The input positions wired to one output position."""
        return (index,)

    def length(self, axis: str, operands: Operands) -> int | None:
        (n,) = operands
        return None if n is None else self.extent(axis, n)

    def taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        (n,) = operands
        return ((0, 0),) if n is None else ((0, i) for i in self.reads(axis, index, n))
