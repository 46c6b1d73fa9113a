"""The answers to queries about positions: what is read of an earlier tensor, what is reached of a later one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.imported import EXACT
from archcalc.core.interval import Interval, length

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis.records import InputField
    from archcalc.core.positions import Positions
    from archcalc.core.reached import ReachedAxis


@dataclass(frozen=True, slots=True)
class Reads:
    """What positions of the layer `path` read of the tensor `of`, a network input or a layer before it.

    `at` holds one position per axis of the layer; on an axis that it leaves out all positions are meant. `ends` are the
    first and the last position that are read, by axis of `of`, clipped at every tensor on the way; None where padding
    alone is read. `positions` are all that are read, gaps included; of recorded modules, all from the first to the
    last. Each axis is worked out on its own. `sizes` are those of `of`; `tokens` says whether its tokens are read.
    `field` is the receptive field of the layer in `of`, over all positions; None where `of` has no axes.
    `status` is `exact`; of recorded modules also `outer` (no more than this is read) or `unknown`.
    """

    path: str
    at: Mapping[str, int]
    of: str
    ends: Mapping[str, Interval | None]
    sizes: Mapping[str, int]
    positions: Mapping[str, Positions]
    tokens: bool
    field: InputField | None
    status: str = EXACT

    @property
    def extents(self) -> dict[str, int]:
        """Return the number of positions from the first to the last, by axis."""
        return {axis: length(ends) for axis, ends in self.ends.items()}

    def __repr__(self) -> str:
        parts = [f"{axis} {_interval_text(ends)}" for axis, ends in self.ends.items()]
        parts += ["tokens"] * self.tokens
        return f"Reads({self.path}{at_text(self.at)} reads of {self.of}: {', '.join(parts) or 'its one position'})"


@dataclass(frozen=True, slots=True)
class Reached:
    """Which positions of the layer `path` depend on positions `at` of the tensor `source`.

    `axes` holds the exact set for each axis of the source, holes included; an axis that the layer lacks has one
    position there. Each axis is worked out on its own. `grid` and `tokens` say whether the layer's grid and its tokens
    depend on it; where the grid does not, `axes` is empty. `status` is `exact`; of recorded modules also `outer` (no
    more positions depend on it) or `unknown`.
    """

    path: str
    source: str
    at: Mapping[str, int]
    axes: Mapping[str, ReachedAxis]
    grid: bool
    tokens: bool
    status: str = EXACT

    @property
    def everywhere(self) -> bool:
        """Whether every position of the grid depends on it."""
        return self.grid and all(each.positions.count == each.size for each in self.axes.values())

    def __repr__(self) -> str:
        parts = [f"{axis} {each.positions}" for axis, each in self.axes.items()]
        parts += ["tokens"] * self.tokens
        return f"Reached({self.path} from {self.source}{at_text(self.at)}: {'; '.join(parts) or 'its one position'})"


def at_text(at: Mapping[str, int]) -> str:
    """` at T=4, H=0`; empty for all positions."""
    return " at " + ", ".join(f"{axis}={position}" for axis, position in at.items()) if at else ""


def _interval_text(ends: Interval | None) -> str:
    if ends is None:
        return "padding only"
    return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
