"""The operations that do not slide: pointwise, merging, moving, dropping axes, and those that see a whole axis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

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
        moving = self.windowed(axis, operands)
        return [(at, index if at in moving else 0) for at in range(len(operands))]

    def windowed(self, axis: str, operands: Operands) -> frozenset[int]:
        longest = self.length(axis, operands)
        return frozenset(at for at, n in enumerate(operands) if n == longest)


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
class Margin(Unary):
    """`pad` adds positions that read nothing at both ends of some axes; `crop` takes them away."""

    op: str
    ends: dict[str, tuple[int, int]] = field(default_factory=dict)

    def spec(self) -> tuple[str, dict[str, object]]:
        return self.op, {axis: list(pair) for axis, pair in self.ends.items()}

    def added(self, axis: str) -> tuple[int, int]:
        """How many positions come to both ends; negative for a crop."""
        before, after = self.ends.get(axis, (0, 0))
        return (before, after) if self.op == "pad" else (-before, -after)

    def extent(self, axis: str, n: int) -> int | None:
        length = n + sum(self.added(axis))
        if length < 1:
            raise DoesNotFitError(f"a crop leaves {length} of {n}")
        return length

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return (index - self.added(axis)[0],)


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

    def windowed(self, axis: str, operands: Operands) -> frozenset[int]:
        return frozenset() if axis in self.axes else frozenset({0})


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
    """A sequence over T: frame t has seen frames 0..t."""

    op: str
    hidden: int

    def spec(self) -> tuple[str, dict[str, object]]:
        return self.op, {"out": self.hidden}

    def channels(self, operands: tuple[int, ...]) -> int:
        return self.hidden

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return range(index + 1) if axis == "T" else (index,)

    def windowed(self, axis: str, operands: Operands) -> frozenset[int]:
        return frozenset() if axis == "T" else frozenset({0})


@dataclass(frozen=True)
class Attention(Unary):
    """Self-attention over some axes, in windows if told so.

    Windows on an axis of n positions: all of it where n <= window, and then unshifted. Else, with a shift s, the grid
    is padded up to a multiple of the window, rolled by s and cut into windows, and a window that joins both ends is
    masked: position i belongs to the block [s + k*window, s + (k + 1)*window) that holds it, for any integer k.
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

    def windowed(self, axis: str, operands: Operands) -> frozenset[int]:
        n = operands[0]
        return frozenset() if n is not None and self.sees_all(axis, n) else frozenset({0})

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        if axis not in self.over or not self.window or not self.windowed(axis, operands):
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

    def windowed(self, axis: str, operands: Operands) -> frozenset[int]:
        return frozenset({0})
