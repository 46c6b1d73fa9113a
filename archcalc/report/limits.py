"""What the figures of a report do not say."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from archcalc.core.messages import counted
from archcalc.report.gpu import gpu_limits
from archcalc.report.measured import device_of, networks
from archcalc.report.words import extent, listed, percent, setup_words
from archcalc.results.profile import MODES
from archcalc.tables.profile import UNSTEADY, unsteady_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.report.measured import Measured


def limits(cases: Sequence[Measured]) -> list[str]:
    """A sentence or two each, the ones that depend on the data first."""
    return [
        *_unsteady(cases),
        *_halved(cases),
        _layers(cases),
        *gpu_limits(cases),
        *_modes(cases),
        f"All of it is of one device ({device_of(cases[0].profile)}) and the versions above; nothing here is carried "
        "over to another.",
        "Weights and clips are random: these are times, and say nothing of how well a network does its task.",
        "A roofline is a lower bound with the peaks that were measured on the device. Layers that find their inputs in "
        "a cache move fewer bytes than it counts, so a layer can be faster than its roofline.",
        *_predicted(cases),
    ]


def _unsteady(cases: Sequence[Measured]) -> list[str]:
    such = [case for case in cases if case.profile.latency.spread > UNSTEADY]
    if not such:
        worst = max(case.profile.latency.spread for case in cases)
        apart = f"The spread is how far the medians of two rounds lie apart, {percent(worst)} at most"
        return [f"{apart}; it says nothing of other days and other machines."]
    named = listed([f"{each} by {percent(_widest(such, each))}" for each in networks(such)])
    apart = f"{counted(len(such), 'profile')} with two rounds more than {percent(UNSTEADY)} apart"
    why = unsteady_reason(such[0].profile)
    return [f"{apart} ({why}): {named}. Their times are not to be trusted."]


def _widest(cases: Sequence[Measured], name: str) -> float:
    return max(case.profile.latency.spread for case in cases if case.name == name)


def _halved(cases: Sequence[Measured]) -> list[str]:
    such = [case for case in cases if case.profile.asked_batch != case.setup.batch]
    if not such:
        return []
    named = listed([f"{case.name} ({setup_words(case.setup)}, not batch {case.profile.asked_batch})" for case in such])
    return [f"Memory did not suffice for every batch that was asked for: {named}."]


def _layers(cases: Sequence[Measured]) -> str:
    sums = sorted(case.profile.layers_ms / case.profile.latency.median for case in cases)
    spans = extent(percent(each) for each in sums)
    return (
        f"Layers are timed in a pass of their own: together they take {percent(median(sums))} of the time of the whole "
        f"network in the median, {spans}. What is said of kinds of layers is said of that pass."
    )


def _modes(cases: Sequence[Measured]) -> list[str]:
    missing = [mode for mode in MODES if all(case.setup.mode != mode for case in cases)]
    plain = [] if any(case.setup.compiled for case in cases) else ["compiled networks"]
    return [f"Not measured: {listed([*missing, *plain])}."] if missing or plain else []


def _predicted(cases: Sequence[Measured]) -> list[str]:
    if all(case.prediction is None for case in cases):
        return []
    return [
        "A prediction leaves one network out, and its relatives in: the error for a network unlike all of these "
        f"{counted(len(networks(cases)), 'network')} may be larger. It is made for inference that is not compiled."
    ]
