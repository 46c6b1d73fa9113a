"""The figures of a report in short."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

from archcalc.analysis.latency_fit import error_of
from archcalc.core.messages import counted
from archcalc.report.contrast import SAME, Contrast
from archcalc.report.gpu import gpu_summary
from archcalc.report.measured import leading, of_setup
from archcalc.report.words import extent, listed, percent, setup_words
from archcalc.results.latency_fit import LEAST_NETWORKS
from archcalc.results.profile import MODES
from archcalc.tables.networks import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.analysis.latency import Prediction
    from archcalc.report.measured import Measured


def summary(cases: Sequence[Measured]) -> list[str]:
    """A sentence each: networks and families, prediction, memory, roofline, and what puts networks in order."""
    return [
        _families(cases),
        *_prediction_errors(cases),
        *_memory(cases),
        f"Roofline: {roofline_words(cases)}.",
        *gpu_summary(cases),
        *_order(cases),
    ]


def _families(cases: Sequence[Measured]) -> str:
    family = {case.name: case.family for case in cases}
    count = Counter(family.values())
    several = listed([f"{name} ({number})" for name, number in count.items()])
    missing = [name for name in FAMILIES if name not in count]
    none = f"; none of {', '.join(missing)}" if missing else ", which is all families of the catalog"
    return f"Networks: {len(family)}, of {several}{none}."


def guesses(cases: Sequence[Measured]) -> list[Prediction]:
    """Return the predictions of all cases that have one."""
    return [case.prediction for case in cases if case.prediction is not None]


def _prediction_errors(cases: Sequence[Measured]) -> list[str]:
    found = guesses(cases)
    if not found:
        return [f"Prediction: none, for it needs {LEAST_NETWORKS} networks of one number format at inference."]
    formats = list(dict.fromkeys(case.setup.dtype for case in cases if case.prediction))
    lines = [f"Prediction of each network from the others alone: {error_words(found)}."]
    if len(formats) > 1:
        each = (guesses([case for case in cases if case.setup.dtype == dtype]) for dtype in formats)
        lines += [f"In {dtype} alone: {error_words(some)}." for dtype, some in zip(formats, each, strict=True)]
    return lines


def error_words(found: Sequence[Prediction]) -> str:
    """Median, p90 and worst error, and over how many."""
    error, worst = error_of(found), max(found, key=lambda each: abs(each.error))
    return (
        f"error {percent(error.median)} in the median, {percent(error.p90)} at p90, {percent(error.worst)} at worst "
        f"({worst.name}), over {counted(len(found), 'profile')} of {counted(error.networks, 'network')}"
    )


def _memory(cases: Sequence[Measured]) -> list[str]:
    by_mode = {mode: [case for case in cases if case.setup.mode == mode] for mode in MODES}
    return [f"Memory, {mode}: {memory_words(some)}." for mode, some in by_mode.items() if some]


def memory_words(cases: Sequence[Measured]) -> str:
    """The median of measured over predicted peak memory, and its range."""
    ratios = sorted(case.profile.memory.ratio for case in cases)
    return f"measured {median(ratios):.2f} of predicted in the median, {extent(f'{each:.2f}' for each in ratios)}"


def roofline_words(cases: Sequence[Measured]) -> str:
    """How much of the measured time the rooflines explain."""
    shares = sorted(reached(case) for case in cases)
    spans = extent(percent(each) for each in shares)
    return f"{percent(median(shares))} of the measured time in the median, {spans}"


def reached(case: Measured) -> float:
    """Roofline over measured time."""
    return case.profile.roofline_ms / case.profile.latency.median


def _order(cases: Sequence[Measured]) -> list[str]:
    """How often the slower of two networks is the one that does more, by MACs, by rooflines and by prediction."""
    setup = leading(cases)
    some = of_setup(cases, setup)
    pairs = [(a, b) for a, b in combinations(some, 2) if Contrast(a.profile, b.profile).outcome != SAME]
    if not pairs:
        return []
    ways: dict[str, Callable[[Measured], float]] = {
        "MACs": lambda case: case.profile.macs,
        "rooflines": lambda case: case.profile.roofline_ms,
    }
    if all(case.prediction for case in some):
        ways["predictions"] = lambda case: case.prediction.predicted if case.prediction else 0.0
    said = [f"{name} name the slower one in {percent(_right(pairs, way))}" for name, way in ways.items()]
    return [f"Of {counted(len(pairs), 'pair')} of networks whose times differ by more than their spread, "
            f"{listed(said)} ({setup_words(setup)})."]  # fmt: skip


def _right(pairs: Sequence[tuple[Measured, Measured]], way: Callable[[Measured], float]) -> float:
    took = [(a.profile.latency.median - b.profile.latency.median) * (way(a) - way(b)) for a, b in pairs]
    return sum(each > 0 for each in took) / len(took)
