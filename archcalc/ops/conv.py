"""Convolutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from archcalc.core.terms import Arithmetic, Parameters, Saved, Term, term
from archcalc.core.window import Window
from archcalc.ops.arguments import Groups, Padding, Sizes
from archcalc.ops.base import Inputs, require_at_least, single
from archcalc.ops.windowed import Windowed, check_window_arguments, grouped_channels, window_summary


@dataclass(frozen=True, kw_only=True)
class Conv(Windowed):
    """Convolution over T|D, H, W; weights are (out, in/groups, kernel).

    `groups: depthwise` gives every channel its own kernel; `out` then defaults to the input's channels.
    """

    kernel: Sizes
    out: int | None = None
    stride: Sizes = 1
    padding: Padding = 0
    dilation: Sizes = 1
    groups: Groups = 1
    bias: bool = True

    def __post_init__(self) -> None:
        check_window_arguments(self.kernel, self.stride, self.padding, self.dilation)
        require_at_least(1, "out", self.out)
        if isinstance(self.groups, int):
            require_at_least(1, "groups", self.groups)
        if self.out is None and self.groups != "depthwise":
            raise OperatorError("no 'out'", "the number of output channels", argument="out")

    def geometry(self) -> tuple[Sizes, Sizes, Padding, Sizes, bool]:
        """Kernel, stride, padding, dilation; sizes are rounded down."""
        return self.kernel, self.stride, self.padding, self.dilation, False

    def check_window(self, window: Window, n: int, axis: str) -> None:
        """A convolution takes every window that fits."""

    def channels(self, shape: Shape) -> tuple[int, int, int]:
        """Output channels, input channels and groups; OperatorError when they do not divide."""
        return grouped_channels(shape, self.out, self.groups)

    def output_shape(self, inputs: Inputs) -> Shape:
        """`out` channels; each size floor((n + before + after - dilation * (k - 1) - 1) / stride) + 1."""
        shape = single(inputs)
        out, channels, _ = self.channels(shape)
        if shape.tokens and out != channels:
            raise OperatorError(
                f"{channels} to {out} channels beside tokens, which a window lets by",
                "as many channels as before",
                argument="out",
                hint="select: {tokens: grid} first",
            )
        return self.grid_shape(inputs).resized({"C": out})

    def _kernel_factors(self, inputs: Inputs) -> tuple[tuple[str, int], ...]:
        out, channels, groups = self.channels(single(inputs))
        kernel = tuple((f"kernel {axis}", window.kernel) for axis, window in self.windows(inputs).items())
        per_group = "in / groups" if groups > 1 else "in"
        return (("out", out), (per_group, channels // groups), *kernel)

    def parameters(self, inputs: Inputs) -> Parameters:
        """Out * in/groups * kernel weights and out biases."""
        out, _, _ = self.channels(single(inputs))
        weights = (Term("weights", self._kernel_factors(inputs)),)
        return Parameters(weights, (term("biases", out=out),) if self.bias else ())

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Every output position takes out * in/groups * kernel multiply-accumulates, and one addition per bias."""
        output = self.output_shape(inputs)
        positions = tuple((f"out {axis}", output[axis]) for axis in output.grid)
        heads = (("heads", output.heads),) if output.heads > 1 else ()
        macs = Term("multiply-accumulates", self._kernel_factors(inputs) + positions + heads)
        grid = output.with_tokens(0)
        bias = (term("bias additions", elements=grid.elements),) if self.bias else ()
        return Arithmetic(macs=(macs,), elementwise=bias)

    def saved(self, inputs: Inputs) -> Saved:
        """The input."""
        del inputs
        return Saved(inputs=(0,))

    def summary(self, inputs: Inputs) -> str:
        """Kernel, channels, and stride, dilation or groups where they are not 1."""
        out, channels, groups = self.channels(single(inputs))
        windows = self.windows(inputs)
        text = window_summary(windows, f"{channels}->{out}", natural_stride=(1,) * len(windows))
        if groups == 1:
            return text
        return f"{text}, depthwise" if groups == channels else f"{text}, groups {groups}"


class Conv1d(Conv):
    """Convolution along T (or D), the same at every place.

    Example: `conv1d: {out: 64, kernel: 3, padding: 1}`. Reference: torch.nn.functional.conv1d.
    """

    dims: ClassVar[int] = 1
    title: ClassVar[str] = "Conv1D"


class Conv2d(Conv):
    """Convolution along H and W, the same in every frame.

    Example: `conv2d: {out: 64, kernel: [3, 3], padding: 1}`. Reference: torch.nn.functional.conv2d.
    """

    dims: ClassVar[int] = 2
    title: ClassVar[str] = "Conv2D"


class Conv3d(Conv):
    """Convolution along T (or D), H and W.

    Example: `conv3d: {out: 64, kernel: [3, 7, 7], stride: [1, 2, 2], padding: [1, 3, 3], bias: false}`.
    Reference: torch.nn.functional.conv3d.
    """

    dims: ClassVar[int] = 3
    title: ClassVar[str] = "Conv3D"
