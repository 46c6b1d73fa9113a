"""Convolutions in one, two and three dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from archcalc.core.window import Window
from archcalc.ops.arguments import GridAxes, Groups, Padding, Sizes
from archcalc.ops.base import Inputs, single
from archcalc.ops.computed_weights import NORMALIZED, STANDARDIZED, WeightRule
from archcalc.ops.convolving import Convolving
from archcalc.ops.dimensional import Dimensional
from archcalc.ops.windowed import MOST_KEPT, Windowed, check_window_arguments


@dataclass(frozen=True, kw_only=True)
class Conv(Dimensional, Convolving, Windowed):
    """Convolution over T|D, H, W; weights are (out, in/groups, kernel).

    `groups: depthwise` gives every channel its own kernel; `out` then defaults to the input's channels. `in_channels`
    may be written and is then checked. `over` names other axes to slide along.
    """

    page: ClassVar[str] = """\
`weight_standardization: true` normalizes the weights of each output channel before they are used (Qiao et al. 2019,
arXiv:1903.10520); it counts 5 elementwise operations per weight. `weight_norm: true` learns the norm of the weights of
each output channel (Salimans and Kingma 2016, arXiv:1602.07868), one more weight per output; it counts 3 operations per
weight.
Saved for backward: the input; its copy if it is padded unevenly or other axes are folded into the batch; standardized
or normalized weights, and their statistics.
Reference: torch.nn.functional.{word}."""

    kernel: Sizes
    out: int | None = None
    stride: Sizes = 1
    padding: Padding = 0
    dilation: Sizes = 1
    groups: Groups = 1
    bias: bool = True
    in_channels: int | None = None
    weight_standardization: bool = False
    weight_norm: bool = False
    over: GridAxes | None = None

    @property
    def weight_rule(self) -> WeightRule | None:
        """Return how the weights are computed, if `weight_standardization` or `weight_norm` asks for it."""
        if self.weight_standardization:
            return STANDARDIZED
        return NORMALIZED if self.weight_norm else None

    def __post_init__(self) -> None:
        if self.weight_standardization and self.weight_norm:
            raise OperatorError("weight_norm and weight_standardization", "one of them", argument="weight_norm")
        check_window_arguments(self.kernel, self.stride, self.padding, self.dilation)
        self.check_channels()

    def geometry(self) -> tuple[Sizes, Sizes, Padding, Sizes, bool]:
        """Kernel, stride, padding, dilation; sizes are rounded down."""
        return self.kernel, self.stride, self.padding, self.dilation, False

    def check_window(self, window: Window, n: int, axis: str) -> None:
        """A convolution takes every window that fits."""

    def weight_channels(self, inputs: Inputs) -> tuple[tuple[str, int], tuple[str, int]]:
        """Outputs by inputs, the inputs of one group."""
        out, channels, groups = self.channels(single(inputs))
        return ("out", out), ("in / groups" if groups > 1 else "in", channels // groups)

    def ends_before(self, inputs: Inputs) -> tuple[tuple[int, int], ...]:
        """Return the paddings by axis where two ends differ, which torch.nn's convolution cannot do; else none."""
        ends = tuple([(window.before, window.after) for window in self.windows(inputs).values()])
        return ends if any(before != after for before, after in ends) else ()

    def places(self, inputs: Inputs) -> tuple[str, Shape]:
        """Every position of the output."""
        return "out", self.output_shape(inputs)

    def output_shape(self, inputs: Inputs) -> Shape:
        """`out` channels; each size floor((n + before + after - dilation * (k - 1) - 1) / stride) + 1."""
        return _output_shape(self, single(inputs))


@lru_cache(maxsize=MOST_KEPT)
def _output_shape(conv: Conv, shape: Shape) -> Shape:
    """Kept because arithmetic and memory of one layer ask for it too."""
    out = conv.output_channels(shape)
    return conv.grid_shape((shape,)).with_channels(out)


class Conv1d(Conv, dims=1, example="conv1d: {out: 64, kernel: 3, padding: 1}"):
    """Convolution along T (or D), with the same weights at every H and W."""


class Conv2d(Conv, dims=2, example="conv2d: {out: 64, kernel: [3, 3], padding: 1}"):
    """Convolution along H and W, frame-wise (with the same weights for every frame)."""


class Conv3d(
    Conv,
    dims=3,
    example="conv3d: {out: 64, kernel: [3, 7, 7], stride: [1, 2, 2], padding: [1, 3, 3], bias: false}",
):
    """Convolution along T (or D), H and W."""
