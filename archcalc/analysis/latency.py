"""Fits of latency models to measured networks, and their errors: each network predicted from the others alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from archcalc.analysis.latency_model import ALL, LatencyModel, LayerRoofline, layer_roofline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.analysis.roofline import Limits, Work

LEAST_LAYERS = 5
"""Layers of a kind that a figure of its own is fitted from; with fewer it takes that of all layers."""
CLEARLY = 1.5
"""Layers that take so many times the time of starting one say how fast the work is done."""
SHORT = 0.1
"""Layers whose roofline is less than this part of a launch say how long a kernel takes at least."""


class NothingToFit(ValueError):
    """No measured layer does any work."""


@dataclass(frozen=True, slots=True)
class LayerSample:
    """A measured layer: its kind, its work, the seconds on the device, and those of the host where it works ahead."""

    kind: str
    work: Work
    seconds: float
    host: float | None = None


@dataclass(frozen=True, slots=True)
class NetworkSample:
    """A network measured under one setup: its layers, and the seconds of the whole network."""

    name: str
    layers: tuple[LayerSample, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Layer:
    """A sample with its roofline; `weight` is its part of the time of its network."""

    roofline: LayerRoofline
    seconds: float
    host: float | None
    weight: float


@dataclass(frozen=True, slots=True)
class _Network:
    name: str
    layers: tuple[_Layer, ...]
    seconds: float

    @property
    def queued(self) -> bool:
        return all(each.host is not None for each in self.layers)

    def predicted(self, model: LatencyModel) -> float:
        return sum(model.times(each.roofline for each in self.layers))


def _network(sample: NetworkSample, limits: Limits) -> _Network:
    layers = (
        _Layer(layer_roofline(each.kind, each.work, limits), each.seconds, each.host, each.seconds / sample.seconds)
        for each in sample.layers
    )
    return _Network(sample.name, tuple(layers), sample.seconds)


def fitted(networks: Sequence[NetworkSample], limits: Limits) -> LatencyModel:
    """Return the model that measured networks of one device, number format and batch lead to.

    An efficiency is the weighted median over the layers of a kind that take clearly longer than it takes to start one,
    each weighing as much as its part of its network's time, so that small networks count like large ones and no odd
    layer decides. It is at most 1, and 1 where every layer takes no longer than its start.

    Raises:
        NothingToFit: there is no network, or none with a layer that does any work.
    """
    return _fitted([_network(each, limits) for each in networks], limits)


def _fitted(networks: Sequence[_Network], limits: Limits) -> LatencyModel:
    used = [each for each in networks if each.queued] or networks
    layers = [layer for network in used for layer in network.layers]
    if not any(each.roofline.seconds for each in layers):
        raise NothingToFit("no layer that does any work was measured")
    queued = all(each.host is not None for each in layers)
    start = _host_starts(layers) if queued else {ALL: _start(layers, limits)}
    kernel = _kernel(layers, limits) if queued else None
    efficiency = _efficiencies(layers, start[ALL] if kernel is None else kernel)
    model = LatencyModel(limits, start, efficiency, 1.0, kernel)
    return replace(model, factor=median(each.seconds / each.predicted(model) for each in used))


def _start(layers: Sequence[_Layer], limits: Limits) -> float:
    """Seconds to start a layer: the median of those whose work takes less than the launch of one."""
    small = [each.seconds for each in layers if each.roofline.seconds < limits.launch]
    return median(small) if small else limits.launch


def _host_starts(layers: Sequence[_Layer]) -> dict[str, float]:
    """Seconds of the host by kind."""
    found: dict[str, list[float]] = defaultdict(list)
    for each in layers:
        if each.host is not None:
            found[ALL].append(each.host)
            found[each.roofline.kind].append(each.host)
    return {kind: median(some) for kind, some in sorted(found.items()) if kind == ALL or len(some) >= LEAST_LAYERS}


def _kernel(layers: Sequence[_Layer], limits: Limits) -> float:
    """Seconds that a layer with any work takes at least on the device."""
    working = [each for each in layers if each.roofline.seconds]
    short = [each.seconds for each in working if each.roofline.seconds < SHORT * limits.launch]
    return median(short) if short else min(each.seconds for each in working)


def _efficiencies(layers: Iterable[_Layer], start: float) -> dict[str, float]:
    """The part of the roofline that layers reach, by kind and what bounds them, and over all."""
    slowness: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for each in layers:
        if each.roofline.seconds and each.seconds > CLEARLY * start:
            found = each.seconds / each.roofline.seconds, each.weight
            slowness[each.roofline.key].append(found)
            slowness[ALL].append(found)
    usual = {key: weighted_median(found) for key, found in slowness.items() if key == ALL or len(found) >= LEAST_LAYERS}
    return {ALL: 1.0} | {key: 1 / max(value, 1.0) for key, value in sorted(usual.items())}


def weighted_median(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the value at which half of the weight is reached; pairs are a value and its weight."""
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
    """Return a prediction of each network by a fit on those with another name, in their order.

    Networks that no fit can be made without, because no other one does any work, are left out.
    """
    known = [_network(each, limits) for each in networks]
    models = _models(known, limits)
    return [
        Prediction(each.name, each.seconds, each.predicted(models[each.name])) for each in known if each.name in models
    ]


def _models(networks: Sequence[_Network], limits: Limits) -> Mapping[str, LatencyModel]:
    """The model without each network, by the name of the network."""
    models = {}
    for name in dict.fromkeys(each.name for each in networks):
        try:
            models[name] = _fitted([each for each in networks if each.name != name], limits)
        except NothingToFit:
            continue
    return models
