"""Group norm: groups of channels over all positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import ChannelReads, ChannelStatistics
from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from archcalc.core.tape import flattened
from archcalc.core.terms import Arithmetic, Parameters
from archcalc.ops.base import Inputs, require_at_least, single
from archcalc.ops.norm import Affine, PositionNorm, normalized_by_itself, require_eps

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape


@dataclass(frozen=True, kw_only=True)
class GroupNorm(PositionNorm):
    """Normalization of each group of channels over all positions, tokens included.

    Example: `group_norm: {num_groups: 32}`.
    Parameters: a weight and a bias per channel. Elementwise: 5 per element (sum, center, square, sum, scale), one each
    for weight and bias.
    Saved for backward: the input in order, and mean and inverse deviation of each group.
    Reference: torch.nn.functional.group_norm.
    """

    title: ClassVar[str] = "GroupNorm"

    num_groups: int
    eps: float = 1e-5
    affine: bool = True

    def __post_init__(self) -> None:
        require_at_least(1, "num_groups", self.num_groups)
        require_eps(self.eps)

    @property
    def learned(self) -> Affine:
        """Return which learned parameters the norm has."""
        return Affine(weight=self.affine, bias=self.affine)

    def known_statistics(self) -> bool:
        """Never: every tensor has its own."""
        return False

    def check(self, shape: Shape) -> None:
        """OperatorError when the groups do not divide the channels or hold one number each."""
        if shape.channels % self.num_groups:
            found = f"{self.num_groups} groups for {shape.channels} channels"
            raise OperatorError(found, "groups that divide the channels", argument="num_groups")
        if shape.channels * (shape.cells + shape.tokens) == self.num_groups:
            raise OperatorError(
                f"{self.num_groups} groups of one number each", "more than one in a group", argument="num_groups"
            )

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each channel reads itself, and by its statistics all positions of its group."""
        shape = inputs[input_index]
        return ChannelStatistics(shape.channels // self.num_groups, shape.grid)

    def parameters(self, inputs: Inputs) -> Parameters:
        """A weight and a bias per channel."""
        return Parameters(*self.learned.parameters(single(inputs).channels))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """5 per element, and one each for weight and bias."""
        return normalized_by_itself(single(inputs), self.learned)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; save the input, in order, and mean and inverse deviation of each group."""
        del inputs

        def step(tensor: Strided) -> Strided:
            ordered = tape.formatted(tensor)
            made = tape.kernel(ordered, ordered.sizes, learned=self.affine)
            statistics = tape.empty((2, ordered.sizes[0], self.num_groups), itemsize=tape.statistics)
            tape.save(ordered, statistics, when=made.requires_grad)
            tape.drop(ordered, statistics)
            return made

        return flattened(tape, given[0], step)

    def summary(self, inputs: Inputs) -> str:
        """The number of groups."""
        del inputs
        return f"{self.num_groups} groups" + ("" if self.affine else ", no scale, no shift")
