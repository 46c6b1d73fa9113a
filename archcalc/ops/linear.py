"""The linear (fully connected) layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.shape import Shape
from archcalc.core.tape import pointwise
from archcalc.core.terms import Arithmetic, Parameters, Term
from archcalc.ops.base import (
    Inputs,
    MixedChannels,
    Pointwise,
    TokensPass,
    Windowless,
    check_declared_channels,
    require_at_least,
    single,
)
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape


@dataclass(frozen=True, kw_only=True)
class Linear(Windowless, MixedChannels, TokensPass, Pointwise):
    """A linear map of the channels, with the same weights at every position of the grid and for every token.

    `in_features` is optional and is checked.

    Example: `linear: {out: 400}`.
    Parameters: in * out weights and out biases; multiply-accumulates: in * out at every position; elementwise: one
    addition per output element for the bias.
    Saved for backward: the input; its copy if the channels of a position are not contiguous.
    Reference: torch.nn.functional.linear, channels last.
    """

    title: ClassVar[str] = "Linear"
    traits: ClassVar[Traits] = Traits(
        family=Family.LINEAR, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )
    aliases: ClassVar[tuple[str, ...]] = ("out_features",)
    shares_with: ClassVar[tuple[str, ...]] = ("Embedding",)

    out: int
    bias: bool = True
    in_features: int | None = None

    def __post_init__(self) -> None:
        require_at_least(1, "out", self.out)

    def output_shape(self, inputs: Inputs) -> Shape:
        """`out` channels, every other size as it was."""
        check_declared_channels("in_features", self.in_features, single(inputs))
        return single(inputs).with_channels(self.out)

    def parameters(self, inputs: Inputs) -> Parameters:
        """In * out weights and out biases."""
        weights = Term("weights", (("out", self.out), ("in", single(inputs).channels)))
        return Parameters((weights,), (Term("biases", (("out", self.out),)),) if self.bias else ())

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """In * out multiply-accumulates at every position, and one addition per bias."""
        shape = single(inputs)
        positions = shape.positions
        macs = Term("multiply-accumulates", (("out", self.out), ("in", shape.channels), ("positions", positions)))
        bias = (Term("bias additions", (("elements", self.out * positions),)),) if self.bias else ()
        return Arithmetic(macs=(macs,), elementwise=bias)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Save the input, copied if the channels of a position are not contiguous; allocate the output."""
        del inputs
        return pointwise(given[0], lambda tensor: linear(tape, tensor.channels_last(), self.out).channels_second())

    def summary(self, inputs: Inputs) -> str:
        """Return input and output channels for the label: `512->400`."""
        return f"{single(inputs).channels}->{self.out}"


def linear(tape: Tape, rows: Strided, out: int) -> Strided:
    """Record a linear map of the last dimension, as torch.nn.functional.linear does it: on a matrix of rows."""
    matrix = tape.reshape(rows, (rows.elements // rows.sizes[-1], rows.sizes[-1]))
    tape.save(matrix)
    made = tape.empty((*rows.sizes[:-1], out), requires_grad=True)
    if matrix.storage != rows.storage:
        tape.drop(matrix)
    return made
