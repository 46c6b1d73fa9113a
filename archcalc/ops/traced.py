"""A layer that was recorded from a module and is none of the operators of the language: what was seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import AllChannels, ChannelReads
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.core.strided import Strided, contiguous_strides
from archcalc.core.tape import Held
from archcalc.core.terms import Arithmetic, Parameters
from archcalc.ops.base import Inputs, PlainChannels, TokensPass, Windowless
from archcalc.ops.traits import Family, Join, Storage, Traits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.shape import Shape
    from archcalc.core.tape import Tape
    from archcalc.core.window import TransposedWindow, Window


@dataclass(frozen=True)
class TracedKernel:
    """The windows of a recorded convolution; `over` is the shape of the tensor that they slide over."""

    windows: Mapping[str, Window | TransposedWindow]
    over: Shape
    groups: int = 1


@dataclass(frozen=True, kw_only=True)
class Traced(Windowless, TokensPass, PlainChannels):
    """A recorded layer: the facts are those of the recording, whatever the inputs.

    `name` is what tables call it. Its receptive field and the storages of inference are given with the network.
    `pointwise` are the axes on which it reads no further than what it is given has read. `saved` says for backward
    whether its inputs and its output are saved, and how many elements inside. `kernel` is that of a convolution.
    """

    title: ClassVar[str] = "Traced"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=True, whole_axis="a recorded layer", join=Join.NONE
    )

    name: str
    shape: Shape
    stored: Parameters
    counted: Arithmetic
    pointwise: frozenset[str] = frozenset()
    saved: tuple[bool, bool, int] = (True, False, 0)
    kernel: TracedKernel | None = None

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return the shape that was recorded."""
        del inputs
        return self.shape

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Return the same position on an axis in `pointwise`, or the window of a kernel; else every position."""
        if axis in self.pointwise:
            return POINTWISE
        known = self.kernel is not None and axis in self.kernel.windows
        if self.kernel is not None and known and inputs[input_index].get(axis) == self.kernel.over[axis]:
            return self.kernel.windows[axis].taps()
        return WholeAxisRead.ALL

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Every channel may read any."""
        return AllChannels(inputs[input_index].channels)

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """It may depend on the position."""
        del inputs, axis
        return True

    def parameters(self, inputs: Inputs) -> Parameters:
        """What was read first by this layer."""
        del inputs
        return self.stored

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return the arithmetic that was counted while the module ran."""
        del inputs
        return self.counted

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; save what the recorded operators save, which is an estimate."""
        del inputs
        batch = given[0].grid.sizes[0] if given else 1
        saves_inputs, saves_output, elements = self.saved
        if saves_inputs:
            tape.save(*(each.grid for each in given))
        tape.save_statistics(batch, elements, when=elements > 0)
        out = tape.empty(self._sizes(batch), requires_grad=True)
        if saves_output:
            tape.save(out)
        return Held(out)

    def _sizes(self, batch: int) -> tuple[int, ...]:
        if self.shape.tokens:
            return (batch, self.shape.channels, self.shape.cells + self.shape.tokens)
        return (batch, *(size for _, size in self.shape.items))

    def summary(self, inputs: Inputs) -> str:
        """Return nothing: the name says it all."""
        del inputs
        return ""

    def label(self, inputs: Inputs) -> str:
        """Return the name, which was recorded."""
        del inputs
        return self.name


@dataclass(frozen=True, kw_only=True)
class TracedProduct(Traced):
    """A recorded layer whose arithmetic is that of matrix products."""

    traits: ClassVar[Traits] = Traits(
        family=Family.LINEAR, storage=Storage.OWN, weights=True, whole_axis="a matrix product", join=Join.NONE
    )


@dataclass(frozen=True, kw_only=True)
class TracedView(Traced):
    """A recorded layer that computes nothing: its output lies in the storage of its first input."""

    traits: ClassVar[Traits] = Traits(
        family=Family.REARRANGEMENT, storage=Storage.ALIAS, weights=False, whole_axis="a view", join=Join.NONE
    )

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return a view of the first input."""
        del tape, inputs
        first = given[0].grid
        sizes = self._sizes(first.sizes[0])
        return Held(Strided(first.storage, sizes, contiguous_strides(sizes), first.requires_grad))
