"""Shifts of channels along time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import OWN_CHANNEL, ChannelPart, ChannelReads, ChannelSlices
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, Taps
from archcalc.core.shape import Shape
from archcalc.core.tape import grid_only
from archcalc.ops.axes import require_axes
from archcalc.ops.base import (
    IndexIndependent,
    Inputs,
    PlainChannels,
    Rearrangement,
    TokensPass,
    Windowless,
    require_at_least,
    single,
)
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape


@dataclass(frozen=True, kw_only=True)
class TemporalShift(Rearrangement, Windowless, PlainChannels, TokensPass, IndexIndependent):
    """Shifts some channels along T, so that a frame-wise layer after it reads neighboring frames too.

    Example: `temporal_shift: {shift: 1, fold_div: 8}`: the first C // fold_div channels read t + shift, the next
    C // fold_div read t - shift, the others do not move; the ends are filled with zeros. With `causal: true` only the
    first C // fold_div channels are shifted, and read t - shift. Copies, without arithmetic.
    Saved for backward: nothing.
    Reference: Lin et al. 2019 (arXiv:1811.08383).
    """

    title: ClassVar[str] = "TemporalShift"
    traits: ClassVar[Traits] = Traits(
        family=Family.REARRANGEMENT, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )

    shift: int = 1
    fold_div: int = 8
    causal: bool = False

    def __post_init__(self) -> None:
        require_at_least(1, "shift", self.shift)
        require_at_least(1, "fold_div", self.fold_div)
        if self.fold_div == 1 and not self.causal:
            raise OperatorError(
                "fold_div 1: all channels from the future and as many from the past",
                "at least 2, or causal: true",
                argument="fold_div",
            )

    def output_shape(self, inputs: Inputs) -> Shape:
        """That of the input."""
        shape = single(inputs)
        require_axes(shape, ("T",))
        return shape

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """On T what the channels read together; other axes are pointwise."""
        del input_index
        return Taps.of([self._taps(single(inputs).channels)]) if axis == "T" else POINTWISE

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """The first channels read a later frame (`causal`: an earlier one), the next an earlier, the rest theirs."""
        channels = inputs[input_index].channels
        moved, moves = channels // self.fold_div, (-self.shift,) if self.causal else (self.shift, -self.shift)
        if not moved:
            return OWN_CHANNEL
        runs = [
            ChannelPart(range(at * moved, (at + 1) * moved), {"T": Taps.of([[move]])}) for at, move in enumerate(moves)
        ]
        return ChannelSlices((*runs, ChannelPart(range(len(moves) * moved, channels), {"T": POINTWISE})))

    def _taps(self, channels: int) -> tuple[int, ...]:
        moved = channels // self.fold_div
        directions = (-self.shift,) if self.causal else (-self.shift, self.shift)
        stays = moved * len(directions) < channels
        return tuple(sorted((directions if moved else ()) + ((0,) if stays else ())))

    def summary(self, inputs: Inputs) -> str:
        """How many channels move, each way and by how many frames."""
        channels = single(inputs).channels
        each = "from the past" if self.causal else "each way"
        return f"{channels // self.fold_div} of {channels} channels {each} by {self.shift}"

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate each part that moves and the output; nothing is saved."""
        shape = single(inputs)
        moved = shape.channels // self.fold_div
        directions = 1 if self.causal else 2

        def step(grid: Strided) -> Strided:
            part = grid.narrow(1, moved)
            parts = [tape.kernel(part, part.sizes) for _ in range(directions)]
            kept = grid.narrow(1, shape.channels - moved * directions)
            made = tape.cat([*parts, kept], 1)
            tape.drop(*parts)
            return made

        return grid_only(given[0], step)
