"""How an output position reads input positions along one axis."""

from __future__ import annotations

from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Taps(NamedTuple):
    """A pattern of reads that repeats: output `q * period + p` reads `q * move` further than output `p`.

    Output `p` reads every `step`-th position from `first[p]` to `last[p]`, or nothing where `last[p] < first[p]`. A
    window of stride s has one phase and moves by s; upsampling by s has s phases and moves by one. `of_whole_axis`: the
    positions are the share of some channels in what an operation reads that is global on the axis, and no window.
    """

    first: tuple[int, ...]
    last: tuple[int, ...]
    move: int = 1
    step: int = 1
    of_whole_axis: bool = False

    @classmethod
    def of(cls, phases: Sequence[Sequence[int]], move: int = 1) -> Taps:
        """The pattern whose outputs read these positions; ValueError where they are not evenly spaced, all alike."""
        steps = {after - before for phase in phases for before, after in pairwise(phase)}
        if len(steps) > 1 or min(steps, default=1) < 1:
            raise ValueError(f"positions {steps} after one another")
        first = tuple(phase[0] if phase else 0 for phase in phases)
        last = tuple(phase[-1] if phase else -1 for phase in phases)
        return cls(first, last, move, steps.pop() if steps else 1)

    @property
    def period(self) -> int:
        """After how many output positions the pattern repeats."""
        return len(self.first)

    @property
    def longest(self) -> int:
        """The most taps that an output position has."""
        return max(map(self._length, self.first, self.last))

    @property
    def last_read(self) -> tuple[int, ...]:
        """The last position that each phase that reads really reads: `last` less what does not fill a step."""
        if self.step == 1:
            return self.last
        ends = zip(self.first, self.last, strict=True)
        return tuple([first + (last - first) // self.step * self.step for first, last in ends])

    @property
    def single(self) -> bool:
        """Whether all output positions read alike: position q what position 0 reads, moved by q * move."""
        return len(self.first) == 1

    @property
    def own_position(self) -> bool:
        """Whether no output position reads anything but its own."""
        if self.move != self.period:
            return False
        read = enumerate(zip(self.first, self.last, strict=True))
        return all(last < first or first == last == phase for phase, (first, last) in read)

    @property
    def reads_itself(self) -> bool:
        """Whether it is one window that moves by one position, and that of every output holds its own position."""
        first, last = self.first[0], self.last[0]
        return len(self.first) == 1 and self.move == 1 and first <= 0 <= last and first % self.step == 0

    def always_inside(self, n: int, size: int) -> bool:
        """Whether it is one window without holes, and that of each of `size` outputs touches `n` positions."""
        first, last = self.first[0], self.last[0]
        without_holes = self.step == 1 and len(self.first) == 1 and self.move > 0
        return without_holes and first <= last and last >= 0 and (size - 1) * self.move + first < n

    def at(self, position: int) -> range:
        """Return the input positions that one output position reads, in order; those outside the input are padding."""
        repeat, phase = divmod(position, len(self.first))
        moved = repeat * self.move
        return range(self.first[phase] + moved, self.last[phase] + moved + 1, self.step)

    def inside(self, position: int, count: int) -> range:
        """Return those of the first `count` input positions that one output position reads, in order."""
        taps = self.at(position)
        first = taps.start if taps.start >= 0 else taps.start % taps.step
        return range(first, min(taps.stop, count), taps.step)

    def count(self, size: int) -> int:
        """How many taps the first `size` outputs have together."""
        repeats, rest = divmod(size, self.period)
        lengths = list(map(self._length, self.first, self.last))
        return repeats * sum(lengths) + sum(lengths[:rest])

    def _length(self, first: int, last: int) -> int:
        return max(0, (last - first) // self.step + 1)


class WholeAxisRead(Enum):
    """Reads that are no window: the whole axis, the past or the future of each position, itself included, or nothing.

    `SELF_AND_ALL`: each position reads itself through a window, and the whole axis through a global operation.
    """

    ALL = "all"
    SELF_AND_ALL = "self and all"
    PAST = "past"
    FUTURE = "future"
    NOTHING = "nothing"


AxisReads = Taps | WholeAxisRead

POINTWISE = Taps((0,), (0,))


def fixed(index: int) -> Taps:
    """Every output position reads the same input position, as broadcasting and selection do."""
    return Taps((index,), (index,), move=0)


def share_of_axis(positions: range) -> Taps:
    """Every output position reads these, some of the whole axis that is read for all channels together."""
    return Taps.of([positions], move=0)._replace(of_whole_axis=True)


class TokenFlow(NamedTuple):
    """How tokens and grid depend on each other, for one input of a layer.

    `kept`: the output's tokens read the input's tokens. `to_grid`: every grid position reads the tokens.
    `from_grid`: the tokens read the whole grid, on every axis. `grid`: grid positions read the grid, as `reads`
    says by axis.
    """

    kept: bool = True
    to_grid: bool = False
    from_grid: bool = False
    grid: bool = True


TOKENS_PASS_BY = TokenFlow()
