"""The operations that do not slide and see no more than they take: pointwise, merging, moving, dropping positions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from .operation import AXES, DoesNotFitError, Operands, Operation, OwnChannel, Tap, Unary, Wire

MIXING = ("linear", "layer_norm", "rms_norm", "embedding", "mixture_of_experts", "softmax")
"""Words of operations that read all channels of a position."""


@dataclass(frozen=True)
class Pointwise(Unary):
    """An operation that works at every position on its own (relu, batch_norm, linear, identity)."""

    op: str
    out: int | None = None
    more: tuple[tuple[str, object], ...] = ()

    def spec(self) -> tuple[str, dict[str, object]]:
        return self.op, dict(self.more) | ({} if self.out is None else {"out": self.out})

    def channels(self, operands: tuple[int, ...]) -> int:
        if self.op == "embedding" and operands[0] != 1:
            raise DoesNotFitError(f"tokens in {operands[0]} channels")
        return operands[0] if self.out is None else self.out

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return range(counts[at]) if self.op in MIXING else (channel,)


@dataclass(frozen=True)
class ResponseNorm(Unary):
    """Each value divided by those of `size` channels around its own, one more before than after where that is even."""

    size: int

    def spec(self) -> tuple[str, dict[str, object]]:
        return "local_response_norm", {"size": self.size}

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        first = channel - self.size // 2
        return range(max(first, 0), min(first + self.size, counts[0]))


@dataclass(frozen=True)
class Merge(Operation):
    """Several tensors into one, position by position.

    add, multiply and subtract stretch a tensor whose axis is absent or of size 1, unless `strict` (a residual).
    """

    op: str
    strict: bool = False

    def spec(self) -> tuple[str, dict[str, object]]:
        return self.op, {}

    def channels(self, operands: tuple[int, ...]) -> int:
        if self.op == "concat":
            return sum(operands)
        if len(set(operands)) > 1 and (not self.stretches or len({*operands} - {1}) > 1):
            raise DoesNotFitError(f"{self.op} of {operands} channels")
        return max(operands)

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        if self.op == "concat":
            own = channel - sum(counts[:at])
            return (own,) if 0 <= own < counts[at] else ()
        return (channel if counts[at] > 1 else 0,)

    @property
    def stretches(self) -> bool:
        """Whether axes of size 1 are stretched."""
        return self.op in ("add", "multiply", "subtract") and not self.strict

    def length(self, axis: str, operands: Operands) -> int | None:
        present = [n for n in operands if n is not None]
        agree = len(set(operands)) == 1
        if not agree and (not self.stretches or len({*present} - {1}) > 1):
            raise DoesNotFitError(f"{self.op} of {operands} positions on {axis}")
        return max(present, default=None)

    def taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return [(at, 0 if at in self.stretched(axis, operands) else index) for at in range(len(operands))]

    def fixed(self, axis: str, operands: Operands) -> Collection[int]:
        return self.stretched(axis, operands)

    def stretched(self, axis: str, operands: Operands) -> list[int]:
        """The operands of which the one position is read by every output."""
        longest = self.length(axis, operands)
        return [at for at, n in enumerate(operands) if n != longest]


@dataclass(frozen=True)
class Subsample(OwnChannel, Unary):
    """Every so many positions of one axis, from an offset on."""

    axis: str
    every: int
    offset: int = 0

    def spec(self) -> tuple[str, dict[str, object]]:
        return "subsample", {"axis": self.axis, "every": self.every, "offset": self.offset}

    def extent(self, axis: str, n: int) -> int | None:
        if axis != self.axis:
            return n
        if self.offset >= n:
            raise DoesNotFitError(f"nothing from position {self.offset} of {n} on")
        return len(range(self.offset, n, self.every))

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return (self.offset + index * self.every if axis == self.axis else index,)

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        return (1, self.every) if axis == self.axis else (1, 1)


@dataclass(frozen=True)
class Pad(OwnChannel, Unary):
    """(before, after) positions that read nothing, at both ends of some axes."""

    ends: dict[str, tuple[int, int]]

    def spec(self) -> tuple[str, dict[str, object]]:
        return "pad", {axis: list(pair) for axis, pair in self.ends.items()}

    def extent(self, axis: str, n: int) -> int | None:
        return n + sum(self.ends.get(axis, (0, 0)))

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return (index - self.ends.get(axis, (0, 0))[0],)


@dataclass(frozen=True)
class Crop(OwnChannel, Unary):
    """A part of some axes: (start, size), or the size of the middle, which starts at floor((n - size)/2)."""

    parts: dict[str, tuple[int, int] | int]

    def spec(self) -> tuple[str, dict[str, object]]:
        parts = self.parts.items()
        return "crop", {axis: part if isinstance(part, int) else list(part) for axis, part in parts}

    def part(self, axis: str, n: int) -> tuple[int, int]:
        """Where the part of one axis starts, and its size."""
        part = self.parts.get(axis, n)
        return ((n - part) // 2, part) if isinstance(part, int) else part

    def extent(self, axis: str, n: int) -> int | None:
        start, size = self.part(axis, n)
        if size < 1 or start < 0 or start + size > n:
            raise DoesNotFitError(f"{size} positions from {start} on, of {n}")
        return size

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return (index + self.part(axis, n)[0],)

    def enlarged(self, axis: str, before: Operands, after: Operands) -> Self:
        old, new = before[0], after[0]
        if axis not in self.parts or old is None or new is None:
            return self
        start, size = self.part(axis, old)
        return replace(self, parts=self.parts | {axis: (start, size + new - old)})


@dataclass(frozen=True)
class Select(OwnChannel, Unary):
    """One position of an axis, which is dropped; a negative index counts from the end."""

    axis: str
    index: int

    def spec(self) -> tuple[str, dict[str, object]]:
        return "select", {"axis": self.axis, "index": self.index}

    def extent(self, axis: str, n: int) -> int | None:
        if axis != self.axis:
            return n
        if not -n <= self.index < n:
            raise DoesNotFitError(f"position {self.index} of {n}")
        return None

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return (self.index % n if axis == self.axis else index,)

    def fixed(self, axis: str, operands: Operands) -> Collection[int]:
        return (0,) if axis == self.axis and operands[0] is not None else ()


@dataclass(frozen=True)
class TemporalShift(Unary):
    """Some channels come from `shift` frames later, some (with `causal` these alone) from as many before."""

    shift: int = 1
    causal: bool = False
    fold_div: int = 8

    def spec(self) -> tuple[str, dict[str, object]]:
        arguments: dict[str, object] = {} if self.shift == 1 else {"shift": self.shift}
        arguments |= {} if self.fold_div == 8 else {"fold_div": self.fold_div}
        return "temporal_shift", arguments | ({"causal": True} if self.causal else {})

    def wires(
        self, axis: str, channel: int, index: int, operands: Operands, counts: tuple[int, ...], *, window: bool
    ) -> Iterable[Wire]:
        part = channel // (counts[0] // self.fold_div or counts[0] + 1) if counts[0] >= self.fold_div else 2
        moves = {0: -self.shift} if self.causal else {0: self.shift, 1: -self.shift}
        return ((0, channel, index + moves.get(part, 0) * (axis == "T")),)

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        if axis != "T":
            return (index,)
        return (index - self.shift, index) if self.causal else (index - self.shift, index, index + self.shift)


@dataclass(frozen=True)
class SpaceToDepth(Unary):
    """Blocks of positions become channels."""

    factors: dict[str, int]

    def spec(self) -> tuple[str, dict[str, object]]:
        return "space_to_depth", dict(self.factors)

    def channels(self, operands: tuple[int, ...]) -> int:
        total = operands[0]
        for factor in self.factors.values():
            total *= factor
        return total

    def extent(self, axis: str, n: int) -> int | None:
        factor = self.factors.get(axis, 1)
        if n % factor:
            raise DoesNotFitError(f"{n} positions in blocks of {factor}")
        return n // factor

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        factor = self.factors.get(axis, 1)
        return [index * factor + part for part in range(factor)]

    def wires(
        self, axis: str, channel: int, index: int, operands: Operands, counts: tuple[int, ...], *, window: bool
    ) -> Iterable[Wire]:
        taken = channel
        for own in reversed([each for each in AXES if each in self.factors]):
            taken, part = divmod(taken, self.factors[own])
            index = index * self.factors[own] + part if own == axis else index
        return ((0, taken, index),)

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        return 1, self.factors.get(axis, 1)


@dataclass(frozen=True)
class Roll(OwnChannel, Unary):
    """Positions of some axes moved by a number of places, around the end.

    An endless axis is rolled in blocks of as many positions as the tensor really has, which `blocks` holds where a
    longer one stands in for it.
    """

    shifts: dict[str, int]
    blocks: dict[str, int] = field(default_factory=dict)

    def spec(self) -> tuple[str, dict[str, object]]:
        return "roll", dict(self.shifts)

    def block(self, axis: str, n: int) -> int:
        """After how many positions the moves of an axis repeat; 1 where nothing moves."""
        size = self.blocks.get(axis, n)
        return size if self.shifts.get(axis, 0) % size else 1

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        size = self.block(axis, n)
        start = index // size * size
        return (start + (index - start - self.shifts.get(axis, 0)) % size,)

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        size = 1 if operands[0] is None else self.block(axis, operands[0])
        return size, size

    def enlarged(self, axis: str, before: Operands, after: Operands) -> Self:
        return self if before[0] is None else replace(self, blocks=self.blocks | {axis: before[0]})


@dataclass(frozen=True)
class Expand(OwnChannel, Unary):
    """Axes of one position, or absent ones, repeated."""

    sizes: dict[str, int]

    def spec(self) -> tuple[str, dict[str, object]]:
        return "expand", dict(self.sizes)

    def length(self, axis: str, operands: Operands) -> int | None:
        size = self.sizes.get(axis, operands[0])
        if operands[0] not in (None, 1, size):
            raise DoesNotFitError(f"{operands[0]} positions of {axis} repeated to {size}")
        return size

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return (0 if axis in self.sizes and n == 1 else index,)

    def fixed(self, axis: str, operands: Operands) -> Collection[int]:
        return (0,) if axis in self.sizes and operands[0] in (None, 1) else ()


@dataclass(frozen=True)
class Constant(Operation):
    """Values that depend on no input, with axes and sizes of their own, or those of the input where none are given."""

    sizes: dict[str, int]
    out: int | None = None
    learned: bool = False

    def spec(self) -> tuple[str, dict[str, object]]:
        arguments: dict[str, object] = {"learned": True} if self.learned else {"value": 1.5}
        return "constant", arguments | ({} if self.out is None else {"C": self.out}) | self.sizes

    def channels(self, operands: tuple[int, ...]) -> int:
        return operands[0] if self.out is None else self.out

    def length(self, axis: str, operands: Operands) -> int | None:
        return self.sizes.get(axis) if self.sizes or self.out is not None else operands[0]

    def taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return ()

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return ()

    @property
    def reads_nothing(self) -> bool:
        return True
