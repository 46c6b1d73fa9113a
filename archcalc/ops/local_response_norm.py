"""Local response normalization over neighboring channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import ChannelNeighbors, ChannelReads
from archcalc.core.tape import pointwise
from archcalc.core.terms import Arithmetic
from archcalc.ops.base import (
    Inputs,
    Parameterless,
    PlainChannels,
    SameShape,
    elementwise,
    require_at_least,
    single,
)
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape


@dataclass(frozen=True, kw_only=True)
class LocalResponseNorm(Parameterless, SameShape, PlainChannels):
    """Division of each value by a power of the mean square of `size` neighboring channels at its position.

    Example: `local_response_norm: {size: 5, alpha: 0.0001, beta: 0.75, k: 2}`.
    Elementwise: size + 5 per element: a square, the mean of a window of channels (size), alpha, k, the power, the
    division.
    Saved for backward: the input, its padded squares, their sums and the powers.
    Reference: torch.nn.functional.local_response_norm.
    """

    title: ClassVar[str] = "LocalResponseNorm"
    traits: ClassVar[Traits] = Traits(
        family=Family.NORM, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )

    size: int
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0

    def __post_init__(self) -> None:
        require_at_least(1, "size", self.size)

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each channel reads size // 2 channels before it and (size - 1) // 2 after it."""
        return ChannelNeighbors(inputs[input_index].channels, self.size // 2, (self.size - 1) // 2)

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Size + 5 per element."""
        return elementwise("normalized elements", single(inputs).elements, self.size + 5)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate squares, their padded sums and the powers; save the input, padded squares, sums and powers."""
        del inputs
        return pointwise(given[0], lambda tensor: self._divided(tape, tensor))

    def _divided(self, tape: Tape, tensor: Strided) -> Strided:
        grad = tensor.requires_grad
        ordered = tape.contiguous(tensor)
        squares = tape.elementwise(ordered)
        padded = tape.empty((ordered.sizes[0], ordered.sizes[1] + self.size - 1, *ordered.sizes[2:]))
        tape.drop(squares)
        means = tape.elementwise(ordered)
        tape.drop(padded)
        multiplied = tape.elementwise(means)
        sums = tape.elementwise(means)
        tape.drop(multiplied)
        powers = tape.elementwise(sums)
        tape.drop(means, sums)
        made = tape.elementwise(ordered, powers)
        tape.save(ordered, padded, sums, powers, when=grad)
        tape.drop(ordered, powers)
        return made

    def summary(self, inputs: Inputs) -> str:
        """The channels it looks at."""
        del inputs
        return f"size {self.size}"
