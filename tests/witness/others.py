"""The operations that do not slide: pointwise, merging, moving, dropping axes, and those that see a whole axis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from .operation import DoesNotFitError, Operands, Operation, Tap, Unary


@dataclass(frozen=True)
class Pointwise(Unary):
    """An operation that works at every position on its own (relu, batch_norm, linear, identity)."""

    op: str
    out: int | None = None

    def spec(self) -> tuple[str, dict[str, object]]:
        return self.op, {} if self.out is None else {"out": self.out}

    def channels(self, operands: tuple[int, ...]) -> int:
        return operands[0] if self.out is None else self.out


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

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return [(at, index) for at in range(len(operands)) if at not in self.stretched(axis, operands)]

    def whole(self, axis: str, operands: Operands) -> bool:
        return bool(self.stretched(axis, operands))

    def stretched(self, axis: str, operands: Operands) -> list[int]:
        """The operands of which the one position is read by every output."""
        longest = self.length(axis, operands)
        return [at for at, n in enumerate(operands) if n != longest]


@dataclass(frozen=True)
class Subsample(Unary):
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
class Pad(Unary):
    """(before, after) positions that read nothing, at both ends of some axes."""

    ends: dict[str, tuple[int, int]]

    def spec(self) -> tuple[str, dict[str, object]]:
        return "pad", {axis: list(pair) for axis, pair in self.ends.items()}

    def extent(self, axis: str, n: int) -> int | None:
        return n + sum(self.ends.get(axis, (0, 0)))

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return (index - self.ends.get(axis, (0, 0))[0],)


@dataclass(frozen=True)
class Crop(Unary):
    """A part of some axes: (start, size)."""

    parts: dict[str, tuple[int, int]]

    def spec(self) -> tuple[str, dict[str, object]]:
        return "crop", {axis: list(part) for axis, part in self.parts.items()}

    def extent(self, axis: str, n: int) -> int | None:
        start, size = self.parts.get(axis, (0, n))
        if size < 1 or start + size > n:
            raise DoesNotFitError(f"positions {start} to {start + size} of {n}")
        return size

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return (index + self.parts.get(axis, (0, n))[0],)

    def enlarged(self, axis: str, before: Operands, after: Operands) -> Self:
        old, new = before[0], after[0]
        if axis not in self.parts or old is None or new is None:
            return self
        start, size = self.parts[axis]
        return replace(self, parts=self.parts | {axis: (start, size + new - old)})


@dataclass(frozen=True)
class TemporalShift(Unary):
    """Some channels come from the frame before, some from the frame after, the rest stay."""

    def spec(self) -> tuple[str, dict[str, object]]:
        return "temporal_shift", {}

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return (index - 1, index, index + 1) if axis == "T" else (index,)


@dataclass(frozen=True)
class Fold(Unary):
    """Blocks of positions become channels."""

    factors: dict[str, int]

    def spec(self) -> tuple[str, dict[str, object]]:
        return "fold", dict(self.factors)

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

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        return 1, self.factors.get(axis, 1)


@dataclass(frozen=True)
class Whole(Unary):
    """An operation that reads the whole of some axes.

    `keeps` says what is left of such an axis: "one" position (a global pool) or none, "drop" (a mean over it, frames
    stacked into channels).
    """

    op: str
    axes: tuple[str, ...]
    keeps: str
    arguments: dict[str, object] = field(default_factory=dict)

    def spec(self) -> tuple[str, dict[str, object]]:
        return self.op, self.arguments

    def extent(self, axis: str, n: int) -> int | None:
        if axis not in self.axes:
            return n
        return 1 if self.keeps == "one" else None

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return range(n) if axis in self.axes else (index,)

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return () if self.whole(axis, operands) else self.taps(axis, index, operands)

    def whole(self, axis: str, operands: Operands) -> bool:
        return axis in self.axes and operands[0] is not None


@dataclass(frozen=True)
class StackFrames(Whole):
    """All frames into channels; T is gone."""

    op: str = "stack_frames"
    axes: tuple[str, ...] = ("T",)
    keeps: str = "drop"
    frames: int = 1

    def channels(self, operands: tuple[int, ...]) -> int:
        return self.frames * operands[0]


@dataclass(frozen=True)
class Recurrent(Unary):
    """A sequence over T: frame t has seen frames 0..t. The past has no end on an infinite input."""

    op: str
    hidden: int

    def spec(self) -> tuple[str, dict[str, object]]:
        return self.op, {"hidden_size": self.hidden, "output": "sequence"}

    def channels(self, operands: tuple[int, ...]) -> int:
        return self.hidden

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return range(index + 1) if axis == "T" else (index,)

    def whole(self, axis: str, operands: Operands) -> bool:
        return axis == "T"

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return () if self.whole(axis, operands) else self.taps(axis, index, operands)


@dataclass(frozen=True)
class Attention(Unary):
    """Self-attention over some axes, in windows if told so.

    Windows on an axis of n positions: all of it where n <= window, and then unshifted. Else, with a shift s, the grid
    is padded up to a multiple of the window, rolled by s and cut into windows, and a window that joins both ends is
    masked: position i belongs to the block [s + k*window, s + (k + 1)*window) that holds it, for any integer k.

    Where all of the axis is seen, what moves with the output is its own position, which asks the others.
    """

    over: tuple[str, ...]
    heads: int
    window: tuple[int, ...] = ()
    shift: tuple[int, ...] = ()

    def spec(self) -> tuple[str, dict[str, object]]:
        arguments: dict[str, object] = {"over": list(self.over), "heads": self.heads}
        if self.window:
            arguments |= {"window": list(self.window), "shift": list(self.shift)}
        return "attention", arguments

    def sees_all(self, axis: str, n: int) -> bool:
        """Whether every position of the axis sees every other."""
        return axis in self.over and (not self.window or n <= self.window[self.over.index(axis)])

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        if axis not in self.over:
            return (index,)
        if self.sees_all(axis, n):
            return range(n)
        at = self.over.index(axis)
        width, shift = self.window[at], self.shift[at]
        start = shift + (index - shift) // width * width
        return range(start, start + width)

    def whole(self, axis: str, operands: Operands) -> bool:
        n = operands[0]
        return n is not None and self.sees_all(axis, n)

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return ((0, index),) if self.whole(axis, operands) else self.taps(axis, index, operands)

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        if axis not in self.over or self.whole(axis, operands):
            return 1, 1
        width = self.window[self.over.index(axis)]
        return width, width


@dataclass(frozen=True)
class DotProduct(Operation):
    """A non-local product of theta, phi and g: theta at its own position, phi and g at all of theirs."""

    def spec(self) -> tuple[str, dict[str, object]]:
        return "dot_product", {}

    def channels(self, operands: tuple[int, ...]) -> int:
        if operands[0] != operands[1]:
            raise DoesNotFitError("theta and phi must have as many channels")
        return operands[2]

    def length(self, axis: str, operands: Operands) -> int | None:
        if operands[1] != operands[2]:
            raise DoesNotFitError("phi and g must lie on one grid")
        return operands[0]

    def taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        everything = [(at, i) for at in (1, 2) for i in range(operands[at] or 1)]
        return [(0, index), *everything]

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return ((0, index),)

    def whole(self, axis: str, operands: Operands) -> bool:
        return True
