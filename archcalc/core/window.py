"""Window arithmetic for one axis: convolution, transposed convolution, pooling, resampling.

Formulas are those of Dumoulin and Visin 2016 (arXiv:1603.07285) and of PyTorch's documentation.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import floor, gcd
from struct import pack, unpack
from typing import NamedTuple

from archcalc.core.problem import OperatorError
from archcalc.core.reads import Taps
from archcalc.core.work import spend

LONGEST_PATTERN = 200_000
MOST_RESAMPLED = 256
"""Pairs of sizes whose nearest neighbors are kept."""
MOST_KEPT = 1024
"""Windows whose taps are kept."""

AxisPadding = int | str | tuple[int, int]
"""Padding of one axis as written: a number, (before, after), `valid`, `same` or `causal`."""


class Window(NamedTuple):
    """A window that slides along one axis, its padding already known in positions."""

    kernel: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    ceil_mode: bool = False

    @property
    def extent(self) -> int:
        """Positions from the first tap to the last, holes included."""
        return self.dilation * (self.kernel - 1) + 1

    def padded(self, n: int) -> int:
        """Return the positions of an input of `n` with its padding."""
        return n + self.before + self.after

    def size(self, n: int) -> int:
        """Return the positions of the output for an input of `n`; below 1 when the window does not fit.

        With `ceil_mode` a window may reach beyond the padded input by less than one stride, even the first, but no
        window starts after the input and its left padding (PyTorch's pooling_output_shape).
        """
        if not self.ceil_mode:
            return max(0, (self.padded(n) - self.extent) // self.stride + 1)
        return max(0, min(self._rounded_up(n), self._starts(n)))

    def drops_last(self, n: int) -> bool:
        """Return whether `ceil_mode` drops the last window, because it would start after the input."""
        return self.ceil_mode and self._starts(n) < self._rounded_up(n)

    def _rounded_up(self, n: int) -> int:
        """Windows that reach beyond the padded input by less than one stride."""
        return -((self.extent - self.padded(n)) // self.stride) + 1

    def _starts(self, n: int) -> int:
        """Windows that start in the input or its left padding."""
        return -(-(n + self.before) // self.stride)

    def size_formula(self, n: int) -> str:
        """Return the arithmetic of `size` with its numbers in."""
        before = f" + {self.before}" if self.before else ""
        padding = f" + {self.before} + {self.after}" if self.before or self.after else ""
        rounded = "ceil" if self.ceil_mode else "floor"
        formula = f"{rounded}(({n}{padding} - {self.dilation}*({self.kernel} - 1) - 1) / {self.stride}) + 1"
        return f"min({formula}, ceil(({n}{before}) / {self.stride}))" if self.drops_last(n) else formula

    def taps(self) -> Taps:
        """Output o reads o * stride - before + dilation * j for j below kernel."""
        return _window_taps(self.kernel, self.stride, self.before, self.dilation)


@lru_cache(maxsize=MOST_KEPT)
def _window_taps(kernel: int, stride: int, before: int, dilation: int) -> Taps:
    """Return the same object for equal windows, which is found again sooner."""
    return Taps((-before,), (dilation * (kernel - 1) - before,), stride, dilation if kernel > 1 else 1)


def resolve_padding(padding: AxisPadding, n: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Padding in positions (before, after).

    `same` gives ceil(n / stride) outputs with the odd position after, as TensorFlow does; `causal` puts all of
    dilation * (kernel - 1) before.
    """
    reach = dilation * (kernel - 1)
    if isinstance(padding, tuple):
        return padding
    if isinstance(padding, int):
        return padding, padding
    if padding == "causal":
        return reach, 0
    if padding == "valid":
        return 0, 0
    needed = max(0, (-(-n // stride) - 1) * stride + reach + 1 - n)
    return needed // 2, needed - needed // 2


class TransposedWindow(NamedTuple):
    """The window of a transposed convolution along one axis: input i writes i * stride - padding + dilation * j."""

    kernel: int
    stride: int = 1
    padding: int = 0
    output_padding: int = 0
    dilation: int = 1

    def size(self, n: int) -> int:
        """(n - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1."""
        return (n - 1) * self.stride - 2 * self.padding + self.dilation * (self.kernel - 1) + self.output_padding + 1

    def size_formula(self, n: int) -> str:
        """The arithmetic of `size` with its numbers in."""
        reach = f"{self.dilation}*({self.kernel} - 1)"
        return f"({n} - 1)*{self.stride} - 2*{self.padding} + {reach} + {self.output_padding} + 1"

    def taps(self) -> Taps:
        """Phase p of the output reads the inputs i with i * stride = p + padding - dilation * j for some j.

        Those j lie stride / gcd(stride, dilation) from one another, and the inputs dilation / gcd(stride, dilation).
        """
        common = gcd(self.stride, self.dilation)
        every, step = self.stride // common, self.dilation // common
        first, last = [0] * self.stride, [-1] * self.stride
        for j in range(min(self.kernel, every)):
            read, phase = divmod(self.dilation * j - self.padding, self.stride)
            last[phase] = -read
            first[phase] = -read - (self.kernel - 1 - j) // every * step
        return Taps(tuple(first), tuple(last), 1, step)


class Multiple(NamedTuple):
    """A size that becomes `factor` times as large, without a window."""

    factor: int

    def size(self, n: int) -> int:
        """Return n * factor."""
        return n * self.factor

    def size_formula(self, n: int) -> str:
        """Return the arithmetic of `size` with its numbers in."""
        return f"{n} * {self.factor}"


SizeRule = Window | TransposedWindow | Multiple
"""What the size of an axis of the output follows from."""


def adaptive_taps(n: int, size: int) -> Taps:
    """Adaptive pooling from n to `size`: output i reads floor(i * n / size) up to ceil((i + 1) * n / size)."""
    ratio = Fraction(n, size)
    period, move = _checked(ratio.denominator), ratio.numerator
    first = tuple([i * move // period for i in range(period)])
    last = tuple([-(-i * move // period) - 1 for i in range(1, period + 1)])
    return Taps(first, last, move)


@lru_cache(maxsize=MOST_RESAMPLED)
def nearest_taps(n: int, size: int) -> Taps:
    """Return the reads of nearest-neighbor resampling from `n` to `size` positions.

    Output i reads floor(i * (n / size)) in float32, as PyTorch does on a CPU (nearest_neighbor_compute_source_index)
    for every type but float64. Rounding makes that another position than floor(i * n / size) for some pairs of sizes;
    the pattern then repeats after all `size` positions only.
    """
    scale, ratio = float32(float32(n) / float32(size)), Fraction(n, size)
    period, move = ratio.denominator, ratio.numerator
    if _rounds_to(scale, ratio, n, size):
        read = [i * move // period for i in range(_checked(period))]
        return Taps(tuple(read), tuple(read), move)
    read = [min(int(float32(i * scale)), n - 1) for i in range(_checked(size))]
    if all(read[i] == read[i - period] + move for i in range(period, size)):
        return Taps(tuple(read[:period]), tuple(read[:period]), move)
    return Taps(tuple(read), tuple(read), n)


def _rounds_to(scale: float, ratio: Fraction, n: int, size: int) -> bool:
    """Return whether rounding to float32 provably changes no position, so that no position has to be tested.

    Either all products are exact, or a product is wrong by less than 2^-23 of its value, which does not reach the
    next multiple of 1 / denominator, and is never too small if the scale was rounded up.
    """
    exact = Fraction(scale)
    if exact == ratio:
        return size * ratio.numerator < 2**24
    return exact > ratio and n * ratio.denominator <= 2**22


def float32(value: float) -> float:
    """Return the float32 nearest to a number."""
    rounded: float = unpack("f", pack("f", value))[0]
    return rounded


def linear_taps(ratio: Fraction) -> Taps:
    """Linear resampling with half-pixel centers: the two neighbors of (i + 1/2) * ratio - 1/2 that weigh anything."""
    period, move = _checked(ratio.denominator), ratio.numerator
    centers = [(2 * i + 1) * move - period for i in range(period)]  # times 2 * period
    first = tuple([center // (2 * period) for center in centers])
    last = tuple([-(-center // (2 * period)) for center in centers])
    return Taps(first, last, move)


def rolled_taps(n: int, shift: int) -> Taps:
    """Each of `n` positions reads the one `shift` places before it, around the end."""
    _checked(n)
    read = tuple((position - shift) % n for position in range(n))
    return Taps(read, read, move=n)


def block_taps(window: int, shift: int) -> Taps:
    """Return the taps of attention within windows of `window` positions with borders at shift + k * window."""
    first = tuple([(i - shift) // _checked(window) * window + shift for i in range(window)])
    return Taps(first, tuple([start + window - 1 for start in first]), window)


def _checked(period: int) -> int:
    """Return a period whose pattern will be written down; OperatorError if it is too long, or costs too much."""
    if period > LONGEST_PATTERN:
        raise OperatorError(
            f"a pattern of reads that repeats only after {period:,} positions",
            f"one that repeats within {LONGEST_PATTERN:,}",
            hint="sizes with a common divisor repeat sooner",
        )
    spend(4 * period)
    return period


def block_window(n: int, size: int) -> Window:
    """Blocks of `size` positions side by side; the last one may reach over the end, into padding."""
    return Window(size, size, after=-n % size)


def part_window(n: int, start: int | None, size: int) -> Window:
    """`size` positions from `start` on, or of the middle; what is cut off is negative padding."""
    first = (n - size) // 2 if start is None else start
    return Window(1, before=-first, after=first + size - n)


def scaled_size(n: int, scale: float) -> int:
    """floor(n * scale) in double precision, as PyTorch works it out."""
    return floor(n * scale)


def check_fits(window: Window, n: int, axis: str) -> int:
    """Return the output size along an axis; raise OperatorError, naming the axis, when the window does not fit."""
    size = window.size(n)
    if size >= 1:
        return size
    padded = f" (padded to {window.padded(n)})" if window.before or window.after else ""
    dilated = f" (dilated to {window.extent})" if window.dilation > 1 else ""
    larger = "less than one stride larger than" if window.ceil_mode else "no larger than"
    raise OperatorError(
        f"a kernel of {window.kernel}{dilated} does not fit the {n} positions of axis {axis}{padded}",
        f"a window {larger} its padded input",
        argument="kernel",
    )
