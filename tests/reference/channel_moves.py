"""Operations that take some channels, join two halves of them, or make positions of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from math import prod

from .operation import AXES, DoesNotFitError, Operands, OwnChannel, Unary, Wire


@dataclass(frozen=True)
class ChannelRange(Unary):
    """A run of channels, as `crop` takes one."""

    first: int
    count: int

    def spec(self) -> tuple[str, dict[str, object]]:
        return "crop", {"C": [self.first, self.count]}

    def channels(self, operands: tuple[int, ...]) -> int:
        if self.first + self.count > operands[0]:
            raise DoesNotFitError(f"channels {self.first} and on of {operands[0]}")
        return self.count

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return (self.first + channel,)


@dataclass(frozen=True)
class Sinusoidal(OwnChannel, Unary):
    """Positions added along an axis, for an even number of channels."""

    over: str

    def spec(self) -> tuple[str, dict[str, object]]:
        return "sinusoidal_position", {"over": self.over}

    def channels(self, operands: tuple[int, ...]) -> int:
        if operands[0] % 2:
            raise DoesNotFitError("an odd number of channels")
        return operands[0]


@dataclass(frozen=True)
class Half(Unary):
    """The first or second half of the channels, as `chunk` takes one."""

    second: bool

    def spec(self) -> tuple[str, dict[str, object]]:
        return "chunk", {"chunks": 2, "index": int(self.second)}

    def channels(self, operands: tuple[int, ...]) -> int:
        first = -(-operands[0] // 2)
        if operands[0] == 1 and self.second:
            raise DoesNotFitError("half of one channel")
        return operands[0] - first if self.second else first

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return (channel + (-(-counts[0] // 2) if self.second else 0),)


@dataclass(frozen=True)
class Glu(Unary):
    """Each channel of the first half with its gate in the second half."""

    def spec(self) -> tuple[str, dict[str, object]]:
        return "glu", {}

    def channels(self, operands: tuple[int, ...]) -> int:
        if operands[0] % 2:
            raise DoesNotFitError("an odd number of channels")
        return operands[0] // 2

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return (channel, channel + counts[0] // 2)


@dataclass(frozen=True)
class DepthToSpace(Unary):
    """Channels become blocks of positions."""

    factors: dict[str, int]

    def spec(self) -> tuple[str, dict[str, object]]:
        return "depth_to_space", dict(self.factors)

    def channels(self, operands: tuple[int, ...]) -> int:
        group = prod(self.factors.values())
        if operands[0] % group:
            raise DoesNotFitError(f"{operands[0]} channels in groups of {group}")
        return operands[0] // group

    def extent(self, axis: str, n: int) -> int | None:
        return n * self.factors.get(axis, 1)

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        return (index // self.factors.get(axis, 1),)

    def wires(
        self, axis: str, channel: int, index: int, operands: Operands, counts: tuple[int, ...], *, window: bool
    ) -> Iterable[Wire]:
        own = [each for each in AXES if each in self.factors]
        if axis in self.factors:
            index, phase = divmod(index, self.factors[axis])
        places = [(phase,) if each == axis and axis in self.factors else range(self.factors[each]) for each in own]
        for place in product(*places):
            number = channel
            for each, digit in zip(own, place, strict=True):
                number = number * self.factors[each] + digit
            yield 0, number, index

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        return self.factors.get(axis, 1), 1


@dataclass(frozen=True)
class PixelShuffle(DepthToSpace):
    """Channels become blocks of 2 x 2 pixels."""

    def spec(self) -> tuple[str, dict[str, object]]:
        return "pixel_shuffle", {"upscale_factor": self.factors["H"]}


@dataclass(frozen=True)
class Shuffle(Unary):
    """Channels in `groups` rows, read column by column."""

    groups: int

    def spec(self) -> tuple[str, dict[str, object]]:
        return "channel_shuffle", {"groups": self.groups}

    def channels(self, operands: tuple[int, ...]) -> int:
        if operands[0] % self.groups:
            raise DoesNotFitError(f"{operands[0]} channels in {self.groups} groups")
        return operands[0]

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        column, row = divmod(channel, self.groups)
        return (row * (counts[0] // self.groups) + column,)
