"""Two networks under one setup: times the arithmetic, times the time, and whether that is a difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.report.words import extent, percent, setup_words, times
from archcalc.tables.profile import UNSTEADY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.results.profile import Profile

FASTER, SAME, SLOWER = "faster", "same", "slower"
NEARLY = 0.05
"""MACs that lie no further apart are about as many."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A network against another that was measured under the same setup."""

    reference: Profile
    variant: Profile

    @property
    def macs(self) -> float:
        """The MACs of a clip against those of the reference."""
        return self.variant.macs / self.reference.macs if self.reference.macs else 1.0

    @property
    def time(self) -> float:
        """The time of a clip against that of the reference."""
        return _clip_ms(self.variant) / _clip_ms(self.reference)

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


def contrasts(reference: Sequence[Profile], variant: Sequence[Profile]) -> list[Contrast]:
    """A contrast for each setup under which both were measured."""
    theirs = {each.setup: each for each in reference}
    return [Contrast(theirs[each.setup], each) for each in variant if each.setup in theirs]


def macs_words(macs: float) -> str:
    """`0.65 times as many MACs as`, or `about as many MACs as`."""
    return "about as many MACs as" if abs(macs - 1) <= NEARLY else f"{times(macs)} times as many MACs as"


def time_words(found: Sequence[Contrast]) -> str:
    """How long the variant takes: for one setup said plainly, over several counted."""
    if len(found) == 1:
        return _one(found[0])
    parts = [words for outcome in (FASTER, SAME, SLOWER) if (words := _some(found, outcome))]
    return f"Of {len(found)} setups, {'; '.join(parts)}."


def _one(only: Contrast) -> str:
    where = setup_words(only.variant.setup)
    if only.outcome == SAME:
        return f"There is no difference in time beyond the spread of {percent(only.spread)} ({where})."
    return f"A clip takes {times(only.time)} times as long ({where})."


def _some(found: Sequence[Contrast], outcome: str) -> str:
    such = sorted(each.time for each in found if each.outcome == outcome)
    if not such:
        return ""
    number = "all" if len(such) == len(found) else str(len(such))
    if outcome == SAME:
        return f"{number} {'show' if len(such) > 1 else 'shows'} no difference in time beyond their spread"
    spans = extent([times(such[0]), times(such[-1])])
    return f"{number} {'are' if len(such) > 1 else 'is'} {outcome}, at {spans} times the time"


def mac_words(found: Sequence[Contrast], reference: str) -> str:
    """How long a multiply-accumulate takes against one of the reference, over all setups."""
    if _unsteady(found):
        return f"How long a MAC takes against one of {reference}, measurements this unsteady do not say."
    ratios = sorted(each.time / each.macs for each in found)
    spread = max(each.spread for each in found)
    if all(abs(each - 1) <= spread * max(each, 1.0) for each in ratios):
        return f"A MAC takes no longer or shorter than one of {reference}, beyond the spread of {percent(spread)}."
    spans = extent([times(ratios[0]), times(ratios[-1])])
    return f"A MAC takes {spans} times as long as one of {reference}."


def ratio_words(each: Contrast) -> str:
    """`2.13x`, or `same`; `unsteady` where the spread is too large to say either."""
    if each.outcome == SAME:
        return "unsteady" if each.spread > UNSTEADY else SAME
    return f"{times(each.time)}x"


def verdict(found: Sequence[Contrast], what: str) -> str:
    """Whether something pays, over all setups; `what` is the subject of the sentence."""
    outcomes = {each.outcome for each in found}
    if outcomes == {FASTER}:
        less = all(each.time > each.macs * (1 + each.spread) for each in found)
        return f"{what} pays, though by less than the MACs say." if less else f"{what} pays."
    if outcomes == {SAME}:
        told = f"Whether {_lowered(what)} pays, measurements this unsteady do not say."
        return told if _unsteady(found) else f"{what} makes no difference here."
    if FASTER in outcomes:
        return f"Whether {_lowered(what)} pays depends on the setup."
    fewer = all(each.macs < 1 - NEARLY for each in found)
    return f"{what} does not pay, in spite of fewer MACs." if fewer else f"{what} does not pay."


def _unsteady(found: Sequence[Contrast]) -> bool:
    return all(each.outcome == SAME and each.spread > UNSTEADY for each in found)


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]
