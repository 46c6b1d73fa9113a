"""The projection of an attention whose queries, keys or values pass through further layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.messages import counted
from archcalc.core.problem import OperatorError
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.tape import pointwise
from archcalc.core.terms import Arithmetic, Parameters, Term, term
from archcalc.ops.base import Inputs, MixedChannels, Pointwise, TokensPass, Windowless, require_at_least, single
from archcalc.ops.linear import linear
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape


@dataclass(frozen=True, kw_only=True)
class ProjectHeads(Windowless, MixedChannels, TokensPass, Pointwise):
    """A linear map to the heads of an attention whose queries, keys or values pass through further layers.

    Example: `attention: {over: [T], heads: 2, key: [relu]}` has three, for queries, keys and values; no spec names it.
    C channels become `heads` times out / heads, at every position and token. Weights out * C, biases out; one
    multiply-accumulate per weight and position, and one addition per bias and position.
    Saved for backward: the input; its copy if the channels of a position are not contiguous.
    Reference: torch.nn.Linear.
    """

    title: ClassVar[str] = "ProjectHeads"
    traits: ClassVar[Traits] = Traits(
        family=Family.LINEAR, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )

    heads: int
    out: int | None = None
    bias: bool = True

    def __post_init__(self) -> None:
        require_at_least(1, "heads", self.heads)
        require_at_least(1, "out", self.out)

    def output_shape(self, inputs: Inputs) -> Shape:
        """Channels of one head, `heads` times."""
        shape = single(inputs)
        if shape.heads != 1:
            raise OperatorError(f"heads out of {shape}, which has some already", "a tensor without heads")
        channels = head_channels(self._out(shape), self.heads)
        return Shape.of({**shape.sizes, CHANNEL: channels}, tokens=shape.tokens, heads=self.heads)

    def _out(self, shape: Shape) -> int:
        return shape.channels if self.out is None else self.out

    def parameters(self, inputs: Inputs) -> Parameters:
        """Weights out * C, biases out."""
        shape = single(inputs)
        weights = (Term("weights", (("out", self._out(shape)), ("in", shape.channels))),)
        return Parameters(weights, (term("biases", out=self._out(shape)),) if self.bias else ())

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One multiply-accumulate per weight and position, and one addition per bias and position."""
        shape = single(inputs)
        size = (("positions", shape.positions), ("out", self._out(shape)))
        bias = (Term("bias additions", size),) if self.bias else ()
        return Arithmetic(macs=(Term("multiply-accumulates", (*size, ("in", shape.channels))),), elementwise=bias)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Save the input, copied if the channels of a position are not contiguous; allocate the output."""
        out = self._out(single(inputs))

        def step(tensor: Strided) -> Strided:
            made = linear(tape, tensor.channels_last(), out).channels_second()
            heads = made.unflatten(1, (self.heads, out // self.heads))
            return tape.replaced(made, tape.flatten(heads, 0, 1))

        return pointwise(given[0], step)

    def summary(self, inputs: Inputs) -> str:
        """Return input channels, output channels and heads for the label."""
        shape = single(inputs)
        return f"{shape.channels}->{self._out(shape)}, {counted(self.heads, 'head')}"


def head_channels(out: int, heads: int) -> int:
    """Channels of one head; OperatorError when heads do not divide them."""
    if out % heads:
        raise OperatorError(f"{heads} heads for {out} channels", "heads that divide the channels", argument="heads")
    return out // heads
