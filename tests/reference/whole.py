"""The operations that read an axis as a whole: global pools, recurrence, attention."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from math import prod

from .operation import DoesNotFitError, Operands, Operation, OwnChannel, Tap, Unary, Wire


@dataclass(frozen=True)
class Whole(OwnChannel, Unary):
    """An operation that reads some axes completely.

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

    def wires(
        self, axis: str, channel: int, index: int, operands: Operands, counts: tuple[int, ...], *, window: bool
    ) -> Iterable[Wire]:
        taken, frame = divmod(channel, self.frames)
        if axis != "T" or operands[0] is None:
            return ((0, taken, 0 if operands[0] is None else index),)
        return () if window else ((0, taken, frame),)


@dataclass(frozen=True)
class Flatten(Whole):
    """All positions into channels, the last axis fastest; no axis is left. `sizes` are those of the tensor, by axis."""

    op: str = "flatten"
    axes: tuple[str, ...] = ("T", "H", "W")
    keeps: str = "drop"
    sizes: dict[str, int] = field(default_factory=dict)

    def channels(self, operands: tuple[int, ...]) -> int:
        return operands[0] * prod(self.sizes.values())

    def wires(
        self, axis: str, channel: int, index: int, operands: Operands, counts: tuple[int, ...], *, window: bool
    ) -> Iterable[Wire]:
        taken, place = channel, 0
        for own in ("W", "H", "T"):
            taken, digit = divmod(taken, self.sizes.get(own, 1))
            place = digit if own == axis else place
        return () if window and self.whole(axis, operands) else ((0, taken, place),)


@dataclass(frozen=True)
class JoinAxes(Whole):
    """Axes joined to the last of them, of which at times `keep` positions stay; each may be any. `sizes`: by axis."""

    op: str = "join_axes"
    axes: tuple[str, ...] = ()
    keeps: str = "joined"
    sizes: dict[str, int] = field(default_factory=dict)
    keep: int | None = None

    def spec(self) -> tuple[str, dict[str, object]]:
        return self.op, {"axes": list(self.axes)} | ({} if self.keep is None else {"keep": self.keep})

    def extent(self, axis: str, n: int) -> int | None:
        if axis not in self.axes:
            return n
        if axis != self.axes[-1]:
            return None
        count = n * prod(self.sizes[other] for other in self.axes[:-1])
        if self.keep is not None and self.keep > count:
            raise DoesNotFitError(f"{self.keep} of {count} positions")
        return self.keep or count


@dataclass(frozen=True)
class Recurrent(Unary):
    """A sequence over T: frame t has seen frames 0..t, or all of them in both directions. `last` leaves one frame.

    `reverse` has seen frames t..n - 1. The past and the future have no end on an infinite input.
    """

    op: str
    hidden: int
    last: bool = False
    both_ways: bool = False
    reverse: bool = False

    def spec(self) -> tuple[str, dict[str, object]]:
        arguments: dict[str, object] = {"hidden_size": self.hidden, "output": "last" if self.last else "sequence"}
        arguments |= {"bidirectional": True} if self.both_ways else {}
        return self.op, arguments | ({"reverse": True} if self.reverse else {})

    def channels(self, operands: tuple[int, ...]) -> int:
        return (1 + self.both_ways) * self.hidden

    def extent(self, axis: str, n: int) -> int | None:
        return None if axis == "T" and self.last else n

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        if axis != "T":
            return (index,)
        if self.last or self.both_ways:
            return range(n)
        return range(index, n) if self.reverse else range(index + 1)

    def whole(self, axis: str, operands: Operands) -> bool:
        return axis == "T"

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return () if self.whole(axis, operands) else self.taps(axis, index, operands)


