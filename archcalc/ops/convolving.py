"""What convolutions and transposed convolutions have in common: weights shared by all places, channels in groups."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import AllChannels, ChannelGroups, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.terms import Arithmetic, Parameters, Term
from archcalc.ops.arguments import Groups
from archcalc.ops.base import Inputs, PlainChannels, TokensPass, check_declared_channels, require_at_least, single
from archcalc.ops.computed_weights import (
    WeightRule,
    computed_weights,
    inside_parametrization,
    learned_weights,
    weight_operations,
)
from archcalc.ops.folding import folded
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits
from archcalc.ops.windowed import grouped_channels, window_summary

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape


class Convolving(TokensPass, PlainChannels):
    """A kernel of weights applied at every position of one grid.

    `groups: depthwise` gives every channel its own kernel; `out` then defaults to the input's channels.
    """

    traits: ClassVar[Traits] = Traits(
        family=Family.CONVOLUTION, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )
    aliases: ClassVar[tuple[str, ...]] = ("out_channels", "kernel_size")

    out: int | None
    groups: Groups
    bias: bool
    in_channels: int | None

    @abstractmethod
    def weight_channels(self, inputs: Inputs) -> tuple[tuple[str, int], tuple[str, int]]:
        """The two dimensions of the weights before the kernel, named."""

    @property
    @abstractmethod
    def weight_rule(self) -> WeightRule | None:
        """Return how the weights are computed from the learned ones; None if they are used as they are."""

    @abstractmethod
    def places(self, inputs: Inputs) -> tuple[str, Shape]:
        """The tensor at every position of which the kernel is applied once, and what it is called."""

    def check_channels(self) -> None:
        """OperatorError for output channels or groups that make no sense whatever the input is."""
        require_at_least(1, "out", self.out)
        if isinstance(self.groups, int):
            require_at_least(1, "groups", self.groups)
        if self.out is None and self.groups != "depthwise":
            raise OperatorError("no 'out'", "the number of output channels", argument="out")

    def channels(self, shape: Shape) -> tuple[int, int, int]:
        """Output channels, input channels and groups; OperatorError unless they divide and `in_channels` is right."""
        check_declared_channels("in_channels", self.in_channels, shape)
        return grouped_channels(shape, self.out, self.groups)

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each output channel reads all input channels of its group."""
        out, channels, groups = self.channels(inputs[input_index])
        return AllChannels(channels) if groups == 1 else ChannelGroups(channels // groups, out // groups)

    def channel_groups(self, inputs: Inputs) -> int:
        """Return the groups, one for each channel when depthwise."""
        return self.channels(single(inputs))[2]

    def output_channels(self, shape: Shape) -> int:
        """Return the output channels; OperatorError if they change for a tensor with tokens, which keep their width."""
        out, channels, _ = self.channels(shape)
        if shape.tokens and out != channels:
            raise OperatorError(
                f"{out} output channels with tokens of {channels}",
                "as many as the input has, because tokens do not change",
                argument="out",
                hint="select: {tokens: grid} first",
            )
        return out

    def _weights(self, inputs: Inputs) -> Term:
        kernel = [(f"kernel {axis}", window.kernel) for axis, window in (self.windows(inputs) or {}).items()]
        return Term("weights", (*self.weight_channels(inputs), *kernel))

    def parameters(self, inputs: Inputs) -> Parameters:
        """The kernel's weights, and a bias for each output channel."""
        out, _, _ = self.channels(single(inputs))
        weights = learned_weights(self.weight_rule, self._weights(inputs))
        return Parameters(weights, (Term("biases", (("out", out),)),) if self.bias else ())

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return one multiply-accumulate per weight and position, and one addition per bias and output."""
        name, shape = self.places(inputs)
        positions = tuple([(f"{name} {axis}", size) for axis, size in shape.items if axis != CHANNEL])
        heads = (("heads", shape.heads),) if shape.heads > 1 else ()
        weights = self._weights(inputs)
        macs = Term("multiply-accumulates", weights.factors + positions + heads)
        biases = self._bias_additions(inputs) if self.bias else ()
        return Arithmetic(
            macs=(macs,),
            elementwise=(*biases, *weight_operations(self.weight_rule, weights)),
            fused=inside_parametrization(self.weight_rule, macs),
        )

    def _bias_additions(self, inputs: Inputs) -> tuple[Term, ...]:
        return (Term("bias additions", (("elements", self.output_shape(inputs).grid_elements),)),)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Save the input, or its copy where it is padded before or other axes are folded; allocate the output."""
        shape, windows = single(inputs), self.windows(inputs) or {}
        sizes, ends = self.output_shape(inputs), self.ends_before(inputs)

        def step(inner: Strided) -> Strided:
            padded = tape.pad(inner, ends) if ends else inner
            weights = computed_weights(tape, self.weight_rule, self._weights(inputs))
            tape.save(padded, *weights)
            made = (inner.sizes[0], sizes.channels, *[size for axis, size in sizes.items if axis in windows])
            result = tape.kernel(padded, made, learned=True)
            tape.drop(padded, inner, *weights)  # the module's call holds what it was given until it returns
            return result

        return folded(tape, given[0], shape, tuple(windows), step)

    @abstractmethod
    def ends_before(self, inputs: Inputs) -> tuple[tuple[int, int], ...]:
        """Return what is padded in a copy before the kernel, by axis: where the two ends of some axis differ."""

    def summary(self, inputs: Inputs) -> str:
        """Kernel, channels, and stride, dilation or groups where they are not 1."""
        out, channels, groups = self.channels(single(inputs))
        windows = self.windows(inputs) or {}
        text = window_summary(windows, f"{channels}->{out}", natural_stride=(1,) * len(windows))
        text += "" if self.weight_rule is None else f", {self.weight_rule.title}"
        if groups == 1:
            return text
        return f"{text}, depthwise" if groups == channels else f"{text}, groups {groups}"
