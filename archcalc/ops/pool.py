"""Pools whose window slides: maximum, average, median."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from archcalc.core.terms import Arithmetic, Term
from archcalc.core.window import Window
from archcalc.ops.arguments import GridAxes, Padding, Sizes
from archcalc.ops.base import Inputs, OwnChannels, Parameterless, TokensPass
from archcalc.ops.dimensional import Dimensional
from archcalc.ops.folding import folded
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits
from archcalc.ops.windowed import Windowed, check_window_arguments, window_summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.core.strided import Sizes as TensorSizes
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape


@dataclass(frozen=True, kw_only=True)
class Pool(Dimensional, Windowed, Parameterless, OwnChannels, TokensPass):
    """A pool with a sliding window; the default stride is the kernel.

    A padding written in plain numbers is the pool's own, at most half its kernel. With `[before, after]`, `same` or
    `causal` on any axis the tensor is padded before the pool, and that limit does not hold.
    """

    traits: ClassVar[Traits] = Traits(
        family=Family.POOL, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )
    aliases: ClassVar[tuple[str, ...]] = ("kernel_size",)
    in_torch: ClassVar[bool] = True
    """Whether torch.nn has the pool, which then pads by itself if it can."""

    kernel: Sizes
    stride: Sizes | None = None
    padding: Padding = 0
    over: GridAxes | None = None

    def __post_init__(self) -> None:
        _, _, _, dilation, _ = self.geometry()
        check_window_arguments(self.kernel, self.stride, self.padding, dilation)
        if self.pads_itself:
            require_half_a_kernel(self.kernel, self.padding)

    @property
    def pads_itself(self) -> bool:
        """Whether the padding is written in plain numbers, as PyTorch's pools take it."""
        paddings = self.padding if isinstance(self.padding, tuple) else (self.padding,)
        return all(isinstance(padding, int) for padding in paddings)

    @property
    def strides(self) -> Sizes:
        """The stride, which is the kernel unless another is written."""
        return self.kernel if self.stride is None else self.stride

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return the sizes floor((n + before + after - dilation * (k - 1) - 1) / stride) + 1, or ceil with `ceil_mode`.

        With `ceil_mode` a last window that would start after the input and its left padding is dropped, and the first
        may be larger than its padded input by less than one stride.
        """
        return self.grid_shape(inputs)

    def channel_groups(self, inputs: Inputs) -> int:
        """Return 1: each channel is pooled separately in one group of windows."""
        del inputs
        return 1

    def summary(self, inputs: Inputs) -> str:
        """The kernel, and the stride where it is another, and dilation where it is not 1."""
        windows = self.windows(inputs)
        return window_summary(windows, natural_stride=tuple(window.kernel for window in windows.values()))

    def outputs(self, inputs: Inputs) -> int:
        """Numbers that the pool gives, tokens left out."""
        return self.grid_shape(inputs).grid_elements

    def volume(self, inputs: Inputs) -> tuple[tuple[str, int], ...]:
        """The kernel's size by axis, as factors of a count."""
        return tuple((f"kernel {axis}", window.kernel) for axis, window in self.windows(inputs).items())

    def own_padding(self, inputs: Inputs) -> bool:
        """Return whether the pool of torch.nn pads by itself: as written, or evenly and by at most half a kernel."""
        shape, windows = inputs[0], self.windows(inputs)
        if not self.in_torch or [w for w in windows.values() if w.before != w.after]:
            return False
        return self.pads_itself or all(2 * w.before <= w.kernel <= shape[axis] for axis, w in windows.items())

    def recorded(
        self, tape: Tape, inputs: Inputs, held: Held, pooled: Callable[[Strided, TensorSizes], Strided]
    ) -> Held:
        """Record a pool on the folded grid, in a padded copy where torch.nn does not pad; of that a part is kept."""
        (shape,) = inputs
        windows, out = self.windows(inputs), self.grid_shape(inputs)
        sizes = tuple(out[axis] for axis in windows)
        own = self.own_padding(inputs)
        ends = () if own else tuple((window.before, window.after) for window in windows.values())
        ceil_mode = self.geometry()[4]

        def step(inner: Strided) -> Strided:
            padded = tape.pad(inner, ends)
            whole = sizes if own or not ceil_mode else tuple(map(_ceil_size, windows.values(), padded.sizes[2:]))
            made = pooled(padded, (*padded.sizes[:2], *whole))
            tape.drop(padded, inner)  # held by the call until then
            if whole != sizes:
                for at, size in enumerate(sizes):
                    made = made.narrow(2 + at, size)
            return made

        return folded(tape, held, shape, tuple(windows), step)


