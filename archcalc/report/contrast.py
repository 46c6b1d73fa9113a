"""Two networks under one setup: times the arithmetic, times the time, and whether that is a difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.report.words import times
from archcalc.tables.profile import UNSTEADY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.results.profile import Profile

FASTER, SAME, SLOWER = "faster", "same", "slower"
NEARLY = 0.05
"""Relative difference of MACs below which two counts are called about equal."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A network compared with another that was measured under the same setup."""

    reference: Profile
    variant: Profile

    @property
    def macs(self) -> float:
        """The MACs of a clip over those of the reference."""
        return self.variant.macs / self.reference.macs if self.reference.macs else 1.0

    @property
    def time(self) -> float:
        """The time of a clip over that of the reference."""
        return _clip_ms(self.variant) / _clip_ms(self.reference)

    @property
    def bytes(self) -> float:
        """The bytes that a batch moves over those of the reference."""
        return moved(self.variant) / moved(self.reference)

    @property
    def spread(self) -> float:
        """The larger of the two spreads."""
        return max(self.reference.latency.spread, self.variant.latency.spread)

    @property
    def outcome(self) -> str:
        """FASTER or SLOWER, and SAME for a difference that is not larger than the spread."""
        mine, theirs = _clip_ms(self.variant), _clip_ms(self.reference)
        if abs(mine - theirs) <= self.spread * max(mine, theirs):
            return SAME
        return FASTER if mine < theirs else SLOWER

    @property
    def same_inputs(self) -> bool:
        """Whether both look at clips of one size."""
        return self.reference.inputs == self.variant.inputs


def _clip_ms(profile: Profile) -> float:
    return profile.latency.median / profile.setup.batch


def moved(profile: Profile) -> int:
    """Return the bytes that all layers move for a batch."""
    return sum(layer.bytes for layer in profile.layers)


def contrasts(reference: Sequence[Profile], variant: Sequence[Profile]) -> list[Contrast]:
    """A contrast for each setup under which both were measured."""
    theirs = {each.setup: each for each in reference}
    return [Contrast(theirs[each.setup], each) for each in variant if each.setup in theirs]


def about_one(ratio: float, limit: float = NEARLY) -> bool:
    """Return whether a ratio is no further from 1 than a limit."""
    return abs(ratio - 1) <= limit


def ratio_words(each: Contrast) -> str:
    """`2.13x`, or `same`; `unsteady` where the spread is too large to say either."""
    if each.outcome == SAME:
        return "unsteady" if each.spread > UNSTEADY else SAME
    return f"{times(each.time)}x"


def all_unsteady(found: Sequence[Contrast]) -> bool:
    """Whether no setup shows a difference, because all measurements are unsteady."""
    return all(each.outcome == SAME and each.spread > UNSTEADY for each in found)


def verdict(found: Sequence[Contrast]) -> str:
    """Whether a design pays, over all setups: the key of a sentence in the templates."""
    outcomes = {each.outcome for each in found}
    if outcomes == {FASTER}:
        less = all(each.time > each.macs * (1 + each.spread) for each in found)
        return "pays less" if less else "pays"
    if outcomes == {SAME}:
        return "unsteady" if all_unsteady(found) else "no difference"
    if FASTER in outcomes:
        return "depends"
    return "in spite" if all(each.macs < 1 - NEARLY for each in found) else "no"
