"""A GPU that is not there: a host that launches, a device that works through its queue, and profiles measured on it."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from archcalc.analysis.layer_kind import layer_kinds
from archcalc.analysis.roofline import Limits, Work, roofline, works
from archcalc.measure.profile.profiler import _layers, analysis_for
from archcalc.measure.profile.stopwatch import Stopwatch
from archcalc.measure.profile.timing import NetworkTimes
from archcalc.results.profile import TRAINING, Latency, MemoryUse, Peaks, Profile, Setup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.records import Analysis
    from archcalc.spec.load import Spec

MARK = 2e-6
"""Seconds of the host to note an event."""
PEAKS = {"bf16": Peaks(780e12, 4.2e12, 20e-6), "tf32": Peaks(400e12, 4.2e12, 20e-6)}
"""Made up, of the size that an H200 should have."""
EFFICIENCY = {
    "space-time convolution": 0.35, "spatial convolution": 0.3, "temporal convolution": 0.2,
    "pointwise convolution": 0.4, "depthwise convolution": 0.08, "grouped convolution": 0.1,
    "transposed convolution": 0.2, "linear": 0.5, "attention": 0.3, "norm": 0.5, "pool": 0.4, "global pool": 0.2,
    "elementwise": 0.75, "rearrangement": 0.6, "recurrent": 0.05,
}  # fmt: skip
HOST = {
    "space-time convolution": 38e-6, "spatial convolution": 36e-6, "temporal convolution": 38e-6,
    "pointwise convolution": 36e-6, "depthwise convolution": 30e-6, "linear": 30e-6, "attention": 110e-6,
    "norm": 32e-6, "pool": 25e-6, "global pool": 25e-6, "elementwise": 18e-6, "rearrangement": 22e-6, "view": 12e-6,
    "recurrent": 150e-6,
    "grouped convolution": 36e-6, "transposed convolution": 36e-6,
}  # fmt: skip
KERNEL = 2e-6
TRAINING_LAUNCHES = 3
CACHE = 50 * 10**6
"""Bytes of a cache from which a layer that moves less reads."""


class SimulatedGpu:
    """The clock of a host and the time at which a device has done what was launched; at most `depth` launches wait."""

    def __init__(self, depth: int = 1024) -> None:
        self.now = 0.0
        self.free = 0.0
        self._depth = depth
        self._waiting: deque[float] = deque()
        self._busy_until = 0.0

    def launch(self, host: float, device: float) -> None:
        """Take the time of the host, wait where the queue is full, and give the device its work."""
        self.now += host
        while self._waiting and self._waiting[0] <= self.now:
            self._waiting.popleft()
        if len(self._waiting) >= self._depth:
            self.now = self._waiting.popleft()
        self.free = max(self.free, self.now) + device
        self._waiting.append(self.free)

    def mark(self) -> float:
        """The moment at which the device comes to an event."""
        self.launch(MARK, 0.0)
        return self.free

    def wait(self) -> None:
        """Let the host wait for the device."""
        self.now = max(self.now, self.free)

    def start(self, seconds: float) -> None:
        """Keep the device busy."""
        self.launch(0.0, seconds)
        self._busy_until = self.free

    def lasts(self) -> bool:
        """Whether it is."""
        return self.now < self._busy_until

    @property
    def stopwatch(self) -> Stopwatch:
        """What measures on it."""
        return Stopwatch(clock=lambda: self.now, wait=self.wait, mark=self.mark, busy=self)


@dataclass(frozen=True)
class World:
    """What is true of a simulated machine; `noise` is the largest deviation of a layer as a share."""

    host_scale: float = 1.0
    noise: float = 0.0
    cache: float = 1.0
    efficiency: dict[str, float] = field(default_factory=lambda: EFFICIENCY)

    def host(self, kind: str, rng: random.Random) -> float:
        """Seconds of the host."""
        return self.host_scale * HOST[kind] * (1 + self.noise * rng.uniform(-0.3, 0.3))

    def device(self, kind: str, work: Work, limits: Limits, rng: random.Random) -> float:
        """Seconds of the device."""
        least = roofline(work, limits)
        seconds = max(least.compute, least.memory / (self.cache if work.bytes < CACHE else 1.0))
        return max(KERNEL, seconds / self.efficiency[kind] * (1 + self.noise * rng.uniform(-1, 1))) if seconds else 0.0


@dataclass(frozen=True)
class _Timed:
    host: list[float]
    device: list[float]
    eager: list[float]
    whole: float
    graph: float


def simulated_profile(
    spec: Spec, setup: Setup, world: World | None = None, seed: int = 0, *, queued: bool = True
) -> Profile:
    """The profile of a network on a simulated H200; without `queued` one whose host could not work ahead."""
    world, rng = world or World(), random.Random(f"{spec.name} {setup} {seed}")
    analysis, peaks = analysis_for(spec, setup), PEAKS[setup.dtype]
    training = setup.mode == TRAINING
    times = _times(analysis, world, peaks, rng, training=training)
    layers = times.device if queued else times.eager
    measured = NetworkTimes(
        [[1e3 * times.whole]] * 2,
        _rounds(layers),
        eager=_rounds(times.eager),
        host=_rounds(times.host),
        ahead=[queued] * len(layers),
    )
    whole = 1e3 * times.whole
    totals = analysis.totals
    tensors = totals.training_bytes if training else totals.peak_inference_bytes
    graph = None if training or setup.compiled else 1e3 * times.graph
    return Profile(
        spec=spec.name,
        title=spec.title,
        inputs=tuple(f"{each.name} {each.shape}" for each in analysis.inputs),
        setup=setup,
        asked_batch=setup.batch,
        views=None,
        params=totals.params,
        macs=totals.macs,
        latency=Latency(whole, 0.98 * whole, 1.05 * whole, 400, 0.01),
        memory=MemoryUse(int(1.02 * tensors), tensors, 2 * tensors + 2**25, int(1.6 * tensors)),
        layers=_layers(analysis, measured, peaks, training=training),
        peaks=peaks,
        environment=ENVIRONMENT,
        fingerprint=f"{spec.name} {setup} {seed}",
        graph=None if graph is None else Latency(graph, graph, graph, 400, 0.01),
        no_graph="of inference that is not compiled alone" if graph is None else None,
    )


ENVIRONMENT = {
    "device": "NVIDIA H200", "torch": "2.11.0+cu130", "date": "2026-01-02T03:04:05+00:00", "archcalc": "0.1.0",
    "cudnn": 91900, "clocks.sm": "1755 MHz", "power.draw": "688.1 W", "clocks_event_reasons.active": "0x4",
}  # fmt: skip


def _rounds(seconds: Sequence[float]) -> list[list[list[float]]]:
    return [[[1e3 * each], [1e3 * each]] for each in seconds]


def _times(analysis: Analysis, world: World, peaks: Peaks, rng: random.Random, *, training: bool) -> _Timed:
    limits = Limits(peaks.flops_per_second, peaks.bytes_per_second)
    launches = TRAINING_LAUNCHES if training else 1
    work = list(zip(layer_kinds(analysis), works(analysis, training=training), strict=True))
    host = [launches * world.host(kind, rng) for kind, _ in work]
    device = [world.device(kind, each, limits, rng) for kind, each in work]
    gpu, idle = SimulatedGpu(), []
    for launched, taken in zip(host, device, strict=True):
        gpu.launch(launched, taken)
        idle.append(launched + max(MARK, taken))
    gpu.wait()
    return _Timed(host, device, idle, gpu.now, sum(device))


def launching(gpu: SimulatedGpu, analysis: Analysis, run: Any, world: World | None = None) -> Any:
    """What takes the place of Network.run: a layer is run as it is, and takes the time of the simulated machine."""
    world, rng = world or World(), random.Random(0)
    limits = Limits(PEAKS["bf16"].flops_per_second, PEAKS["bf16"].bytes_per_second)
    kinds = dict(zip((layer.path for layer in analysis.layers), layer_kinds(analysis), strict=True))
    work = dict(zip(kinds, works(analysis), strict=True))

    def launched(self: Any, step: Any, inputs: Any) -> Any:
        kind = kinds[step.path]
        gpu.launch(world.host(kind, rng), world.device(kind, work[step.path], limits, rng))
        return run(self, step, inputs)

    return launched


def with_setup(profile: Profile, **changed: Any) -> Profile:
    """A profile under another setup."""
    return replace(profile, setup=replace(profile.setup, **changed))
