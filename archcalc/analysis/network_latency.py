"""The latency of a whole network, predicted by a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import layer_kinds
from archcalc.analysis.roofline import works

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.analysis.latency_fit import LatencyFit
    from archcalc.analysis.records import Analysis


@dataclass(frozen=True, slots=True)
class NetworkLatency:
    """Predicted seconds of every layer at inference, by path; for the batch of the analysis."""

    fit: LatencyFit
    layers: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """Return the predicted time of the whole network in seconds."""
        return self.seconds_of(self.layers)

    def seconds_of(self, paths: Iterable[str]) -> float:
        """Some layers, one after the other."""
        return sum(self.layers[path] for path in paths)


def network_latency(analysis: Analysis, fit: LatencyFit) -> NetworkLatency:
    """Return what every layer adds to the predicted time, its part in the time between layers included."""
    work = list(zip(layer_kinds(analysis), works(analysis), strict=True))
    paths = (layer.path for layer in analysis.layers)
    return NetworkLatency(fit, dict(zip(paths, fit.model.layers(work), strict=True)))
