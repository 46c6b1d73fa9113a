"""Convolution whose kernel reads at places that another tensor moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import AllChannels, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.tape import Held
from archcalc.core.terms import Arithmetic, Parameters, Term, term
from archcalc.core.window import Window, check_fits
from archcalc.ops.arguments import Sizes
from archcalc.ops.base import Inputs, PlainChannels, by_axis, per_axis, require_at_least, require_window_size
from archcalc.ops.sampled import BILINEAR_OPERATIONS, PLANE, Sampled, require_places, sampling
from archcalc.ops.traits import Traits
from archcalc.ops.windowed import window_summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.shape import Shape
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class DeformConv2d(PlainChannels, Sampled):
    """Deformable convolution: each tap of the kernel is moved by an offset that another tensor has for it.

    Example: `deform_conv2d: {from: [image, offsets], out: 64, kernel: 3, padding: 1}`, where `offsets` has 2 channels
    (y and x) for each tap and the H and W of the output; a third tensor of one channel for each tap weighs the taps
    (version 2). What is read depends on values: counts are exact, and the field is the whole image.
    Weights: out * C * kernel, and out biases; a multiply-accumulate per weight and position. Elementwise: 7 operations
    per sample of a channel, one more if taps are weighed, one addition per bias and output.
    Saved for backward: the image, places and samples of all taps, their weights and the weighed samples.
    Reference: torchvision.ops.deform_conv2d; Dai et al. 2017 (arXiv:1703.06211), Zhu et al. 2018 (arXiv:1811.11168).
    """

    title: ClassVar[str] = "DeformConv2D"
    traits: ClassVar[Traits] = sampling(weights=True)
    aliases: ClassVar[tuple[str, ...]] = ("out_channels", "kernel_size")
    names: ClassVar[tuple[str, ...]] = ("an image", "offsets", "weights of taps")

    out: int
    kernel: Sizes
    stride: Sizes = 1
    padding: Sizes = 0
    dilation: Sizes = 1
    bias: bool = True

    def __post_init__(self) -> None:
        require_at_least(1, "out", self.out)
        require_at_least(0, "padding", self.padding)
        for argument in ("kernel", "stride", "dilation"):
            require_window_size(argument, getattr(self, argument))

    def windows(self, inputs: Inputs) -> Mapping[str, Window]:
        """Return the windows before the taps are moved."""
        del inputs
        names = ("kernel", "stride", "padding", "dilation")
        values = [per_axis(getattr(self, name), PLANE, name) for name in names]
        return {axis: Window(k, s, p, p, d) for axis, k, s, p, d in zip(PLANE, *values, strict=True)}

    def size_windows(self, inputs: Inputs) -> Mapping[str, Window]:
        """Return the same windows, which the sizes follow from."""
        return self.windows(inputs)

    def channel_groups(self, inputs: Inputs) -> int:
        """Return 1: all channels are read together."""
        del inputs
        return 1

    @property
    def taps(self) -> int:
        """Return the taps of the kernel."""
        height, width = per_axis(self.kernel, PLANE, "kernel")
        return height * width

    def check(self, inputs: Inputs) -> None:
        """Raise OperatorError unless there are two offsets and perhaps one weight for each tap and output position."""
        sizes = {axis: check_fits(window, inputs[0][axis], axis) for axis, window in self.windows(inputs).items()}
        for shape, each, what in zip(inputs[1:], (2, 1), self.names[1:], strict=False):
            require_places(shape, each * self.taps, what)
            if shape.grid != PLANE or any(shape[axis] != size for axis, size in sizes.items()):
                expected = f"the grid of the output, {by_axis(tuple(sizes.values()))}"
                raise OperatorError(f"{what} of {shape}", expected, argument="from")

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return `out` channels on the grid of the offsets."""
        self.checked(inputs)
        return inputs[1].with_channels(self.out)

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Return that all channels are read together."""
        return AllChannels(inputs[input_index].channels)

    def _weights(self, inputs: Inputs) -> Term:
        kernel = per_axis(self.kernel, PLANE, "kernel")
        sizes = {f"kernel {axis}": size for axis, size in zip(PLANE, kernel, strict=True)}
        return Term("weights", (("out", self.out), ("in", inputs[0].channels), *sizes.items()))

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return the weights of the kernel, and a bias for each output channel."""
        return Parameters((self._weights(inputs),), (term("biases", out=self.out),) if self.bias else ())

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return a multiply-accumulate per weight and position; operations of samples, their weights and biases."""
        out = self.output_shape(inputs)
        places = (("out H", out["H"]), ("out W", out["W"]))
        samples = Term("", (("in", inputs[0].channels), ("taps", self.taps), *places)).factors
        terms = [Term("weighted sums of neighbors", (*samples, ("operations", BILINEAR_OPERATIONS)))]
        terms += [Term("weighed taps", samples)] * (len(inputs) == 3)
        terms += [term("bias additions", elements=out.elements)] * self.bias
        macs = Term("multiply-accumulates", (*self._weights(inputs).factors, *places))
        return Arithmetic(macs=(macs,), elementwise=tuple(terms), fused=(("functional.conv1d", macs.value),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate places, samples, weighed samples and the output; save all but the output."""
        image, offsets, *weights = (held.grid for held in given)
        out, batch = self.output_shape(inputs), image.sizes[0]
        cells, flat = out.cells, (batch, self.taps, out["H"], out["W"])
        scaled = tape.empty(flat, requires_grad=True)
        moved = tape.empty(flat, requires_grad=True)
        tape.drop(scaled)
        scaled, other = tape.empty(flat, requires_grad=True), tape.empty(flat, requires_grad=True)
        tape.drop(scaled)
        places = tape.empty((batch, self.taps * out["H"], out["W"], 2), requires_grad=offsets.requires_grad)
        tape.drop(moved, other)
        grad = image.requires_grad or offsets.requires_grad
        samples = tape.empty((batch, inputs[0].channels * self.taps, cells), requires_grad=grad)
        tape.save(image, places, when=grad)
        tape.drop(places)
        if weights:
            tape.save(samples, when=weights[0].requires_grad)
            tape.save(weights[0], when=grad)
            samples = tape.replaced(samples, tape.empty(samples.sizes, requires_grad=True))
        tape.save(samples)
        made = tape.empty((batch, self.out, cells), requires_grad=True)
        tape.drop(samples)
        return Held(made.unflatten(2, (out["H"], out["W"])))

    def summary(self, inputs: Inputs) -> str:
        """Return kernel, channels, stride and dilation, and whether taps are weighed."""
        text = window_summary(self.windows(inputs), f"{inputs[0].channels}->{self.out}", natural_stride=(1, 1))
        return text + ", weighed taps" * (len(inputs) == 3)
