"""Activations with a gate or a learned slope: GLU and PReLU."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import ChannelHalves, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from archcalc.core.tape import pointwise
from archcalc.core.terms import Arithmetic, Parameters, term
from archcalc.ops.activation import NEW
from archcalc.ops.base import (
    Inputs,
    OwnChannels,
    Parameterless,
    Pointwise,
    TokensPass,
    Windowless,
    elementwise,
    require_at_least,
    single,
)
from archcalc.ops.traits import Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape

GLU_OPERATIONS = 2
"""Per output element: the sigmoid of the gate and the multiplication."""


@dataclass(frozen=True, kw_only=True)
class Glu(Parameterless, Windowless, TokensPass, Pointwise):
    """Multiplies the first half of the channels by the sigmoid of the second half (gated linear unit).

    Example: `glu`. C has to be even; the output has C / 2 channels. Elementwise: 2 per output element (sigmoid,
    multiplication).
    Saved for backward: the input.
    Reference: torch.nn.functional.glu over C; Dauphin et al. 2017 (arXiv:1612.08083).
    """

    title: ClassVar[str] = "GLU"
    traits: ClassVar[Traits] = NEW

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return the input with half of its channels; OperatorError for an odd number of them."""
        shape = single(inputs)
        if shape.channels % 2:
            raise OperatorError(f"GLU on {shape.channels} channels", "an even number of channels")
        return shape.resized({"C": shape.channels // 2})

    def channels_formula(self, inputs: Inputs) -> str:
        """Return half of the channels."""
        return f"{single(inputs).channels} / 2"

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each output channel reads the channel of its number, and its gate half of the channels further on."""
        return ChannelHalves(inputs[input_index].channels // 2)

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """2 operations per output element."""
        return elementwise("gated values", self.output_shape(inputs).elements, GLU_OPERATIONS)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output and save the input."""
        del inputs

        def step(tensor: Strided) -> Strided:
            tape.save(tensor, when=tensor.requires_grad)
            return tape.elementwise(tensor.narrow(1, tensor.sizes[1] // 2))

        return pointwise(given[0], step)

    def summary(self, inputs: Inputs) -> str:
        """Return the channels before and after: `64->32`."""
        channels = single(inputs).channels
        return f"{channels}->{channels // 2}"


@dataclass(frozen=True, kw_only=True)
class Prelu(Windowless, OwnChannels, TokensPass, Pointwise):
    """Multiplies negative values by a learned slope, one for all channels or one for each.

    Example: `prelu: {num_parameters: 64}`, where 64 is the number of channels; the default is one slope for all.
    `init` is its initial value. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.PReLU; He et al. 2015 (arXiv:1502.01852).
    """

    title: ClassVar[str] = "PReLU"
    traits: ClassVar[Traits] = replace(NEW, weights=True)

    num_parameters: int = 1
    init: float = 0.25

    def __post_init__(self) -> None:
        require_at_least(1, "num_parameters", self.num_parameters)

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return that of the input; OperatorError unless there is one slope, or one per channel."""
        shape = single(inputs)
        if self.num_parameters not in (1, shape.channels):
            found = f"{self.num_parameters} slopes for {shape.channels} channels"
            raise OperatorError(found, f"1 or {shape.channels}", argument="num_parameters")
        return shape

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return one slope, or one per channel."""
        del inputs
        return Parameters(weights=(term("slopes", slopes=self.num_parameters),))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One operation per element."""
        return elementwise("function values", single(inputs).elements)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output and save the input."""
        del inputs

        def step(tensor: Strided) -> Strided:
            tape.save(tensor)
            return tape.elementwise(tensor, learned=True)

        return pointwise(given[0], step)

    def summary(self, inputs: Inputs) -> str:
        """Return how many slopes it has."""
        del inputs
        return "one slope" if self.num_parameters == 1 else f"{self.num_parameters} slopes"
