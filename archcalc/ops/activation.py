"""Activations and other elementwise operators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.tape import pointwise
from archcalc.core.terms import NO_ARITHMETIC, NO_PARAMETERS, Arithmetic, Parameters, term
from archcalc.ops.arguments import one_of
from archcalc.ops.base import AliasOp, Inputs, MixedChannels, OwnChannels, Parameterless, SameShape, elementwise, single
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape

Approximation = Annotated[str, one_of("none", "tanh")]

NEW = Traits(family=Family.ELEMENTWISE, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE)
IN_PLACE = replace(NEW, storage=Storage.IN_PLACE)

SOFTMAX_OPERATIONS = 5
"""Per element: comparison for the largest, its subtraction, the exponential, the sum, the division."""


class KeepsInput(Parameterless, SameShape):
    """An activation whose gradient needs what went in."""

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output and save the input."""
        del inputs

        def step(tensor: Strided) -> Strided:
            tape.save(tensor, when=tensor.requires_grad)
            return tape.elementwise(tensor)

        return pointwise(given[0], step)


class KeepsOutput(Parameterless, SameShape):
    """An activation whose gradient needs only what came out."""

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output and save it."""
        del inputs

        def step(tensor: Strided) -> Strided:
            made = tape.elementwise(tensor)
            tape.save(made, when=made.requires_grad)
            return made

        return pointwise(given[0], step)


class Function(OwnChannels, SameShape):
    """A function of each value that counts as one operation."""

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One operation per element."""
        return elementwise("function values", single(inputs).elements)


class Plain(SameShape):
    """An operator without arguments that a table would show."""

    def summary(self, inputs: Inputs) -> str:
        """Return an empty text: there is nothing to show in the label."""
        del inputs
        return ""


@dataclass(frozen=True, kw_only=True)
class Relu(Function, KeepsOutput, Plain):
    """Applies max(x, 0) to each value.

    Example: `relu`. Elementwise: one operation per element.
    Saved for backward: the output.
    Reference: torch.nn.functional.relu.
    """

    title: ClassVar[str] = "ReLU"
    traits: ClassVar[Traits] = IN_PLACE


@dataclass(frozen=True, kw_only=True)
class LeakyRelu(Function, KeepsInput):
    """Multiplies negative values by `negative_slope`.

    Example: `leaky_relu: {negative_slope: 0.2}`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.leaky_relu.
    """

    title: ClassVar[str] = "LeakyReLU"
    traits: ClassVar[Traits] = IN_PLACE

    negative_slope: float = 0.01

    def summary(self, inputs: Inputs) -> str:
        """Return the negative slope for the label."""
        del inputs
        return f"slope {self.negative_slope:g}"


@dataclass(frozen=True, kw_only=True)
class Gelu(Function, KeepsInput):
    """Multiplies each value by the normal cumulative distribution function, or its approximation by tanh.

    Example: `gelu: {approximate: tanh}`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.gelu.
    """

    title: ClassVar[str] = "GELU"
    traits: ClassVar[Traits] = NEW

    approximate: Approximation = "none"

    def summary(self, inputs: Inputs) -> str:
        """The approximation, if there is one."""
        del inputs
        return "" if self.approximate == "none" else self.approximate


@dataclass(frozen=True, kw_only=True)
class Silu(Function, KeepsInput, Plain):
    """Applies x * sigmoid(x) to each value; also called swish.

    Example: `silu`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.silu.
    """

    title: ClassVar[str] = "SiLU"
    traits: ClassVar[Traits] = IN_PLACE


@dataclass(frozen=True, kw_only=True)
class Hardswish(Function, KeepsInput, Plain):
    """Applies x * min(max(x + 3, 0), 6) / 6 to each value.

    Example: `hardswish`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.hardswish.
    """

    title: ClassVar[str] = "Hardswish"
    traits: ClassVar[Traits] = IN_PLACE


@dataclass(frozen=True, kw_only=True)
class Sigmoid(Function, KeepsOutput, Plain):
    """Applies 1 / (1 + exp(-x)) to each value.

    Example: `sigmoid`. Elementwise: one operation per element.
    Saved for backward: the output.
    Reference: torch.sigmoid.
    """

    title: ClassVar[str] = "Sigmoid"
    traits: ClassVar[Traits] = NEW


@dataclass(frozen=True, kw_only=True)
class Tanh(Function, KeepsOutput, Plain):
    """Applies the hyperbolic tangent to each value.

    Example: `tanh`. Elementwise: one operation per element.
    Saved for backward: the output.
    Reference: torch.tanh.
    """

    title: ClassVar[str] = "Tanh"
    traits: ClassVar[Traits] = NEW


