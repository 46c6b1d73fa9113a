"""The latency of a whole network, predicted by a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import layer_kind
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
        """The whole network."""
        return self.seconds_of(self.layers)

    def seconds_of(self, paths: Iterable[str]) -> float:
        """Some layers, one after the other."""
        return sum(self.layers[path] for path in paths)


def network_latency(analysis: Analysis, fit: LatencyFit) -> NetworkLatency:
    """The predicted time of every layer, its part in the time between layers included."""
    model = fit.model
    done = zip(analysis.layers, works(analysis), strict=True)
    return NetworkLatency(
        fit, {layer.path: model.factor * model.layer(layer_kind(layer), work) for layer, work in done}
    )