@dataclass(frozen=True)
class ConvRecurrent(Recurrent):
    """A sequence over T of `steps` frames, each of which widens what a position has seen of H and W by kernel - 1."""

    kernel: int = 3
    steps: int = 1

    def spec(self) -> tuple[str, dict[str, object]]:
        output = "last" if self.last else "sequence"
        arguments: dict[str, object] = {"out": self.hidden, "kernel": self.kernel, "output": output}
        return self.op, arguments | ({"reverse": True} if self.reverse else {})

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        if axis == "T":
            return super().reads(axis, index, n)
        margin = self.steps * (self.kernel // 2)
        return range(index - margin, index + margin + 1)


@dataclass(frozen=True)
class Attention(Unary):
    """Self-attention over some axes, in windows or over whole axes.

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

    def covers(self, axis: str, n: int) -> bool:
        """Whether every position of the axis sees every other."""
        return axis in self.over and (not self.window or n <= self.window[self.over.index(axis)])

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        if axis not in self.over:
            return (index,)
        if self.covers(axis, n):
            return range(n)
        at = self.over.index(axis)
        width, shift = self.window[at], self.shift[at]
        start = shift + (index - shift) // width * width
        return range(start, start + width)

    def whole(self, axis: str, operands: Operands) -> bool:
        n = operands[0]
        return n is not None and self.covers(axis, n)

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return ((0, index),) if self.whole(axis, operands) else self.taps(axis, index, operands)

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        if axis not in self.over or self.whole(axis, operands):
            return 1, 1
        width = self.window[self.over.index(axis)]
        return width, width


@dataclass(frozen=True)
class GroupNorm(Unary):
    """Each channel at its own position, with the statistics of its group of channels over all positions."""

    groups: int

    def spec(self) -> tuple[str, dict[str, object]]:
        return "group_norm", {"num_groups": self.groups}

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return range(n)

    def whole(self, axis: str, operands: Operands) -> bool:
        return operands[0] is not None

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return ((0, index),)

    def group_size(self, count: int) -> int:
        """How many of so many channels are in one group."""
        return count // self.groups

    def wires(
        self, axis: str, channel: int, index: int, operands: Operands, counts: tuple[int, ...], *, window: bool
    ) -> Iterable[Wire]:
        size = self.group_size(counts[0])
        first = channel // size * size
        around = () if window else ((0, c, i) for c in range(first, first + size) for i in range(operands[0] or 1))
        return ((0, channel, index), *around)


@dataclass(frozen=True)
class InstanceNorm(GroupNorm):
    """Each channel with its own statistics."""

    groups: int = 0

    def spec(self) -> tuple[str, dict[str, object]]:
        return "instance_norm", {}

    def group_size(self, count: int) -> int:
        return 1


@dataclass(frozen=True)
class DotProduct(Operation):
    """A non-local product of theta, phi and g: theta at its own position, phi and g at all of theirs."""

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return (channel,) if at == 2 else range(counts[at])

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
        everything = [(at, i) for at in range(1, len(operands)) for i in range(operands[at] or 0)]
        return [*self.window_taps(axis, index, operands), *everything]

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return [(0, index), *((at, 0) for at in range(1, len(operands)) if operands[at] is None)]

    def whole(self, axis: str, operands: Operands) -> bool:
        return operands[1] is not None

    def whole_operands(self, axis: str, operands: Operands) -> Collection[int]:
        return range(1, len(operands)) if self.whole(axis, operands) else ()

    def fixed(self, axis: str, operands: Operands) -> Collection[int]:
        lacking = operands[0] is not None and operands[1] is None
        return range(1, len(operands)) if lacking else ()


@dataclass(frozen=True)
class Attend(DotProduct):
    """The product inside an attention whose queries, keys and values were brought to grids of their own."""

    over: tuple[str, ...] = ()

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return range(counts[at])

    def length(self, axis: str, operands: Operands) -> int | None:
        if axis not in self.over and len(set(operands)) > 1:
            raise DoesNotFitError(f"queries and keys must agree on {axis}")
        return super().length(axis, operands)

    def taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return super().taps(axis, index, operands) if axis in self.over else [(at, index) for at in range(3)]

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return super().window_taps(axis, index, operands) if axis in self.over else self.taps(axis, index, operands)

    def whole(self, axis: str, operands: Operands) -> bool:
        return axis in self.over


@dataclass(frozen=True)
class Matmul(Operation):
    """A product of matrices: a row of the first tensor and a column of the second; None for rows of channels."""

    rows: str | None
    columns: str

    def spec(self) -> tuple[str, dict[str, object]]:
        return "matmul", {}

    def channels(self, operands: tuple[int, ...]) -> int:
        return operands[0]

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return range(counts[at]) if at == 1 and self.rows is None else (channel,)

    def length(self, axis: str, operands: Operands) -> int | None:
        if axis not in (self.rows, self.columns) and operands[0] != operands[1]:
            raise DoesNotFitError(f"matrices that differ on {axis}")
        return operands[1] if axis == self.columns else operands[0]

    def taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        summed = self.whole_operands(axis, operands)
        return [(at, i) for at in range(2) for i in (range(operands[at] or 1) if at in summed else (index,))]

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        return [(at, index) for at in range(2) if at not in self.whole_operands(axis, operands)]

    def whole(self, axis: str, operands: Operands) -> bool:
        return axis in (self.rows, self.columns)

    def whole_operands(self, axis: str, operands: Operands) -> Collection[int]:
        return (0,) * (axis == self.columns) + (1,) * (axis == self.rows)
