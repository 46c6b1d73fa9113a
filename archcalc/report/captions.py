"""How to read each plot of a report, and what it shows: figures of the data at hand."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from archcalc.analysis.latency import LEAST_LAYERS
from archcalc.report.series import ErrorBars, Layers, layer_points, mean_shares, time_bars
from archcalc.report.summary import memory_words, reached, roofline_words
from archcalc.report.words import are, listed, percent, setup_words
from archcalc.tables.profile import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.report.measured import Measured
    from archcalc.results.profile import Setup

AIM = 0.15
"""The error of a prediction that is aimed at."""


def latency_caption(cases: Sequence[Measured]) -> str:
    """What the analytic latency explains, which network is nearest to it and which is furthest."""
    best, worst = max(cases, key=reached), min(cases, key=reached)
    below = sum(reached(case) > 1 for case in cases)
    under = (
        f"{are(below, 'point')} below the line: inputs in a cache, or peaks that were not reached. " if below else ""
    )
    ends = f" ({worst.name} least, {best.name} most)" if best is not worst else ""
    return (
        "The roofline, which is the least time by the analytic numbers, against what was measured; on the dashed line "
        f"a network would be as fast as the device allows. {under}The roofline is {roofline_words(cases)}{ends}."
    )


def roofline_caption(cases: Sequence[Measured], setup: Setup) -> str:
    """How near layers come to the roof, by kind."""
    layers = layer_points(cases, setup)
    how = (
        f"Each point is a layer that multiplies ({setup_words(setup)}); the line is the most that the device was seen "
        f"to do, bound by memory left of {figure(layers.ridge)} FLOPs per byte and by arithmetic right of it."
    )
    return f"{how} {_nearness(layers)}" if layers.points else how


def _nearness(layers: Layers) -> str:
    shares: dict[str, list[float]] = {}
    for point in layers.points:
        shares.setdefault(point.name, []).append(point.up / layers.roof(point.across))
    enough = {kind: some for kind, some in shares.items() if len(some) >= LEAST_LAYERS} or shares
    middle = {kind: median(some) for kind, some in enough.items()}
    best, worst = max(middle, key=lambda kind: middle[kind]), min(middle, key=lambda kind: middle[kind])
    left = sum(point.across < layers.ridge for point in layers.points) / len(layers.points)
    every = percent(median(each for some in shares.values() for each in some))
    said = f"{percent(left)} of the layers lie left of that; half of all reach less than {every} of the roof"
    if best == worst:
        return f"{said}."
    return (
        f"{said}. Nearest comes {best} ({percent(middle[best])} in the median), furthest stays {worst} "
        f"({percent(middle[worst])})."
    )


def time_caption(cases: Sequence[Measured], setup: Setup) -> str:
    """What takes the time, each network counting alike."""
    means = mean_shares(time_bars(cases, setup))
    most = listed([f"{kind} {percent(share)}" for kind, share in list(means.items())[:3]])
    convolutions = sum(share for kind, share in means.items() if kind.endswith("convolution"))
    return (
        f"The time of each network's layers by their kind ({setup_words(setup)}). Each network counting alike, most is "
        f"taken by {most}; all convolutions together take {percent(convolutions)}."
    )


def memory_caption(cases: Sequence[Measured]) -> str:
    """How far memory at the peak is from what was predicted."""
    above = sum(case.profile.memory.ratio > 1 for case in cases)
    return (
        "The peak of memory by the analytic numbers against the one measured; on the dashed line they are equal. "
        f"{above} of {len(cases)} lie above it, where more was needed than predicted: {memory_words(cases)}."
    )


def prediction_caption(found: ErrorBars) -> str:
    """How many networks are predicted well, and whether the others take longer or shorter than predicted."""
    near = sum(bar.size <= AIM for bar in found.bars)
    too_long = sum(bar.too_long for bar in found.bars)
    return (
        "The error of predicting each network from the others, without sign; dots are its setups, the line is the "
        f"median of all, {percent(found.median)}. {near} of {len(found.bars)} networks are predicted to {percent(AIM)} "
        f"or better; for {too_long} the prediction is too long, for {len(found.bars) - too_long} too short."
    )


def factorized_caption(setup: Setup) -> str:
    """How arrows are read."""
    return (
        f"Each arrow leads from a network of dense kernels to one of other kernels ({setup_words(setup)}): to the left "
        "it does fewer MACs, downwards it takes less time, how many times is written beside it. Along the dashed lines "
        "time falls as MACs do; an arrow that is flatter, or rises, loses what it saves."
    )
