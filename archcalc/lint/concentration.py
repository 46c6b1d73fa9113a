"""Single layers that hold more than half of a quantity."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from archcalc.analysis.latency_fit import latency_fit, stored_names
from archcalc.analysis.network_latency import network_latency
from archcalc.analysis.quantities import QUANTITIES
from archcalc.core.problem import UsageError
from archcalc.lint.finding import Observation, Rule
from archcalc.lint.network import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.analysis.latency_fit import LatencyFit
    from archcalc.lint.finding import Figure
    from archcalc.lint.network import Network

JUDGED = {
    "params": "parameters",
    "macs": "multiply-accumulates",
    "activation_bytes": "bytes of activations",
    "saved_bytes": "bytes saved for backward",
}
MOST = 0.5
LEAST_LAYERS = 3
MOST_KEPT = 16


def _check(network: Network) -> Iterator[Observation]:
    layers = network.analysis.layers
    if len(layers) < LEAST_LAYERS:
        return
    for key, words in JUDGED.items():
        values = list(QUANTITIES[key].of_layers(network.analysis))
        whole, most = sum(values), max(values)
        if most > MOST * whole:
            message = f"one layer holds {percent(most / whole)} of the network's {words}: {most:,} of {whole:,}"
            figures: dict[str, Figure] = {"quantity": key, "value": most, "total": whole, "share": most / whole}
            yield Observation(layers[values.index(most)].path, None, message, figures)
    yield from _predicted_times(network)


def _predicted_times(network: Network) -> Iterator[Observation]:
    """Yield the layer with most of the predicted time, for each device of which a fit is stored."""
    for device in stored_names():
        fit = _fit(device, network.analysis.dtype)
        if fit is None:
            continue
        latency = network_latency(network.analysis, fit)
        path = max(latency.layers, key=lambda each: latency.layers[each])
        most, whole = latency.layers[path], latency.seconds
        if most > MOST * whole:
            message = (
                f"one layer takes {percent(most / whole)} of the predicted time on {device} ({fit.precision}):"
                f" {1000 * most:.3g} of {1000 * whole:.3g} ms"
            )
            figures: dict[str, Figure] = {
                "quantity": "predicted_time",
                "device": device,
                "seconds": most,
                "share": most / whole,
            }
            yield Observation(path, None, message, figures)


@lru_cache(maxsize=MOST_KEPT)
def _fit(device: str, dtype: str) -> LatencyFit | None:
    """Return the fit of a device for numbers of a type; None where there is none."""
    try:
        return latency_fit(device, dtype)
    except UsageError:
        return None


CONCENTRATION = Rule(
    "AC302",
    "concentration",
    "one layer that holds more than half of the network",
    "A layer that alone holds more than half of a quantity decides it: savings elsewhere hardly show. Judged are"
    " parameters, arithmetic, activations, what is saved for backward, and the time predicted for devices whose fit"
    " comes with archcalc. Classic cases are the first dense layer after a flatten (VGG) and a stem at full"
    " resolution.",
    "Pool before the dense layer, use a stride in the stem, or factorize the layer.",
    "Counted from the layers. Lin, Chen and Yan, Network In Network (arXiv:1312.4400), section 3.2, on global average"
    " pooling in place of dense layers.",
    _check,
)