def _ceil_size(window: Window, n: int) -> int:
    """Return the outputs of a pool with ceil_mode on a tensor that was padded before it."""
    count = -(-(n - (window.kernel - 1) * window.dilation - 1) // window.stride) + 1
    return count - 1 if (count - 1) * window.stride >= n else count


def require_half_a_kernel(kernel: Sizes, padding: Padding) -> None:
    """OperatorError for a padding of more than half the kernel, which PyTorch's pools refuse."""
    written = [value if isinstance(value, tuple) else (value,) for value in (kernel, padding)]
    axes = max(len(values) for values in written)
    kernels, paddings = (values * axes if len(values) == 1 else values for values in written)
    for size, each in zip(kernels, paddings, strict=False):
        if isinstance(size, int) and isinstance(each, int) and each > size // 2:
            raise OperatorError(
                f"padding {each} for a kernel of {size}",
                "at most half the kernel in a pool",
                argument="padding",
                hint=f"[{each}, {each}] for an axis pads the tensor before the pool",
            )


@dataclass(frozen=True, kw_only=True)
class MaxPool(Pool):
    """The largest value of each window; padding never wins."""

    page: ClassVar[str] = """\
Elementwise: kernel volume - 1 comparisons per output.
Saved for backward: the input and an int64 index per output.
Reference: torch.nn.functional.{word}."""

    dilation: Sizes = 1
    ceil_mode: bool = False

    def geometry(self) -> tuple[Sizes, Sizes, Padding, Sizes, bool]:
        """Kernel, stride, padding, dilation and ceil_mode."""
        return self.kernel, self.strides, self.padding, self.dilation, self.ceil_mode

    def check_window(self, window: Window, n: int, axis: str) -> None:
        """A maximum takes every window that fits."""

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Kernel volume - 1 comparisons per output, padding counted like any value."""
        return Arithmetic(elementwise=(comparisons(self.outputs(inputs), self.volume(inputs)),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output and int64 indices (of 1-D pools in training alone); save the input and the indices."""

        def pooled(tensor: Strided, sizes: TensorSizes) -> Strided:
            made = tape.kernel(tensor, sizes)
            if self.dims > 1 or (tape.training and tensor.requires_grad):
                indices = tape.indices(sizes)
                tape.save(tensor, indices, when=tensor.requires_grad)
                tape.drop(indices)
            return made

        return self.recorded(tape, inputs, given[0], pooled)


def comparisons(outputs: int, volume: tuple[tuple[str, int], ...]) -> Term:
    """What it takes to find the largest of a window: one comparison less than it has values."""
    values = Term("values", volume).value
    return Term("comparisons", (("outputs", outputs), ("kernel volume - 1", values - 1)))


@dataclass(frozen=True, kw_only=True)
class AvgPool(Pool):
    """The mean of each window; `count_include_pad: false` divides by the positions that are no padding."""

    page: ClassVar[str] = """\
In 3-D, an input smaller than the kernel is refused even if it would fit with padding.
Elementwise: kernel volume per output (additions and one division).
Saved for backward: the input.
Reference: torch.nn.functional.{word}."""

    ceil_mode: bool = False
    count_include_pad: bool = True

    def geometry(self) -> tuple[Sizes, Sizes, Padding, Sizes, bool]:
        """Kernel, stride, padding, no dilation, and ceil_mode."""
        return self.kernel, self.strides, self.padding, 1, self.ceil_mode

    def check_window(self, window: Window, n: int, axis: str) -> None:
        """OperatorError for an input smaller than the kernel where PyTorch asks for a whole one."""
        pooled = n if self.pads_itself else window.padded(n)
        if self.dims < 3 or pooled >= window.kernel:
            return
        raise OperatorError(
            f"a kernel of {window.kernel} on the {pooled} positions of axis {axis}",
            f"an input no smaller than the kernel before its padding, as {self.title} of PyTorch asks",
            argument="kernel",
            hint="padding as [before, after] or same pads the tensor before the pool" if self.pads_itself else "",
        )

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Kernel volume - 1 additions and one division per output, padding counted like any value."""
        factors = (("outputs", self.outputs(inputs)), *self.volume(inputs))
        return Arithmetic(elementwise=(Term("additions and divisions", factors),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; save the input."""

        def pooled(tensor: Strided, sizes: TensorSizes) -> Strided:
            shares = None if self.count_include_pad or self.own_padding(inputs) else self._shares(tape, sizes)
            tape.save(tensor, when=tensor.requires_grad)
            made = tape.kernel(tensor, sizes, ordered=self.dims == 3)
            if shares is None:
                return made
            tape.save(shares, when=tensor.requires_grad)
            divided = tape.elementwise(made, shares)
            tape.drop(made, shares)
            return divided

        return self.recorded(tape, inputs, given[0], pooled)

    @staticmethod
    def _shares(tape: Tape, sizes: TensorSizes) -> Strided:
        return tape.empty((1, 1, *sizes[2:]))


@dataclass(frozen=True, kw_only=True)
class MedianPool(Pool):
    """The median of each window, the lower of the middle two if there are two; padding holds zeros."""

    page: ClassVar[str] = """\
Elementwise: kernel volume comparisons per output.
Saved for backward: an int64 index per output.
Reference: none in PyTorch;
windows by Tensor.unfold, then torch.median."""
    in_torch: ClassVar[bool] = False

    def geometry(self) -> tuple[Sizes, Sizes, Padding, Sizes, bool]:
        """Kernel, stride and padding; no dilation, sizes are rounded down."""
        return self.kernel, self.strides, self.padding, 1, False

    def check_window(self, window: Window, n: int, axis: str) -> None:
        """A median takes every window that fits."""

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Kernel volume comparisons per output: selecting a rank takes a number of them proportional to the values."""
        factors = (("outputs", self.outputs(inputs)), *self.volume(inputs))
        return Arithmetic(elementwise=(Term("comparisons", factors),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the windows as a copy, the medians and int64 indices; save the indices."""

        def pooled(tensor: Strided, sizes: TensorSizes) -> Strided:
            windows = tensor
            for at, (window, count) in enumerate(zip(self.windows(inputs).values(), sizes[2:], strict=True)):
                windows = windows.windows(2 + at, count, window.kernel, window.stride)
            values = tape.flatten(windows, 2 + self.dims, 1 + 2 * self.dims)
            made = tape.empty(sizes, requires_grad=tensor.requires_grad)
            indices = tape.indices(sizes)
            tape.save(indices, when=tensor.requires_grad)
            tape.drop(indices)
            if values.storage != tensor.storage:
                tape.drop(values)
            return made

        return self.recorded(tape, inputs, given[0], pooled)


class MaxPool1d(MaxPool, dims=1, example="max_pool1d: {kernel: 2}"):
    """Maximum of windows along T (or D); the default stride is the kernel."""


class MaxPool2d(MaxPool, dims=2, example="max_pool2d: {kernel: 3, stride: 2, padding: 1}"):
    """Maximum of windows along H and W, frame-wise; the default stride is the kernel."""


class MaxPool3d(MaxPool, dims=3, example="max_pool3d: {kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1]}"):
    """Maximum of windows along T (or D), H and W; the default stride is the kernel."""


class AvgPool1d(AvgPool, dims=1, example="avg_pool1d: {kernel: 4, stride: 2}"):
    """Mean of windows along T (or D); the default stride is the kernel."""


class AvgPool2d(AvgPool, dims=2, example="avg_pool2d: {kernel: 2}"):
    """Mean of windows along H and W, frame-wise; the default stride is the kernel."""


class AvgPool3d(AvgPool, dims=3, example="avg_pool3d: {kernel: [2, 7, 7], stride: 1}"):
    """Mean of windows along T (or D), H and W; the default stride is the kernel."""


class MedianPool1d(MedianPool, dims=1, example="median_pool1d: {kernel: 5, stride: 1, padding: 2}"):
    """Median of windows along T (or D); the default stride is the kernel."""


class MedianPool2d(MedianPool, dims=2, example="median_pool2d: {kernel: 3, stride: 1, padding: 1}"):
    """Median of windows along H and W, frame-wise; the default stride is the kernel."""


class MedianPool3d(MedianPool, dims=3, example="median_pool3d: {kernel: [1, 3, 3], stride: 1, padding: [0, 1, 1]}"):
    """Median of windows along T (or D), H and W; the default stride is the kernel."""
