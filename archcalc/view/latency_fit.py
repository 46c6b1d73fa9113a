"""Profiles as samples of a latency fit, and what fitting them gives."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from archcalc.analysis.latency import LayerSample, NetworkSample, fitted, left_out
from archcalc.analysis.latency_fit import LatencyFit
from archcalc.analysis.roofline import Limits, Work
from archcalc.view.profile import INFERENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.view.profile import Profile

MILLI = 1000.0
LEAST_NETWORKS = 3


def latency_fits(profiles: Sequence[Profile]) -> list[LatencyFit]:
    """A fit for each precision in which enough networks were measured as they infer, uncompiled."""
    usual = [each for each in profiles if each.setup.mode == INFERENCE and not each.setup.compiled]
    fits = []
    for dtype in dict.fromkeys(each.setup.dtype for each in usual):
        alike = [each for each in usual if each.setup.dtype == dtype]
        if len({each.spec for each in alike}) >= LEAST_NETWORKS:
            fits.append(_fit(dtype, alike))
    return fits


def _fit(dtype: str, profiles: Sequence[Profile]) -> LatencyFit:
    limits, samples = usual_limits(profiles), [network_sample(each) for each in profiles]
    last = max(profiles, key=lambda each: str(each.environment.get("date")))
    return LatencyFit(
        device=str(last.environment.get("device")),
        precision=dtype,
        torch=str(last.environment.get("torch")),
        date=str(last.environment.get("date"))[:10],
        batches=tuple(sorted({each.setup.batch for each in profiles})),
        model=fitted(samples, limits),
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
        LayerSample(layer.kind, Work(layer.flops, layer.bytes), layer.ms / MILLI) for layer in profile.layers
    )
    return NetworkSample(profile.spec, layers, profile.latency.median / MILLI)
