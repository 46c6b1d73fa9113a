"""Profiles as samples of a latency fit, and what fitting them gives."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from archcalc.analysis.latency import LayerSample, NetworkSample, NothingToFit, fitted, left_out
from archcalc.analysis.latency_fit import LatencyFit
from archcalc.analysis.roofline import Limits, Work
from archcalc.results.profile import INFERENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.results.profile import Profile

MILLI = 1000.0
LEAST_NETWORKS = 3


def is_fitted(profile: Profile) -> bool:
    """Return whether fits are made from such a profile: of inference, neither compiled nor with channels innermost."""
    setup = profile.setup
    return setup.mode == INFERENCE and not setup.compiled and not setup.channels_last


def is_of(fit: LatencyFit, profile: Profile) -> bool:
    """Return whether a fit is for the precision and batch of a profile."""
    return (fit.precision, fit.batch) == (profile.setup.dtype, profile.setup.batch)


def latency_fits(profiles: Sequence[Profile]) -> list[LatencyFit]:
    """Return a fit for each precision and batch with enough networks; none where no layer does any work."""
    groups: dict[tuple[str, int], list[Profile]] = defaultdict(list)
    for each in profiles:
        if is_fitted(each):
            groups[each.setup.dtype, each.setup.batch].append(each)
    enough = [some for some in groups.values() if len({each.spec for each in some}) >= LEAST_NETWORKS]
    return [fit for some in enough if (fit := _fit(some)) is not None]


def _fit(profiles: Sequence[Profile]) -> LatencyFit | None:
    limits, samples = usual_limits(profiles), [network_sample(each) for each in profiles]
    last = max(profiles, key=lambda each: str(each.environment.get("date")))
    try:
        model = fitted(samples, limits)
    except NothingToFit:
        return None
    return LatencyFit(
        device=str(last.environment.get("device")),
        precision=last.setup.dtype,
        torch=str(last.environment.get("torch")),
        date=str(last.environment.get("date"))[:10],
        batch=last.setup.batch,
        model=model,
        predictions=tuple(left_out(samples, limits)),
    )


def usual_limits(profiles: Sequence[Profile]) -> Limits:
    """The peaks of several profiles of one device and precision: those in the middle."""
    return Limits(
        median(each.peaks.flops_per_second for each in profiles),
        median(each.peaks.bytes_per_second for each in profiles),
        median(each.peaks.launch_seconds for each in profiles),
    )


def network_sample(profile: Profile) -> NetworkSample:
    """What a fit takes from a profile."""
    layers = tuple(
        LayerSample(
            layer.kind,
            Work(layer.flops, layer.bytes),
            layer.ms / MILLI,
            None if layer.host_ms is None else layer.host_ms / MILLI,
        )
        for layer in profile.layers
    )
    return NetworkSample(profile.spec, layers, profile.latency.median / MILLI)
