"""Layer norm: the channels of each position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.tape import pointwise
from archcalc.core.terms import Arithmetic, Parameters
from archcalc.ops.base import Inputs, MixedChannels, SameShape, single
from archcalc.ops.norm import Affine, normalized_by_itself, require_eps
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape


@dataclass(frozen=True, kw_only=True)
class LayerNorm(SameShape, MixedChannels):
    """Normalization of the channels at each position, tokens included.

    Example: `layer_norm: {eps: 0.000001}`.
    Parameters: a weight and a bias per channel, `bias: false` a weight only, `elementwise_affine: false` neither.
    Elementwise: 5 per element (sum, center, square, sum, scale), one each for weight and bias.
    Saved for backward: the input, and mean and inverse deviation of each position.
    Reference: torch.nn.functional.layer_norm, channels last.
    """

    title: ClassVar[str] = "LayerNorm"
    traits: ClassVar[Traits] = Traits(
        family=Family.NORM, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )

    eps: float = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    def __post_init__(self) -> None:
        require_eps(self.eps)

    @property
    def learned(self) -> Affine:
        """Return which learned parameters the norm has."""
        return Affine(weight=self.elementwise_affine, bias=self.elementwise_affine and self.bias)

    def parameters(self, inputs: Inputs) -> Parameters:
        """A weight and a bias per channel."""
        return Parameters(*self.learned.parameters(single(inputs).channels))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """5 per element, and one each for weight and bias."""
        return normalized_by_itself(single(inputs), self.learned)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output, channels last; save the input, and mean and inverse deviation of each position."""
        del inputs

        def step(tensor: Strided) -> Strided:
            rows = tensor.channels_last()
            learned = self.elementwise_affine or tensor.requires_grad
            made = tape.empty(rows.sizes, requires_grad=learned)
            statistics = tape.empty((2, *rows.sizes[:-1]), itemsize=tape.statistics)
            tape.save(tensor, statistics, when=learned)
            tape.drop(statistics)
            return made.channels_second()

        return pointwise(given[0], step)

    def summary(self, inputs: Inputs) -> str:
        """What it lacks of scale and shift."""
        del inputs
        if not self.elementwise_affine:
            return "no scale, no shift"
        return "" if self.bias else "scale only"
