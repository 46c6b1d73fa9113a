"""Transposed convolutions in one, two and three dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from archcalc.core.window import TransposedWindow
from archcalc.ops.arguments import GridAxes, Groups, Sizes
from archcalc.ops.base import Inputs, Sliding, per_axis, require_at_least, single, window_axes
from archcalc.ops.computed_weights import NORMALIZED, WeightRule
from archcalc.ops.convolving import Convolving
from archcalc.ops.dimensional import Dimensional
from archcalc.ops.windowed import check_window_arguments


@dataclass(frozen=True, kw_only=True)
class ConvTranspose(Dimensional, Convolving, Sliding):
    """Transposed convolution over T|D, H, W; weights are (in, out/groups, kernel).

    Every input position writes a whole kernel, so the arithmetic follows the input's size. Tokens do not change.
    `in_channels` may be written and is then checked.
    """

    page: ClassVar[str] = """\
Sizes (n - 1) * stride - 2 * padding + dilation * (k - 1) + output_padding + 1. Multiply-accumulates: in *
out/groups * kernel at every input position; elementwise: one addition per output element for the bias.
`weight_norm: true` learns the norm of the weights of each input channel, as PyTorch does (Salimans and Kingma 2016,
arXiv:1602.07868): one more weight per input channel, and 3 operations per weight.
Saved for backward: the input; its copy if other axes are folded into the batch; normalized weights and their norms.
Reference: torch.nn.functional.{word}."""

    kernel: Sizes
    out: int | None = None
    stride: Sizes = 1
    padding: Sizes = 0
    output_padding: Sizes = 0
    groups: Groups = 1
    bias: bool = True
    dilation: Sizes = 1
    in_channels: int | None = None
    weight_norm: bool = False
    over: GridAxes | None = None

    @property
    def weight_rule(self) -> WeightRule | None:
        """Return how the weights are computed, if `weight_norm` asks for it."""
        return NORMALIZED if self.weight_norm else None

    def __post_init__(self) -> None:
        check_window_arguments(self.kernel, self.stride, self.padding, self.dilation)
        require_at_least(0, "output_padding", self.output_padding)
        self.check_channels()

    def windows(self, inputs: Inputs) -> dict[str, TransposedWindow]:
        """Kernel, stride, padding, output padding and dilation, by axis."""
        axes = window_axes(single(inputs), self.dims, self.title, self.over)
        return {
            axis: TransposedWindow(*values)
            for axis, *values in zip(
                axes,
                per_axis(self.kernel, axes, "kernel"),
                per_axis(self.stride, axes, "stride"),
                per_axis(self.padding, axes, "padding"),
                per_axis(self.output_padding, axes, "output_padding"),
                per_axis(self.dilation, axes, "dilation"),
                strict=True,
            )
        }

    def output_shape(self, inputs: Inputs) -> Shape:
        """`out` channels; sizes (n - 1) * stride - 2 * padding + dilation * (k - 1) + output_padding + 1."""
        shape = single(inputs)
        sizes = {axis: fitted(window, shape[axis], axis) for axis, window in self.windows(inputs).items()}
        return shape.resized({**sizes, "C": self.output_channels(shape)})

    def weight_channels(self, inputs: Inputs) -> tuple[tuple[str, int], tuple[str, int]]:
        """Inputs by outputs, the outputs of one group."""
        out, channels, groups = self.channels(single(inputs))
        return ("in", channels), ("out / groups" if groups > 1 else "out", out // groups)

    def ends_before(self, inputs: Inputs) -> tuple[tuple[int, int], ...]:
        """Return none: a transposed convolution crops."""
        del inputs
        return ()

    def places(self, inputs: Inputs) -> tuple[str, Shape]:
        """Every position of the input; what falls into the cropped border is counted too, as PyTorch and fvcore do."""
        return "in", single(inputs)


def fitted(window: TransposedWindow, n: int, axis: str) -> int:
    """The output size along an axis; OperatorError for what PyTorch refuses."""
    if window.output_padding >= max(window.stride, window.dilation):
        raise OperatorError(
            f"output_padding {window.output_padding} with stride {window.stride} and dilation {window.dilation} "
            f"on axis {axis}",
            "less than the stride or the dilation",
            argument="output_padding",
        )
    size = window.size(n)
    if size < 1:
        raise OperatorError(
            f"padding {window.padding} leaves {size} of axis {axis}, which has {n} positions",
            "at least one position",
            argument="padding",
        )
    return size


class ConvTranspose1d(ConvTranspose, dims=1, example="conv_transpose1d: {out: 64, kernel: 4, stride: 2, padding: 1}"):
    """Transposed convolution along T (or D), with the same weights at every H and W."""


class ConvTranspose2d(
    ConvTranspose,
    dims=2,
    example="conv_transpose2d: {out: 64, kernel: 3, stride: 2, padding: 1, output_padding: 1}",
):
    """Transposed convolution along H and W, frame-wise (with the same weights for every frame)."""


class ConvTranspose3d(
    ConvTranspose,
    dims=3,
    example="conv_transpose3d: {out: 64, kernel: [1, 2, 2], stride: [1, 2, 2]}",
):
    """Transposed convolution along T (or D), H and W."""
