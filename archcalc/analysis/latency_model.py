"""Latency predicted from analytic numbers: rooflines, slowed down as layers of their kind were measured to be.

    work  = roofline / efficiency of its kind
    layer = max(start, work)                                 where each layer waits for the one before it, as on a CPU

On a GPU the host queues layers and works ahead of the device: a layer begins when it is queued and the one before it is
done, and takes max(kernel, work). The network takes until the last layer is done, times a factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.roofline import COMPUTE, MEMORY, Limits, Work, roofline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALL = "all"
"""The key of what holds for kinds without a figure of their own."""


@dataclass(frozen=True, slots=True)
class LayerRoofline:
    """The kind of a layer, its kind with what bounds it (`linear, memory`), and its least time in seconds."""

    kind: str
    key: str
    seconds: float


def layer_roofline(kind: str, work: Work, limits: Limits) -> LayerRoofline:
    """Return the roofline of one layer on a device with these limits."""
    least = roofline(work, limits)
    return LayerRoofline(kind, f"{kind}, {COMPUTE if least.compute >= least.memory else MEMORY}", least.seconds)


@dataclass(frozen=True, slots=True)
class LatencyModel:
    """The parameters that convert work to seconds on a device.

    `start` is the time in seconds that the host takes to launch a layer, by kind; `efficiency` the fraction of the
    roofline that layers reach, by kind and bound; `factor` the time of a network divided by the sum of its layers.
    `kernel` is the minimum time of a layer in seconds on a device with a queue, None without a queue.
    """

    limits: Limits
    start: Mapping[str, float]
    efficiency: Mapping[str, float]
    factor: float
    kernel: float | None = None

    def layers(self, layers: Iterable[tuple[str, Work]]) -> list[float]:
        """Return the seconds that each layer of a network, given as kind and work, adds to its predicted time."""
        return self.times(layer_roofline(kind, work, self.limits) for kind, work in layers)

    def times(self, layers: Iterable[LayerRoofline]) -> list[float]:
        """Return the same for layers whose rooflines are known."""
        times = self._queued(layers) if self.kernel is not None else self._one_by_one(layers)
        return [self.factor * each for each in times]

    def _one_by_one(self, layers: Iterable[LayerRoofline]) -> list[float]:
        return [max(self._start(each), self._work(each)) for each in layers]

    def _queued(self, layers: Iterable[LayerRoofline]) -> list[float]:
        host = device = 0.0
        added = []
        for each in layers:
            host += self._start(each)
            done = max(host, device) + self._on_device(each)
            added.append(done - device)
            device = done
        return added

    def _start(self, layer: LayerRoofline) -> float:
        return self.start.get(layer.kind, self.start[ALL])

    def _work(self, layer: LayerRoofline) -> float:
        return layer.seconds / self.efficiency.get(layer.key, self.efficiency[ALL])

    def _on_device(self, layer: LayerRoofline) -> float:
        """A view has no kernel."""
        return max(self.kernel or 0.0, self._work(layer)) if layer.seconds else 0.0
