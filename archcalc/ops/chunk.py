"""One of several equal parts of the channels or of an axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import OWN_CHANNEL, ChannelPart, ChannelReads, ChannelSlices
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.tape import Held
from archcalc.core.window import part_window
from archcalc.ops.arguments import AnyAxis
from archcalc.ops.axes import require_axes
from archcalc.ops.base import AliasOp, IndexIndependent, Inputs, PlainChannels, TokensPass, require_at_least, single

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.tape import Tape
    from archcalc.core.window import Window


@dataclass(frozen=True, kw_only=True)
class Chunk(AliasOp, PlainChannels, TokensPass, IndexIndependent):
    """Cuts the channels, or another axis, into `chunks` parts and returns the one with number `index`.

    Example: `chunk: {chunks: 2, index: 1}` returns the second half of the channels; `axis: T` cuts T. The first parts
    have ceil(n / chunks) positions, the last one what is left, as in PyTorch. `crop: {C: [start, size]}` takes parts of
    any size. No arithmetic, no copy.
    Saved for backward: nothing.
    Reference: torch.chunk.
    """

    title: ClassVar[str] = "Chunk"

    chunks: int
    index: int
    axis: AnyAxis = CHANNEL

    def __post_init__(self) -> None:
        require_at_least(1, "chunks", self.chunks)

    def window(self, shape: Shape) -> Window:
        """Return one position at a time, with negative padding for what is cut off."""
        require_axes(shape, (self.axis,), argument="axis")
        n = shape[self.axis]
        size, count = self._parts(n)
        if not -count <= self.index < count:
            found = f"index {self.index} of {count} chunks of axis {self.axis}, which has {n} positions"
            raise OperatorError(found, f"{-count} to {count - 1}", argument="index")
        start = self.index % count * size
        return part_window(n, start, min(size, n - start))

    def _parts(self, n: int) -> tuple[int, int]:
        """Return the size of the first part of n positions, and how many parts there are."""
        size = -(-n // self.chunks)
        return size, -(-n // size)

    def windows(self, inputs: Inputs) -> None:
        """Return none that a table shows."""
        del inputs

    def channel_groups(self, inputs: Inputs) -> None:
        """Return None: the operator has no groups of channels."""
        del inputs

    def size_windows(self, inputs: Inputs) -> Mapping[str, Window]:
        """Return the window along the axis, which computes nothing."""
        return {} if self.axis == CHANNEL else {self.axis: self.window(single(inputs))}

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return the input with the size of the part."""
        shape = single(inputs)
        return shape.resized({self.axis: self.window(shape).size(shape[self.axis])})

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """The position that is kept; other axes are pointwise."""
        del input_index
        return self.window(single(inputs)).taps() if axis == self.axis else POINTWISE

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """The channel of its number, or the one that far after the first of the part."""
        if self.axis != CHANNEL:
            return OWN_CHANNEL
        shape = inputs[input_index]
        window = self.window(shape)
        return ChannelSlices((ChannelPart(range(-window.before, shape.channels + window.after)),))

    def summary(self, inputs: Inputs) -> str:
        """Return the number of the part, and the axis unless it is C: `2 of 4`."""
        _, count = self._parts(single(inputs)[self.axis])
        return f"{self.index % count + 1} of {count}" + ("" if self.axis == CHANNEL else f" along {self.axis}")

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return a view, which keeps the whole input in memory; nothing is saved."""
        del tape
        (shape,) = inputs
        size = self.output_shape(inputs)[self.axis]
        grid, tokens = given[0]
        dim = 1 + shape.axes.index(self.axis)
        cut = tokens if tokens is None or self.axis != CHANNEL else tokens.narrow(1, size)
        return Held(grid.narrow(dim, size), cut)
