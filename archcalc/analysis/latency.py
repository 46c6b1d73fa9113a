"""Latency predicted from analytic numbers: rooflines, slowed down as layers of their kind were measured to be.

    layer   = start + roofline / efficiency of its kind
    network = factor * sum of its layers

A fit is made from measured networks; its error is that of predicting each of them from the others alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from archcalc.analysis.roofline import COMPUTE, MEMORY, Limits, Work, roofline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LEAST_LAYERS = 5
"""Layers of a kind that an efficiency of its own is fitted from; with fewer it takes that of all layers."""
ALL = "all"


@dataclass(frozen=True, slots=True)
class LayerSample:
    """A layer that was measured: its kind, its work, and the seconds that it took."""

    kind: str
    work: Work
    seconds: float


@dataclass(frozen=True, slots=True)
class NetworkSample:
    """A network that was measured under one setup: its layers, and the seconds that the whole of it took."""

    name: str
    layers: tuple[LayerSample, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class LatencyModel:
    """What turns work into seconds on a device.

    `start` is the seconds that any layer takes, `efficiency` the part of the roofline that layers reach, by kind and
    what bounds them, `factor` how long a network takes against the sum of its layers.
    """

    limits: Limits
    start: float
    efficiency: Mapping[str, float]
    factor: float

    def layer(self, kind: str, work: Work) -> float:
        """Predicted seconds of one layer, of which a network takes `factor` times as many."""
        least = roofline(work, self.limits)
        key = _key(kind, least.compute, least.memory)
        return self.start + least.seconds / self.efficiency.get(key, self.efficiency[ALL])

    def network(self, layers: Iterable[tuple[str, Work]]) -> float:
        """Predicted seconds of a whole network."""
        return self.factor * sum(self.layer(kind, work) for kind, work in layers)


def _key(kind: str, compute: float, memory: float) -> str:
    return f"{kind}, {COMPUTE if compute >= memory else MEMORY}"


def fitted(networks: Sequence[NetworkSample], limits: Limits) -> LatencyModel:
    """The model that measured networks of one device and number format lead to.

    The start is the median of layers whose roofline is less than the launch of an operation. An efficiency is the
    median over the layers of a kind, each weighing as much as it takes of its network's time, so that small networks
    count like large ones and no odd layer decides.

    Raises:
        ValueError: no network, or none whose layers do anything.
    """
    small = [each.seconds for network in networks for each in network.layers if _is_small(each, limits)]
    start = median(small) if small else limits.launch
    slowness: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for network in networks:
        for each in network.layers:
            least = roofline(each.work, limits)
            if least.seconds and not _is_small(each, limits):
                found = max(each.seconds - start, 0.0) / least.seconds, each.seconds / network.seconds
                slowness[_key(each.kind, least.compute, least.memory)].append(found)
                slowness[ALL].append(found)
    if not slowness:
        raise ValueError("no layer that does anything was measured")
    usual = {key: weighted_median(found) for key, found in slowness.items() if key == ALL or len(found) >= LEAST_LAYERS}
    efficiency = {key: 1 / value for key, value in sorted(usual.items()) if value}
    model = LatencyModel(limits, start, efficiency, 1.0)
    factors = [each.seconds / model.network((layer.kind, layer.work) for layer in each.layers) for each in networks]
    return LatencyModel(limits, start, efficiency, median(factors))


def _is_small(layer: LayerSample, limits: Limits) -> bool:
    return roofline(layer.work, limits).seconds < limits.launch


def weighted_median(pairs: Sequence[tuple[float, float]]) -> float:
    """The value at which half of the weight is reached; pairs are a value and its weight."""
    half, reached = sum(weight for _, weight in pairs) / 2, 0.0
    for value, weight in sorted(pairs):
        reached += weight
        if reached >= half:
            return value
    raise ValueError("no values")


@dataclass(frozen=True, slots=True)
class Prediction:
    """A network's seconds, measured, and predicted from the other networks alone."""

    name: str
    measured: float
    predicted: float

    @property
    def error(self) -> float:
        """Predicted over measured, less one."""
        return self.predicted / self.measured - 1


def left_out(networks: Sequence[NetworkSample], limits: Limits) -> list[Prediction]:
    """Each network predicted by a fit on those with another name; none where all have one name."""
    models: dict[str, LatencyModel] = {}
    for name in dict.fromkeys(each.name for each in networks):
        others = [each for each in networks if each.name != name]
        if others:
            models[name] = fitted(others, limits)
    return [
        Prediction(
            each.name, each.seconds, models[each.name].network((layer.kind, layer.work) for layer in each.layers)
        )
        for each in networks
        if each.name in models
    ]
