"""The figures that the sentences of a report are about."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.latency import LEAST_LAYERS
from archcalc.analysis.latency_fit import error_of
from archcalc.analysis.layer_kind import DENSE, DEPTHWISE, POINTWISE, SPATIAL, TEMPORAL
from archcalc.report.contrast import SAME, Contrast
from archcalc.report.kinds import kinds_of, layers_of
from archcalc.report.measured import guesses, leading, of_setup, setups
from archcalc.results.profile import INFERENCE, TRAINING
from archcalc.tables.cuda_remarks import held_back, host_bound, slow_conv3d
from archcalc.tables.networks import FAMILIES
from archcalc.tables.profile import UNSTEADY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.analysis.latency_fit import PredictionError
    from archcalc.report.kinds import KindUse
    from archcalc.report.measured import Measured
    from archcalc.report.series import Layers
    from archcalc.results.profile import Setup


def families(cases: Sequence[Measured]) -> list[str]:
    """Return the families of the networks, each with how many networks it has."""
    family = {case.name: case.family for case in cases}
    return [f"{name} ({number})" for name, number in Counter(family.values()).items()]


def missing_families(cases: Sequence[Measured]) -> list[str]:
    """Return the families of the catalog that no network is of."""
    return [name for name in FAMILIES if all(case.family != name for case in cases)]


class Errors(NamedTuple):
    """Errors of predictions: their distribution, the network with the largest, and over how many profiles."""

    error: PredictionError
    worst: str
    profiles: int


def errors(cases: Sequence[Measured]) -> Errors | None:
    """Return the errors of the predictions, None where there are none."""
    found = guesses(cases)
    if not found:
        return None
    return Errors(error_of(found), max(found, key=lambda each: abs(each.error)).name, len(found))


def errors_by_format(cases: Sequence[Measured]) -> list[tuple[str, Errors]]:
    """Return the errors in each number format, where there are several formats."""
    formats = dict.fromkeys(case.setup.dtype for case in cases if case.prediction)
    found = [(dtype, errors([case for case in cases if case.setup.dtype == dtype])) for dtype in formats]
    return [(dtype, each) for dtype, each in found if each] if len(formats) > 1 else []


def reached(case: Measured) -> float:
    """Return roofline over measured time."""
    return case.profile.roofline_ms / case.profile.latency.median


def ends(cases: Sequence[Measured]) -> tuple[Measured, Measured]:
    """Return the profile that the roofline explains most, and the one that it explains least."""
    return max(cases, key=reached), min(cases, key=reached)


class Launches(NamedTuple):
    """What launches cost under one setup: networks bound by them, of how many, and how much faster CUDA graphs are."""

    setup: Setup
    bound: int
    networks: int
    speedups: list[float]


def launches(cases: Sequence[Measured]) -> list[Launches]:
    """Return the cost of launches for each setup of inference on a GPU."""
    found = []
    for setup in setups(cases):
        known = [case.profile for case in of_setup(cases, setup) if case.profile.host_ms is not None]
        if setup.mode == INFERENCE and known:
            graphs = [each.latency.median / each.graph.median for each in known if each.graph and each.graph.median]
            found.append(Launches(setup, sum(each.launch_bound for each in known), len(known), graphs))
    return found


def workspaces(cases: Sequence[Measured]) -> list[int]:
    """Return the bytes that the allocator gave out beyond tensors, in order; none for a CPU."""
    return sorted(use.workspace_bytes for case in cases if (use := case.profile.memory).workspace_bytes is not None)


class Order(NamedTuple):
    """Of how many pairs of networks the slower one is the one that does more, by several ways of counting."""

    setup: Setup
    pairs: int
    right: dict[str, float]


def order(cases: Sequence[Measured]) -> Order | None:
    """Return how often MACs, rooflines and predictions name the slower of two networks; None where none is slower."""
    setup = leading(cases)
    some = of_setup(cases, setup)
    pairs = [(a, b) for a, b in combinations(some, 2) if Contrast(a.profile, b.profile).outcome != SAME]
    if not pairs:
        return None
    ways: dict[str, Callable[[Measured], float]] = {
        "MACs": lambda case: case.profile.macs,
        "rooflines": lambda case: case.profile.roofline_ms,
    }
    if all(case.prediction for case in some):
        ways["predictions"] = lambda case: case.prediction.predicted if case.prediction else 0.0
    return Order(setup, len(pairs), {name: _right(pairs, way) for name, way in ways.items()})


def _right(pairs: Sequence[tuple[Measured, Measured]], way: Callable[[Measured], float]) -> float:
    took = [(a.profile.latency.median - b.profile.latency.median) * (way(a) - way(b)) for a, b in pairs]
    return sum(each > 0 for each in took) / len(took)


class Nearness(NamedTuple):
    """How near layers come to the roof: the share bound by memory, the median, and the kinds nearest and furthest."""

    left: float
    half: float
    best: str
    worst: str
    of_kind: dict[str, float]


def nearness(layers: Layers) -> Nearness:
    """Return how near layers come to the roof; a kind of few layers is not the nearest or furthest if others are."""
    shares: dict[str, list[float]] = {}
    for point in layers.points:
        shares.setdefault(point.name, []).append(point.up / layers.roof(point.across))
    enough = {kind: some for kind, some in shares.items() if len(some) >= LEAST_LAYERS} or shares
    middle = {kind: median(some) for kind, some in enough.items()}
    left = sum(point.across < layers.ridge for point in layers.points) / len(layers.points)
    half = median(each for some in shares.values() for each in some)
    return Nearness(left, half, max(middle, key=lambda kind: middle[kind]), min(middle, key=lambda kind: middle[kind]),
                    middle)  # fmt: skip


def unsteady(cases: Sequence[Measured]) -> dict[str, float]:
    """Return the networks whose two rounds lie far from one another, each with the widest spread."""
    found: dict[str, float] = {}
    for case in cases:
        if case.profile.latency.spread > UNSTEADY:
            found[case.name] = max(found.get(case.name, 0.0), case.profile.latency.spread)
    return found


class Gpu(NamedTuple):
    """What has to be known of the profiles of a GPU; shares are of all of them."""

    formats: list[str]
    channels_last: bool
    held_share: float
    held_by: list[str]
    remarks: list[str]
    host_bound_share: float
    host_bound_training: int


def gpu(cases: Sequence[Measured]) -> Gpu | None:
    """Return what has to be known of the profiles of a GPU, None where there are none."""
    profiles = [case.profile for case in cases if case.setup.device == "cuda"]
    if not profiles:
        return None
    held = [reasons for each in profiles if (reasons := held_back(each.environment))]
    bound = [each for each in profiles if host_bound(each)]
    return Gpu(
        formats=list({each.setup.dtype: None for each in profiles}),
        channels_last=any(each.setup.channels_last for each in profiles),
        held_share=len(held) / len(profiles),
        held_by=list(dict.fromkeys(reason for reasons in held for reason in reasons)),
        remarks=list(dict.fromkeys(remark for each in profiles if (remark := slow_conv3d(each)))),
        host_bound_share=len(bound) / len(profiles),
        host_bound_training=sum(each.setup.mode == TRAINING for each in bound),
    )


SPEEDS = {SPATIAL: "Spatial", TEMPORAL: "Temporal", DEPTHWISE: "Depthwise", POINTWISE: "Pointwise"}
"""Kinds of convolution whose speed is compared with that of dense ones."""


class Speed(NamedTuple):
    """The TFLOP/s of a kind of convolution, over those of dense ones, and the larger of their spreads."""

    name: str
    tflops: float
    ratio: float
    spread: float


def dense_speed(cases: Sequence[Measured]) -> float:
    """Return the TFLOP/s of convolutions over space and time together; 0 where there are none."""
    dense = _uses(cases).get(DENSE)
    return dense.tflops if dense else 0.0


def speeds(cases: Sequence[Measured]) -> list[Speed]:
    """Return the speeds of the other kinds of convolution."""
    uses = _uses(cases)
    found = [(name, uses[kind]) for kind, name in SPEEDS.items() if kind in uses and uses[kind].tflops]
    dense = uses[DENSE]
    return [Speed(name, use.tflops, use.tflops / dense.tflops, max(use.spread, dense.spread)) for name, use in found]


def _uses(cases: Sequence[Measured]) -> dict[str, KindUse]:
    return {each.kind: each for each in kinds_of(layers_of(cases))}


class Part(NamedTuple):
    """The share of depthwise convolutions in the MACs and in the time of a network, and the spread of their time."""

    name: str
    macs: float
    time: float
    spread: float


def depthwise_parts(cases: Sequence[Measured]) -> list[Part]:
    """Return the share of depthwise convolutions in each network that has any."""
    found = []
    for case in cases:
        uses = kinds_of(case.profile.layers)
        for use in uses:
            if use.kind == DEPTHWISE and use.macs:
                macs, ms = sum(each.macs for each in uses), sum(each.ms for each in uses)
                found.append(Part(case.name, use.macs / macs, use.ms / ms, use.spread))
    return found
