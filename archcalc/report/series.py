"""Points, bars and arrows of the plots of a report."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean, median
from typing import TYPE_CHECKING

from archcalc.analysis.latency_fit import error_of
from archcalc.analysis.layer_kind import LAYER_KINDS
from archcalc.report.contrast import ratio_words
from archcalc.report.kinds import time_shares
from archcalc.report.measured import guesses, networks, of_setup, setups
from archcalc.report.words import setup_words
from archcalc.results.latency_fit import usual_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.analysis.roofline import Limits
    from archcalc.report.measured import Measured
    from archcalc.report.pairs import FoundPair
    from archcalc.results.profile import Profile, Setup

MEBI = 2**20
GIGA, TERA = 1e9, 1e12


@dataclass(frozen=True, slots=True)
class Point:
    """A spot with the name of a network or the kind of a layer."""

    name: str
    across: float
    up: float


@dataclass(frozen=True, slots=True)
class Group:
    """Points of one setup."""

    title: str
    points: tuple[Point, ...]


def latency_groups(cases: Sequence[Measured]) -> list[Group]:
    """Roofline ms against measured ms."""
    return _groups(cases, lambda case: (case.profile.roofline_ms, case.profile.latency.median))


def memory_groups(cases: Sequence[Measured]) -> list[Group]:
    """Predicted against measured MiB at the peak."""
    return _groups(
        cases,
        lambda case: (case.profile.memory.predicted_peak_bytes / MEBI, case.profile.memory.peak_bytes / MEBI),
    )


def _groups(cases: Sequence[Measured], read: Callable[[Measured], tuple[float, float]]) -> list[Group]:
    found = []
    for setup in setups(cases):
        points = tuple(Point(case.name, *read(case)) for case in of_setup(cases, setup) if all(read(case)))
        found.append(Group(setup_words(setup), points))
    return [each for each in found if each.points]


@dataclass(frozen=True)
class Layers:
    """The layers of one setup with MACs: FLOPs per byte against TFLOP/s, and the measured roofline."""

    setup: Setup
    points: tuple[Point, ...]
    limits: Limits

    @property
    def ridge(self) -> float:
        """FLOPs per byte at which arithmetic takes as long as traffic."""
        return self.limits.peak / self.limits.bandwidth

    def roof(self, intensity: float) -> float:
        """Return the largest TFLOP/s at some FLOPs per byte."""
        return min(self.limits.peak, self.limits.bandwidth * intensity) / TERA


def layer_points(cases: Sequence[Measured], setup: Setup) -> Layers:
    """The layers of all networks under one setup, in the order of their kinds."""
    some = of_setup(cases, setup)
    layers = [layer for case in some for layer in case.profile.layers if layer.flops and layer.bytes and layer.ms]
    ordered = sorted(layers, key=lambda layer: _kind_place(layer.kind))
    points = tuple(Point(layer.kind, layer.intensity, layer.tflops) for layer in ordered)
    return Layers(setup, points, usual_limits([case.profile for case in some]))


def _kind_place(kind: str) -> int:
    return LAYER_KINDS.index(kind) if kind in LAYER_KINDS else len(LAYER_KINDS)


@dataclass(frozen=True, slots=True)
class Bar:
    """A network and the share of its time that each kind of layer takes."""

    name: str
    shares: dict[str, float]


def time_bars(cases: Sequence[Measured], setup: Setup) -> list[Bar]:
    """A bar for each network under one setup, family by family."""
    return [Bar(case.name, time_shares(case)) for case in of_setup(cases, setup)]


def mean_shares(bars: Sequence[Bar]) -> dict[str, float]:
    """The part of the time of each kind, each network counting alike, the largest first."""
    kinds = sorted({kind for bar in bars for kind in bar.shares}, key=_kind_place)
    means = {kind: mean(bar.shares.get(kind, 0.0) for bar in bars) for kind in kinds}
    return dict(sorted(means.items(), key=lambda item: -item[1]))


@dataclass(frozen=True, slots=True)
class ErrorBar:
    """A network: the median size of its prediction errors, all of them, and whether most are too long."""

    name: str
    size: float
    sizes: tuple[float, ...]
    too_long: bool


@dataclass(frozen=True)
class ErrorBars:
    """A bar for each network, the smallest error first, and the median over all predictions."""

    bars: tuple[ErrorBar, ...]
    median: float


def error_bars(cases: Sequence[Measured]) -> ErrorBars | None:
    """The prediction errors, None where nothing was predicted."""
    found = guesses(cases)
    if not found:
        return None
    errors = {name: [each.error for each in found if each.name == name] for name in networks(cases)}
    bars = [
        ErrorBar(name, median(map(abs, some)), tuple(sorted(map(abs, some))), median(some) > 0)
        for name, some in errors.items()
        if some
    ]
    return ErrorBars(tuple(sorted(bars, key=lambda bar: bar.size)), error_of(found).median)


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a reference to a variant: MACs of a clip in G against its ms; `words` say how many times the time."""

    start: Point
    end: Point
    words: str


def pair_arrows(pairs: Sequence[FoundPair], setup: Setup) -> list[Arrow]:
    """The pairs that were measured under one setup."""
    found = [each for pair in pairs for each in pair.contrasts if each.variant.setup == setup]
    return [Arrow(_spot(each.reference), _spot(each.variant), ratio_words(each)) for each in found]


def _spot(profile: Profile) -> Point:
    return Point(profile.spec, profile.macs / GIGA, profile.latency.median / profile.setup.batch)
