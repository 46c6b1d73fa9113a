"""Times of a network, put to the JSON of its analysis."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.analysis.network_latency import NetworkLatency
    from archcalc.analysis.network_roofline import NetworkRoofline

MILLI = 1e3


def with_roofline(described: dict[str, Any], found: NetworkRoofline) -> dict[str, Any]:
    """The analysis as plain data, with the least time of each layer: milliseconds for the batch, peaks a second."""
    on = found.roof
    layers = ({**layer, "roofline": _roofline(found, layer["path"])} for layer in described["layers"])
    heading = {
        "device": on.device.name,
        "title": on.device.title,
        "precision": on.precision,
        "peaks": {"flops_per_second": on.limits.peak, "bytes_per_second": on.limits.bandwidth},
        "source": dict(on.device.source),
    }
    totals = {**described["totals"], "roofline_ms": MILLI * found.seconds}
    return {**described, "layers": layers, "totals": totals, "roofline": heading}


def _roofline(found: NetworkRoofline, path: str) -> dict[str, Any]:
    work, least = found.works[path], found.rooflines[path]
    return {
        "ms": MILLI * least.seconds,
        "bound": least.bound,
        "flops": work.flops,
        "bytes": work.bytes,
        "intensity": work.intensity,
    }


def with_latency(described: dict[str, Any], found: NetworkLatency) -> dict[str, Any]:
    """The analysis as plain data, with the predicted milliseconds of each layer, and the fit that they come from."""
    fit = found.fit
    layers = ({**layer, "latency_ms": MILLI * found.layers[layer["path"]]} for layer in described["layers"])
    heading = {
        "device": fit.device,
        "precision": fit.precision,
        "torch": fit.torch,
        "date": fit.date,
        "batch": fit.batch,
        "error": asdict(fit.error),
    }
    totals = {**described["totals"], "latency_ms": MILLI * found.seconds}
    return {**described, "layers": layers, "totals": totals, "latency": heading}
