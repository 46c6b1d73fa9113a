"""The linear (fully connected) layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import OWN_CHANNEL, AllChannels, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.tape import Held, pointwise
from archcalc.core.terms import Arithmetic, Parameters, Term
from archcalc.ops.arguments import AnyAxis
from archcalc.ops.axes import require_axes, require_no_tokens
from archcalc.ops.base import (
    Inputs,
    PlainChannels,
    TokensPass,
    Windowless,
    check_declared_channels,
    require_at_least,
    single,
)
from archcalc.ops.computed_weights import (
    NORMALIZED,
    WeightRule,
    computed_weights,
    inside_parametrization,
    learned_weights,
    weight_operations,
)
from archcalc.ops.folding import dimensions
from archcalc.ops.traits import Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class Linear(Windowless, PlainChannels, TokensPass):
    """A linear map of the channels, with the same weights at every position of the grid and for every token.

    `in_features` is optional and is checked.

    Example: `linear: {out: 400}`; `linear: {over: W, out: 384}` maps the positions of W, with the same weights for
    every channel, as the layers that mix tokens do in MLP-Mixer (Tolstikhin et al. 2021, arXiv:2105.01601).
    Parameters: in * out weights and out biases; multiply-accumulates: in * out at every position; elementwise: one
    addition per output element for the bias.
    `weight_norm: true` learns the norm of the weights of each output (Salimans and Kingma 2016, arXiv:1602.07868), one
    more weight per output; it counts 3 operations per weight.
    Saved for backward: the input; its copy if the values that are mapped together are not contiguous; normalized
    weights and their norms.
    Reference: torch.nn.functional.linear, with this axis last.
    """

    title: ClassVar[str] = "Linear"
    traits: ClassVar[Traits] = Traits(
        family=Family.LINEAR, storage=Storage.OWN, weights=True, whole_axis="a linear layer", join=Join.NONE
    )
    aliases: ClassVar[tuple[str, ...]] = ("out_features",)
    shares_with: ClassVar[tuple[str, ...]] = ("Embedding",)

    out: int
    bias: bool = True
    in_features: int | None = None
    over: AnyAxis = CHANNEL
    weight_norm: bool = False

    def __post_init__(self) -> None:
        require_at_least(1, "out", self.out)

    def output_shape(self, inputs: Inputs) -> Shape:
        """`out` channels, or positions of the axis; every other size as it was."""
        shape = single(inputs)
        if self.over == CHANNEL:
            check_declared_channels("in_features", self.in_features, shape)
            return shape.with_channels(self.out)
        require_axes(shape, (self.over,), argument="over")
        require_no_tokens(shape, f"{self.title} along {self.over}")
        if self.in_features not in (None, shape[self.over]):
            expected = f"{shape[self.over]}, the size of {self.over}, or no 'in_features'"
            raise OperatorError(f"in_features {self.in_features}", expected, argument="in_features")
        return shape.resized({self.over: self.out})

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Return that each position reads itself, and along another axis than C all positions."""
        del inputs, input_index
        return WholeAxisRead.ALL if axis == self.over else POINTWISE

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Return that all channels are read, or along another axis each reads itself."""
        return AllChannels(inputs[input_index].channels) if self.over == CHANNEL else OWN_CHANNEL

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Return whether positions of the axis have weights of their own."""
        del inputs
        return axis == self.over

    @property
    def _weight_rule(self) -> WeightRule | None:
        return NORMALIZED if self.weight_norm else None

    def _weights(self, inputs: Inputs) -> Term:
        return Term("weights", (("out", self.out), ("in", single(inputs)[self.over])))

    def parameters(self, inputs: Inputs) -> Parameters:
        """In * out weights and out biases."""
        weights = learned_weights(self._weight_rule, self._weights(inputs))
        return Parameters(weights, (Term("biases", (("out", self.out),)),) if self.bias else ())

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """In * out multiply-accumulates at every position, and one addition per bias."""
        shape = single(inputs)
        positions = shape.elements // shape[self.over]
        macs = Term("multiply-accumulates", (("out", self.out), ("in", shape[self.over]), ("positions", positions)))
        bias = (Term("bias additions", (("elements", self.out * positions),)),) if self.bias else ()
        computed = weight_operations(self._weight_rule, self._weights(inputs))
        fused = inside_parametrization(self._weight_rule, macs)
        return Arithmetic(macs=(macs,), elementwise=(*bias, *computed), fused=fused)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Save the input, copied if what is mapped together is not contiguous; allocate the output."""
        if self.over == CHANNEL:
            return pointwise(
                given[0], lambda tensor: self._mapped(tape, inputs, tensor.channels_last()).channels_second()
            )
        (dim,) = dimensions(single(inputs), (self.over,))
        order = [*(other for other in range(given[0].grid.dim) if other != dim), dim]
        made = self._mapped(tape, inputs, given[0].grid.permute(*order))
        return Held(made.permute(*(order.index(each) for each in range(made.dim))))

    def _mapped(self, tape: Tape, inputs: Inputs, rows: Strided) -> Strided:
        weights = computed_weights(tape, self._weight_rule, self._weights(inputs))
        tape.save(*weights, when=rows.requires_grad)
        made = linear(tape, rows, self.out)
        tape.drop(*weights)
        return made

    def summary(self, inputs: Inputs) -> str:
        """Return input and output channels for the label: `512->400`."""
        along = "" if self.over == CHANNEL else f" along {self.over}"
        normalized = "" if self._weight_rule is None else f", {self._weight_rule.title}"
        return f"{single(inputs)[self.over]}->{self.out}{along}{normalized}"


def linear(tape: Tape, rows: Strided, out: int) -> Strided:
    """Record a linear map of the last dimension, as torch.nn.functional.linear does it: on a matrix of rows."""
    matrix = tape.reshape(rows, (rows.elements // rows.sizes[-1], rows.sizes[-1]))
    tape.save(matrix)
    made = tape.empty((*rows.sizes[:-1], out), requires_grad=True)
    if matrix.storage != rows.storage:
        tape.drop(matrix)
    return made