@dataclass(frozen=True, kw_only=True)
class Softmax(MixedChannels, Parameterless, Plain):
    """Applies the softmax over the channels of each position and token.

    Example: `softmax`. Elementwise: 5 per element (maximum, subtraction, exponential, sum, division).
    Saved for backward: the output.
    Reference: torch.nn.functional.softmax over C.
    """

    title: ClassVar[str] = "Softmax"
    traits: ClassVar[Traits] = NEW

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """5 operations per element."""
        return elementwise("shares", single(inputs).elements, SOFTMAX_OPERATIONS)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output, contiguous, and save it."""
        del inputs

        def step(tensor: Strided) -> Strided:
            made = tape.empty(tensor.sizes, requires_grad=tensor.requires_grad)
            tape.save(made, when=made.requires_grad)
            return made

        return pointwise(given[0], step)


@dataclass(frozen=True, kw_only=True)
class Abs(Function, KeepsInput, Plain):
    """Returns the absolute of each value.

    Example: `abs`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.abs.
    """

    title: ClassVar[str] = "Abs"
    traits: ClassVar[Traits] = NEW


@dataclass(frozen=True, kw_only=True)
class Threshold(Function, KeepsInput):
    """Keeps values above `threshold` and replaces all others by `value`.

    Example: `threshold: {threshold: 0.1, value: 0}`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.threshold.
    """

    title: ClassVar[str] = "Threshold"
    traits: ClassVar[Traits] = IN_PLACE

    threshold: float
    value: float

    def summary(self, inputs: Inputs) -> str:
        """Return threshold and value for the label."""
        del inputs
        return f"above {self.threshold:g}, else {self.value:g}"


@dataclass(frozen=True, kw_only=True)
class Dropout(Parameterless, OwnChannels, SameShape):
    """Sets values to zero at random in training; the identity at inference.

    Example: `dropout: {p: 0.5}`. Elementwise: none at inference.
    Saved for backward: a mask of the input's type, as on a CPU.
    Reference: torch.nn.functional.dropout.
    """

    title: ClassVar[str] = "Dropout"
    traits: ClassVar[Traits] = replace(NEW, storage=Storage.TRAINING)

    p: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.p <= 1:
            raise OperatorError(f"p {self.p:g}", "a probability from 0 to 1", argument="p")

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return no arithmetic: dropout is the identity at inference."""
        del inputs
        return NO_ARITHMETIC

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return the input at inference; in training allocate a mask of the input's type, as on a CPU, and save it."""
        del inputs
        return pointwise(given[0], lambda tensor: self._dropped(tape, tensor))

    def _dropped(self, tape: Tape, tensor: Strided) -> Strided:
        if not tape.training or self.p == 0:
            return tensor
        if self.p == 1:
            tape.save_scalar(when=tensor.requires_grad)
            return tape.elementwise(tensor)
        mask = tape.elementwise(tensor.detached())
        tape.save(mask, when=tensor.requires_grad)
        made = tape.elementwise(tensor, mask)
        tape.drop(mask)
        return made

    def summary(self, inputs: Inputs) -> str:
        """Return the probability for the label."""
        del inputs
        return f"{self.p:g}"


@dataclass(frozen=True, kw_only=True)
class Identity(OwnChannels, AliasOp, Plain):
    """Returns its input.

    Example: `identity`. No arithmetic, no copy.
    Saved for backward: nothing.
    Reference: torch.nn.Identity.
    """

    title: ClassVar[str] = "Identity"

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return the input itself: nothing is allocated or saved."""
        del tape, inputs
        return given[0]


@dataclass(frozen=True, kw_only=True)
class Scale(OwnChannels, SameShape):
    """Multiplies each value by `factor`, or by a learned weight of its channel with the initial value `factor`.

    Example: `scale: {factor: 0.125}` or `scale: {factor: 0.000001, learned: true}`; with `shared: true` as well, one
    learned weight serves all channels.
    Parameters: one weight per channel if learned, or one. Elementwise: one multiplication per element.
    Saved for backward: the input if learned, otherwise nothing.
    Reference: torch.mul.
    """

    title: ClassVar[str] = "Scale"
    traits: ClassVar[Traits] = replace(NEW, weights=True)

    factor: float = 1.0
    learned: bool = False
    shared: bool = False

    def __post_init__(self) -> None:
        if self.shared and not self.learned:
            raise OperatorError("a shared factor that is not learned", "learned: true", argument="shared")

    def parameters(self, inputs: Inputs) -> Parameters:
        """One weight per channel if learned, or one for all."""
        if not self.learned:
            return NO_PARAMETERS
        if self.shared:
            return Parameters(weights=(term("weights", shared=1),))
        return Parameters(weights=(term("weights", channels=single(inputs).channels),))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One multiplication per element."""
        return elementwise("multiplications", single(inputs).elements)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; a learned scale saves the input."""
        del inputs

        def step(tensor: Strided) -> Strided:
            tape.save(tensor, when=self.learned)
            return tape.elementwise(tensor, learned=self.learned)

        return pointwise(given[0], step)

    def summary(self, inputs: Inputs) -> str:
        """The factor, or that it is learned."""
        del inputs
        if not self.learned:
            return f"{self.factor:g}"
        return "one learned weight" if self.shared else "learned"
