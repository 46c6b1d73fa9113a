"""Channels put in another order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import ChannelPart, Uniform, boxes
from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from archcalc.core.tape import grid_only
from archcalc.ops.axes import require_no_tokens
from archcalc.ops.base import (
    Inputs,
    PlainChannels,
    Pointwise,
    Rearrangement,
    TokensPass,
    Windowless,
    require_at_least,
    single,
)
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.tape import Held, Tape

MOST_GROUPS = 10_000


@dataclass(frozen=True, slots=True)
class Interleaved(Uniform):
    """The first channels of all groups, then the second ones: channel i * groups + j is number i of group j."""

    channels: int
    groups: int

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """Yield, for each run of whole rows or part of one, the channels of each group in it."""
        size = self.channels // self.groups
        for inside, groups in boxes(wanted, (size, self.groups)):
            if len(inside) == size and len(groups) == self.groups:
                yield ChannelPart(range(self.channels))
            else:
                yield from (ChannelPart(range(j * size + inside.start, j * size + inside.stop)) for j in groups)


@dataclass(frozen=True, kw_only=True)
class ChannelShuffle(Rearrangement, Windowless, PlainChannels, TokensPass, Pointwise):
    """Interleaves the channels of `groups` groups, so that a grouped convolution after it reads all groups.

    Example: `channel_shuffle: {groups: 4}`: of 64 channels, the first outputs are inputs 0, 16, 32, 48, then 1, 17, 33,
    49. Copies, without arithmetic.
    Saved for backward: nothing.
    Reference: torch.nn.ChannelShuffle; Zhang et al. 2018 (arXiv:1707.01083).
    """

    title: ClassVar[str] = "ChannelShuffle"
    traits: ClassVar[Traits] = Traits(
        family=Family.REARRANGEMENT, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )

    groups: int

    def __post_init__(self) -> None:
        require_at_least(1, "groups", self.groups)
        if self.groups > MOST_GROUPS:
            raise OperatorError(f"groups {self.groups:,}", f"at most {MOST_GROUPS:,}", argument="groups")

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return that of the input; OperatorError without an axis, with tokens, or for groups that do not divide C."""
        shape = single(inputs)
        require_no_tokens(shape, self.title)
        if not shape.grid:
            raise OperatorError(f"{self.title} on a tensor of channels alone", "a tensor with an axis")
        if shape.channels % self.groups:
            found = f"{self.groups} groups for {shape.channels} channels"
            raise OperatorError(found, "groups that divide the channels", argument="groups")
        return shape

    def channel_reads(self, inputs: Inputs, input_index: int) -> Interleaved:
        """Return that each output channel reads one input channel, alternating between the groups."""
        return Interleaved(inputs[input_index].channels, self.groups)

    def summary(self, inputs: Inputs) -> str:
        """Return the number of groups for the label: `4 groups`."""
        del inputs
        return f"{self.groups} groups"

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; nothing is saved."""
        del inputs
        return grid_only(given[0], lambda grid: tape.kernel(grid, grid.sizes))
