"""How an output position reads input positions along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Taps:
    """A pattern of reads that repeats: output `q * period + p` reads `q * move + tap` for every tap of phase `p`.

    Taps are sorted; a phase without taps reads nothing. A window of stride s has one phase and moves by s; upsampling
    by s has s phases and moves by one.
    """

    phases: tuple[tuple[int, ...], ...]
    move: int = 1

    @property
    def period(self) -> int:
        """After how many output positions the pattern repeats."""
        return len(self.phases)

    @property
    def longest(self) -> int:
        """The most taps that an output position has."""
        return max(map(len, self.phases))

    @property
    def single(self) -> bool:
        """Whether all output positions read alike: the taps of position q are those of position 0 moved by q * move."""
        return len(self.phases) == 1

    @property
    def own_position(self) -> bool:
        """Whether no output position reads anything but its own."""
        return self.move == self.period and all(self.at(phase) in ((), (phase,)) for phase in range(self.period))

    def at(self, position: int) -> tuple[int, ...]:
        """The input positions that one output position reads, in order; below 0 and beyond the end lies padding."""
        repeat, phase = divmod(position, self.period)
        return tuple(repeat * self.move + tap for tap in self.phases[phase])

    def count(self, size: int) -> int:
        """How many taps the first `size` outputs have together."""
        turns, rest = divmod(size, self.period)
        lengths = [len(phase) for phase in self.phases]
        return turns * sum(lengths) + sum(lengths[:rest])


class Reach(Enum):
    """Reads that are no window: the whole axis, the past of each position, or nothing.

    `SELF_AND_ALL`: each position reads itself through a window, and the whole axis through a global operation.
    """

    ALL = "all"
    SELF_AND_ALL = "self and all"
    PAST = "past"
    NOTHING = "nothing"


AxisReads = Taps | Reach

POINTWISE = Taps(((0,),))


def fixed(index: int) -> Taps:
    """Every output position reads the same input position, as broadcasting and selection do."""
    return Taps(((index,),), move=0)


@dataclass(frozen=True, slots=True)
class TokenFlow:
    """What the tokens beside a grid have to do with it, for one input of a layer.

    `kept`: the output's tokens read the input's tokens. `to_grid`: every grid position reads the tokens. `from_grid`:
    the tokens read the whole grid, on every axis. `grid`: grid positions read the grid, as `reads` says by axis.
    """

    kept: bool = True
    to_grid: bool = False
    from_grid: bool = False
    grid: bool = True


TOKENS_PASS_BY = TokenFlow()
