"""Single layers that hold more than half of a quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.quantities import QUANTITIES
from archcalc.lint.finding import Observation, Rule
from archcalc.lint.network import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

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


CONCENTRATION = Rule(
    "AC302",
    "concentration",
    "one layer that holds more than half of the network",
    "A layer that alone holds more than half of a quantity decides it: savings elsewhere hardly show. Classic cases are"
    " the first dense layer after a flatten (VGG, C3D) and a stem at full resolution.",
    "Pool before the dense layer, use a stride in the stem, or factorize the layer.",
    "Counted from the layers. Lin, Chen and Yan, Network In Network (arXiv:1312.4400), section 3.2, on global average"
    " pooling in place of dense layers.",
    _check,
)
