"""Normalization of the channels by their root mean square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.strided import broadcast_strides
from archcalc.core.tape import pointwise
from archcalc.core.terms import NO_PARAMETERS, Arithmetic, Parameters, term
from archcalc.ops.base import Inputs, MixedChannels, SameShape, elementwise, single
from archcalc.ops.norm import require_eps
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape

RMS_OPERATIONS = 3
"""Per element: square, sum, scale."""


@dataclass(frozen=True, kw_only=True)
class RmsNorm(SameShape, MixedChannels):
    """Divides the channels at each position by their root mean square, tokens included.

    Example: `rms_norm: {eps: 0.000001}`; without `eps` it is the smallest step from 1 of the data type.
    Parameters: a weight per channel, `elementwise_affine: false` none. Elementwise: 3 per element (square, sum, scale),
    one more for the weight.
    Saved for backward: the input, a factor of each position and, with a weight, the normalized values.
    Reference: torch.nn.functional.rms_norm, channels last; Zhang and Sennrich 2019 (arXiv:1910.07467).
    """

    title: ClassVar[str] = "RMSNorm"
    traits: ClassVar[Traits] = Traits(
        family=Family.NORM, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )

    eps: float | None = None
    elementwise_affine: bool = True

    def __post_init__(self) -> None:
        require_eps(self.eps or 0)

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return one weight per channel, or none."""
        if not self.elementwise_affine:
            return NO_PARAMETERS
        return Parameters(weights=(term("weights", channels=single(inputs).channels),))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """3 operations per element, and one for the weight."""
        each = RMS_OPERATIONS + self.elementwise_affine
        return elementwise("normalized elements", single(inputs).elements, each)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate squares, means, factors, normalized values and the output; save what the products read."""
        del inputs
        return pointwise(given[0], lambda tensor: self._divided(tape, tensor))

    def _divided(self, tape: Tape, tensor: Strided) -> Strided:
        """Record the steps of PyTorch's rms_norm on a CPU, in the data type of statistics."""
        rows = tensor.channels_last()
        read = rows if tape.statistics == tape.itemsize else _converted(tape, rows, tape.statistics)
        factors = _factors(tape, read)
        tape.save(read, factors, when=tensor.requires_grad)
        made = _converted(tape, read, tape.statistics)
        if self.elementwise_affine:
            tape.save(made)
            made = tape.replaced(made, _converted(tape, made, tape.statistics))
        if read.storage != rows.storage:
            tape.drop(read)
        if tape.statistics != tape.itemsize:
            made = tape.replaced(made, _converted(tape, made, tape.itemsize))
        made = tape.replaced(made, tape.contiguous(made))
        tape.drop(factors)
        return made._replace(requires_grad=self.elementwise_affine or tensor.requires_grad).channels_second()

    def summary(self, inputs: Inputs) -> str:
        """Return what it lacks for the label."""
        del inputs
        return "" if self.elementwise_affine else "no scale"


def _converted(tape: Tape, tensor: Strided, itemsize: int) -> Strided:
    """Allocate the result of an elementwise operation on one tensor, in a data type of this size."""
    return tape.empty(tensor.sizes, broadcast_strides(tensor.sizes, (tensor,)), itemsize=itemsize)


def _factors(tape: Tape, read: Strided) -> Strided:
    """Allocate squares, their means and the inverse roots of these, one for each position."""
    squares = _converted(tape, read, tape.statistics)
    means = tape.empty((*read.sizes[:-1], 1), itemsize=tape.statistics)
    factors = tape.empty(means.sizes, itemsize=tape.statistics)
    tape.drop(squares, means)
    return factors
