"""How the channels of a layer's output read those of one of its inputs.

Every answer says which input channels a run of output channels reads together, and along which axes it does so at other
positions than the operator's `reads` says.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from archcalc.core.reads import POINTWISE, Taps, WholeAxisRead, share_of_axis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archcalc.core.reads import AxisReads

Box = tuple[range, ...]


@dataclass(frozen=True, slots=True)
class ChannelPart:
    """A run of input channels, or every n-th of one; `reads` has the axes that are read differently from the rest."""

    channels: range
    reads: Mapping[str, AxisReads] = field(default_factory=dict)


class ChannelReads(ABC):
    """How output channels read input channels."""

    @property
    @abstractmethod
    def keeps_alike(self) -> bool:
        """Whether all output channels see the same where all input channels do."""

    @property
    @abstractmethod
    def mixes(self) -> bool:
        """Whether every output channel reads all input channels."""

    @property
    @abstractmethod
    def differs(self) -> bool:
        """Whether some input channels are read at other positions than the operator's `reads` says, or not at all."""

    @abstractmethod
    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """What a run of output channels reads together."""


class Uniform(ChannelReads):
    """All channels are read at the same positions, and none is left out."""

    keeps_alike = True
    mixes = False
    differs = False


@dataclass(frozen=True, slots=True)
class AllChannels(Uniform):
    """Every output channel reads all input channels: convolutions, linear layers, attention, norms over channels."""

    channels: int
    mixes = True

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """Yield one part with all input channels."""
        del wanted
        yield ChannelPart(range(self.channels))


@dataclass(frozen=True, slots=True)
class OwnChannel(Uniform):
    """Each output channel reads the input channel of its number: pools, activations, sums."""

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """Yield one part with the input channels of the same numbers."""
        yield ChannelPart(wanted)


OWN_CHANNEL = OwnChannel()


@dataclass(frozen=True, slots=True)
class ChannelGroups(Uniform):
    """Each group of `outputs` output channels reads its group of `inputs` input channels."""

    inputs: int
    outputs: int

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """The groups of the first and the last channel, and all between them."""
        first, last = wanted.start // self.outputs, (wanted.stop - 1) // self.outputs
        yield ChannelPart(range(first * self.inputs, (last + 1) * self.inputs))


@dataclass(frozen=True, slots=True)
class ChannelStatistics(Uniform):
    """Each output channel reads the channel with its number, and all positions of its group for statistics.

    `axes` are those along which the statistics are computed.
    """

    size: int
    axes: tuple[str, ...]

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """The channels themselves, and the whole axes of their groups."""
        first, last = wanted.start // self.size, (wanted.stop - 1) // self.size
        yield ChannelPart(wanted, dict.fromkeys(self.axes, POINTWISE))
        yield ChannelPart(range(first * self.size, (last + 1) * self.size), dict.fromkeys(self.axes, WholeAxisRead.ALL))


@dataclass(frozen=True, slots=True)
class ChannelNeighbors(Uniform):
    """Each output channel reads the input channel with its number and its neighbors, as many before as after it."""

    channels: int
    before: int
    after: int

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """The channels with their neighbors, as far as there are any."""
        yield ChannelPart(range(max(0, wanted.start - self.before), min(self.channels, wanted.stop + self.after)))


@dataclass(frozen=True, slots=True)
class ChannelHalves(Uniform):
    """Each output channel reads the input channel with its number, and the one `half` channels further on."""

    half: int

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """Yield the channels in the first half, then those in the second."""
        yield ChannelPart(wanted)
        yield ChannelPart(range(wanted.start + self.half, wanted.stop + self.half))


@dataclass(frozen=True, slots=True)
class ChannelDirections(ChannelReads):
    """The first `size` output channels read the past of each position, the others its future; each all channels."""

    channels: int
    size: int
    axis: str
    keeps_alike = False
    mixes = False
    differs = True

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """Yield all input channels for each direction that is wanted."""
        if wanted.start < self.size:
            yield ChannelPart(range(self.channels), {self.axis: WholeAxisRead.PAST})
        if wanted.stop > self.size:
            yield ChannelPart(range(self.channels), {self.axis: WholeAxisRead.FUTURE})


@dataclass(frozen=True, slots=True)
class ChannelPlace(ChannelReads):
    """The input's channels are the output's from number `first` on: concatenation."""

    first: int
    channels: int
    keeps_alike = False
    mixes = False
    differs = False

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """Those of the input among the output channels."""
        start, stop = max(wanted.start - self.first, 0), min(wanted.stop - self.first, self.channels)
        if start < stop:
            yield ChannelPart(range(start, stop))


@dataclass(frozen=True, slots=True)
class ChannelSlices(ChannelReads):
    """The output channels are these runs of input channels, one after the other, each with its reads."""

    slices: tuple[ChannelPart, ...]
    keeps_alike = False
    mixes = False
    differs = True

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """The share of every run in the output channels."""
        place = 0
        for part in self.slices:
            size = len(part.channels)
            start, stop = max(wanted.start - place, 0), min(wanted.stop - place, size)
            if start < stop:
                yield ChannelPart(part.channels[start:stop], part.reads)
            place += size


@dataclass(frozen=True, slots=True)
class ChannelFold(ChannelReads):
    """Positions become channels: those of one input channel follow each other, the last axis fastest.

    `factors` says how many positions of each axis become channels. `moves`: they are blocks that follow each other
    along the axis (space to depth); otherwise they are the whole axis (flatten, stacked frames).
    """

    channels: int
    factors: tuple[tuple[str, int], ...]
    moves: bool
    keeps_alike = False
    mixes = False
    differs = False

    def parts(self, wanted: range) -> Iterator[ChannelPart]:
        """Whole input channels, and boxes of positions of the channels at both ends."""
        for channels, *positions in boxes(wanted, (self.channels, *(size for _, size in self.factors))):
            own = {
                axis: Taps.of([each], size) if self.moves else share_of_axis(each)
                for (axis, size), each in zip(self.factors, positions, strict=True)
                if len(each) < size
            }
            yield ChannelPart(channels, own)


def boxes(wanted: range, sizes: Sequence[int]) -> Iterator[Box]:
    """Cut a run of numbers into boxes, where a number is written with digits of these sizes, the slowest first."""
    if not sizes:
        yield ()
        return
    inner = prod(sizes[1:])
    first, last = wanted.start // inner, (wanted.stop - 1) // inner
    start, stop = wanted.start - first * inner, wanted.stop - last * inner
    if first == last:
        yield from _under(range(first, first + 1), range(start, stop), sizes)
        return
    whole = range(first + (start > 0), last + (stop == inner))
    if start > 0:
        yield from _under(range(first, first + 1), range(start, inner), sizes)
    if whole:
        yield from _under(whole, range(inner), sizes)
    if stop < inner:
        yield from _under(range(last, last + 1), range(stop), sizes)


def _under(digit: range, rest: range, sizes: Sequence[int]) -> Iterator[Box]:
    return ((digit, *box) for box in boxes(rest, sizes[1:]))
