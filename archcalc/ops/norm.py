"""What normalization layers share: learned parameters, their arithmetic, and statistics over positions."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, TOKENS_PASS_BY, AxisReads, TokenFlow, WholeAxisRead
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.terms import Arithmetic, Term
from archcalc.ops.base import IndexIndependent, Inputs, PlainChannels, Windowless, single
from archcalc.ops.traits import Family, Join, Storage, Traits

STATISTICS_OPERATIONS = 5
"""Per element where statistics come from the tensor: sum, center, square, sum, scale."""

FOLDED_OPERATIONS = 2
"""Per element where statistics are known before: one multiplication and one addition hold all."""


class Affine(NamedTuple):
    """The learned part of a normalization: a weight and a bias per channel, either of which may be absent."""

    weight: bool
    bias: bool

    def parameters(self, channels: int) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
        """Return the terms of weights and of biases."""
        factors = (("channels", channels),)
        return (Term("weights", factors),) if self.weight else (), (Term("biases", factors),) if self.bias else ()

    @property
    def operations(self) -> int:
        """One multiplication per weight and one addition per bias."""
        return self.weight + self.bias


def normalized(shape: Shape, each: int) -> Arithmetic:
    """Return the arithmetic of so many operations per element."""
    return Arithmetic(elementwise=(Term("normalized elements", (("elements", shape.elements), ("operations", each))),))


def normalized_by_itself(shape: Shape, learned: Affine) -> Arithmetic:
    """The arithmetic where statistics come from the tensor: 5 per element, and one each for weight and bias."""
    return normalized(shape, STATISTICS_OPERATIONS + learned.operations)


def require_eps(eps: float) -> None:
    """OperatorError for a negative eps."""
    if eps < 0:
        raise OperatorError(f"eps {eps:g}", "at least 0", argument="eps")


class PositionNorm(Windowless, PlainChannels, IndexIndependent):
    """A normalization of each channel or group of them with statistics over all positions, tokens included.

    Unless the statistics are known from training, every position then reads itself and all others.
    """

    traits: ClassVar[Traits] = Traits(
        family=Family.NORM, storage=Storage.OWN, weights=True, whole_axis="a norm over positions", join=Join.NONE
    )

    @abstractmethod
    def known_statistics(self) -> bool:
        """Whether the statistics at inference are those of training."""

    @abstractmethod
    def check(self, shape: Shape) -> None:
        """OperatorError for a tensor that PyTorch refuses."""

    def output_shape(self, inputs: Inputs) -> Shape:
        """That of the input."""
        shape = single(inputs)
        self.check(shape)
        return shape

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Itself, and the whole grid where its statistics are needed."""
        del inputs, input_index
        return POINTWISE if axis == CHANNEL or self.known_statistics() else WholeAxisRead.SELF_AND_ALL

    def token_flow(self, input_index: int, inputs: Inputs) -> TokenFlow:
        """Tokens are positions like those of the grid."""
        del input_index, inputs
        return TOKENS_PASS_BY if self.known_statistics() else TokenFlow(to_grid=True, from_grid=True)
