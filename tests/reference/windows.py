"""Operations that slide: convolutions, pools, transposed convolutions, adaptive pools, interpolation."""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import c_float
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd
from typing import Self, TypeAlias

from .operation import DoesNotFitError, Operands, OwnChannel, Unary

Padding: TypeAlias = int | tuple[int, int] | str
"""A number for both ends, (before, after), or valid, same, causal."""


def amounts(padding: Padding, n: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """How many positions are added before and after.

    `same` adds as few as make the output ceil(n / stride) long, the odd one after. `causal` adds all of them before.
    """
    reach = dilation * (kernel - 1)
    match padding:
        case int():
            return padding, padding
        case (before, after):
            return before, after
        case "valid":
            return 0, 0
        case "causal":
            return reach, 0
        case "same":
            last_start = stride * (-(-n // stride) - 1)
            total = max(0, last_start + reach + 1 - n)
            return total // 2, total - total // 2
    raise ValueError(padding)


def count_windows(n: int, padded: tuple[int, int], span: int, stride: int, *, ceil_mode: bool) -> int:
    """How many windows fit, found by placing one after the other.

    With ceil_mode a window may hang over the end by less than a stride, if it starts inside the input or the padding
    before it.
    """
    before, after = padded
    overhang = stride - 1 if ceil_mode else 0
    count, start = 0, -before
    while start + span <= n + after + overhang and not (ceil_mode and start >= n):
        count, start = count + 1, start + stride
    return count


def plain(values: tuple[object, ...]) -> object:
    """One value for all axes where they agree, else a list; a pair is never left alone: it would read as two axes."""
    first = values[0]
    if isinstance(first, tuple) or any(value != first for value in values):
        return [list(value) if isinstance(value, tuple) else value for value in values]
    return first


@dataclass(frozen=True)
class Window(Unary):
    """A convolution (it sets `out` channels) or a pool (it keeps them): the same window at every stride."""

    op: str
    axes: tuple[str, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[Padding, ...]
    dilation: tuple[int, ...]
    out: int | None = None
    ceil_mode: bool = False
    groups: int = 1

    def spec(self) -> tuple[str, dict[str, object]]:
        arguments: dict[str, object] = {} if self.out is None else {"out": self.out}
        arguments |= {"kernel": plain(self.kernel), "stride": plain(self.stride)}
        if any(padding != 0 for padding in self.padding):
            arguments["padding"] = plain(self.padding)
        if any(dilation != 1 for dilation in self.dilation):
            arguments["dilation"] = plain(self.dilation)
        arguments |= {"groups": self.groups} if self.groups > 1 else {}
        return self.op, arguments | ({"ceil_mode": True} if self.ceil_mode else {})

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        if self.out is None:
            return (channel,)
        group, size = channel // (self.out // self.groups), counts[at] // self.groups
        return range(group * size, (group + 1) * size)

    def channels(self, operands: tuple[int, ...]) -> int:
        return operands[0] if self.out is None else self.out

    def length(self, axis: str, operands: Operands) -> int | None:
        if axis in self.axes and operands[0] is None:
            raise DoesNotFitError(f"{self.op} needs axis {axis}")
        return super().length(axis, operands)

    def extent(self, axis: str, n: int) -> int | None:
        if axis not in self.axes:
            return n
        kernel, stride, padded, dilation = self.on(axis, n)
        span = dilation * (kernel - 1) + 1
        if self.out is None:
            self.refuse(n, kernel, padded)
        count = count_windows(n, padded, span, stride, ceil_mode=self.ceil_mode)
        if not count:
            raise DoesNotFitError(f"a window of {span} on {n} + {padded}")
        return count

    def refuse(self, n: int, kernel: int, padded: tuple[int, int]) -> None:
        """What PyTorch refuses of a pool: padding beyond half the kernel, a 3-D average over less than a kernel."""
        if max(padded) > kernel // 2:
            raise DoesNotFitError(f"a pool of {kernel} padded by {padded}")
        if self.op == "avg_pool3d" and n < kernel:
            raise DoesNotFitError(f"an average pool of {kernel} on {n}")

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        if axis not in self.axes:
            return (index,)
        kernel, stride, (before, _), dilation = self.on(axis, n)
        return [index * stride - before + dilation * tap for tap in range(kernel)]

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        return (1, self.stride[self.axes.index(axis)]) if axis in self.axes else (1, 1)

    def on(self, axis: str, n: int) -> tuple[int, int, tuple[int, int], int]:
        """Kernel, stride, resolved padding and dilation of one axis."""
        at = self.axes.index(axis)
        kernel, stride, dilation = self.kernel[at], self.stride[at], self.dilation[at]
        return kernel, stride, amounts(self.padding[at], n, kernel, stride, dilation), dilation


@dataclass(frozen=True)
class Transposed(Unary):
    """A transposed convolution: input i, tap j writes to output i*stride - padding + dilation*j."""

    op: str
    axes: tuple[str, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    output_padding: tuple[int, ...]
    dilation: tuple[int, ...]
    out: int

    def spec(self) -> tuple[str, dict[str, object]]:
        arguments: dict[str, object] = {"out": self.out, "kernel": plain(self.kernel), "stride": plain(self.stride)}
        for name, values, default in (
            ("padding", self.padding, 0),
            ("output_padding", self.output_padding, 0),
            ("dilation", self.dilation, 1),
        ):
            if any(value != default for value in values):
                arguments[name] = plain(values)
        return self.op, arguments

    def channels(self, operands: tuple[int, ...]) -> int:
        return self.out

    def extent(self, axis: str, n: int) -> int | None:
        if axis not in self.axes:
            return n
        at = self.axes.index(axis)
        if self.output_padding[at] >= max(self.stride[at], self.dilation[at]):
            raise DoesNotFitError("output padding must be smaller than the stride or the dilation")
        last = (n - 1) * self.stride[at] + self.dilation[at] * (self.kernel[at] - 1)
        length = last + 1 - 2 * self.padding[at] + self.output_padding[at]
        if length < 1:
            raise DoesNotFitError("nothing is left of a transposed convolution")
        return length

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        if axis not in self.axes:
            return (index,)
        at = self.axes.index(axis)
        written = [index + self.padding[at] - self.dilation[at] * tap for tap in range(self.kernel[at])]
        return [place // self.stride[at] for place in written if place % self.stride[at] == 0]

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        return (self.stride[self.axes.index(axis)], 1) if axis in self.axes else (1, 1)


@dataclass(frozen=True)
class Sized(OwnChannel, Unary):
    """An operation whose output size is an argument. It moves by n inputs for every `size` outputs."""

    op: str
    axes: tuple[str, ...]
    size: tuple[int, ...]

    def extent(self, axis: str, n: int) -> int | None:
        return self.size[self.axes.index(axis)] if axis in self.axes else n

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        n = operands[0]
        if axis not in self.axes or n is None:
            return 1, 1
        size = self.size[self.axes.index(axis)]
        return size // gcd(size, n), n // gcd(size, n)

    def enlarged(self, axis: str, before: Operands, after: Operands) -> Self:
        old, new = before[0], after[0]
        if axis not in self.axes or old is None or new is None:
            return self
        at = self.axes.index(axis)
        size = Fraction(self.size[at] * new, old)
        if size.denominator != 1:
            raise DoesNotFitError(f"{new} positions do not scale by {self.size[at]}/{old}")
        return replace(self, size=(*self.size[:at], int(size), *self.size[at + 1 :]))


@dataclass(frozen=True)
class Adaptive(Sized):
    """Adaptive pooling: output i reads floor(i*n/size) up to, not including, ceil((i + 1)*n/size)."""

    def spec(self) -> tuple[str, dict[str, object]]:
        return self.op, {"output_size": plain(self.size)}

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        if axis not in self.axes:
            return (index,)
        size = self.size[self.axes.index(axis)]
        return range(index * n // size, -(-(index + 1) * n // size))


@dataclass(frozen=True)
class Interpolate(Sized):
    """Resampling: `nearest` takes floor(i * (n / size)) in float32, which may repeat only after all `size` outputs.

    Linear modes mix the two neighbors of (i + 1/2)*n/size - 1/2; a neighbor of weight zero is not read. `real` has the
    sizes by axis before the input was enlarged: nearest then repeats the pattern that they give.
    """

    mode: str = "nearest"
    scale: tuple[float, ...] = ()
    real: tuple[tuple[str, int, int], ...] = ()

    def spec(self) -> tuple[str, dict[str, object]]:
        how: dict[str, object] = {"scale": plain(self.scale)} if self.scale else {"size": plain(self.size)}
        return self.op, how | {"mode": self.mode}

    def pattern(self, axis: str, n: int) -> tuple[int, int]:
        """The sizes of input and output from which the pattern of nearest follows."""
        before = {own: (old, new) for own, old, new in self.real}
        return before.get(axis, (n, self.size[self.axes.index(axis)]))

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        if axis not in self.axes:
            return (index,)
        if self.mode == "nearest":
            old, new = self.pattern(axis, n)
            repeats, inside = divmod(index, new)
            return (repeats * old + nearest(inside, old, new),)
        size = self.size[self.axes.index(axis)]
        place = Fraction((2 * index + 1) * n - size, 2 * size)
        left = place.numerator // place.denominator
        return (left,) if place == left else (left, left + 1)

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        n = operands[0]
        if self.mode != "nearest" or axis not in self.axes or n is None:
            return super().step(axis, operands)
        old, new = self.pattern(axis, n)
        exact = all(nearest(i, old, new) == i * old // new for i in range(new))
        return (new // gcd(old, new), old // gcd(old, new)) if exact else (new, old)

    def enlarged(self, axis: str, before: Operands, after: Operands) -> Self:
        larger = super().enlarged(axis, before, after)
        n = before[0]
        return larger if axis not in self.axes or n is None else replace(
            larger, real=(*self.real, (axis, *self.pattern(axis, n)))
        )  # fmt: skip


def nearest(index: int, n: int, size: int) -> int:
    """The position that PyTorch reads, which works in C's float."""
    scale = c_float(c_float(n).value / c_float(size).value).value
    return min(int(c_float(index * scale).value), n - 1)
