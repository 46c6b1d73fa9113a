"""The results of profiling a network on a device: frozen records with the analytic numbers."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INFERENCE, TRAINING = "inference", "training"
MODES = (INFERENCE, TRAINING)


@dataclass(frozen=True, slots=True)
class Latency:
    """The time of a run in milliseconds, over `runs` runs; `spread` is the relative difference of two rounds."""

    median: float
    p10: float
    p90: float
    runs: int
    spread: float


def latency_of(rounds: Sequence[Sequence[float]]) -> Latency:
    """The latency for the milliseconds of several rounds of runs."""
    every = [each for times in rounds for each in times]
    medians = [median(times) for times in rounds]
    middle = median(every)
    tenths = quantiles(every, n=10, method="inclusive") if len(every) > 1 else [middle] * 9
    spread = (max(medians) - min(medians)) / middle if middle else 0.0
    return Latency(middle, tenths[0], tenths[-1], len(every), spread)


@dataclass(frozen=True, slots=True)
class Setup:
    """How a network is run: device, number format, samples at once, what is done, and how it is laid out."""

    device: str = "cpu"
    dtype: str = "fp32"
    batch: int = 1
    mode: str = INFERENCE
    compiled: bool = False
    channels_last: bool = False


FORMATS = {"tf32": "tf32 products", "fp16": "fp16 weights", "bf16": "bf16 weights"}


def format_words(precision: str) -> str:
    """Return what a format is used for: `bf16 weights` are cast, norms too, without automatic mixed precision."""
    return FORMATS.get(precision, precision)


@dataclass(frozen=True, slots=True)
class Peaks:
    """What a device was seen to do at most in the same run: FLOP/s, bytes/s, and seconds to start a small layer."""

    flops_per_second: float
    bytes_per_second: float
    launch_seconds: float


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Bytes at the peak: of tensors, measured and predicted from the analysis, and of the allocator of a GPU.

    Inference leaves the weights out, training counts everything. The allocator had `reserved_bytes` from the device and
    gave out `allocated_bytes`, tensors and workspace together; both None where there is no such allocator.
    """

    peak_bytes: int
    predicted_peak_bytes: int
    reserved_bytes: int | None = None
    allocated_bytes: int | None = None

    @property
    def ratio(self) -> float:
        """Measured to predicted, of tensors."""
        return self.peak_bytes / self.predicted_peak_bytes

    @property
    def workspace_bytes(self) -> int | None:
        """What was given out beyond tensors: room that algorithms work in; None where that is not known."""
        return None if self.allocated_bytes is None else max(0, self.allocated_bytes - self.peak_bytes)


@dataclass(frozen=True, slots=True)
class LayerProfile:
    """One layer: milliseconds for the batch, its work for the batch, and its roofline with the measured peaks.

    `kind` groups layers that a device treats alike; `bound` says what limits the layer, None for one that does nothing.
    On a GPU `ms` is the time of the device when the layer was queued before; `eager_ms` that from the end of the layer
    before it when the host starts one after the other, and `host_ms` what the host takes to start it. Both are None on
    a CPU; `host_ms` is None where the host could not work ahead, and then `ms` is like `eager_ms`.
    """

    path: str
    op: str
    kind: str
    ms: float
    spread: float
    macs: int
    flops: int
    bytes: int
    roofline_ms: float
    bound: str | None
    eager_ms: float | None = None
    host_ms: float | None = None

    @property
    def intensity(self) -> float:
        """FLOPs a byte; 0 where nothing moves."""
        return self.flops / self.bytes if self.bytes else 0.0

    @property
    def tflops(self) -> float:
        """Return the achieved arithmetic in TFLOP/s."""
        return self.flops / self.ms / 1e9 if self.ms else 0.0

    @property
    def roofline_share(self) -> float:
        """How much of the measured time the roofline explains."""
        return self.roofline_ms / self.ms if self.ms else 0.0


@dataclass(frozen=True)
class Profile:
    """The profile of one network under one setup.

    `graph` is the latency of the network as a CUDA graph, None if there is none, for the reason `no_graph` on a
    GPU. `asked_batch` is larger than the batch of the setup if memory was not sufficient. `views` is clips times
    crops of one video, None if the spec has no views. `fingerprint` identifies the network and the way of
    measuring. `remarks` say how the network ran, where that is not as it does alone.
    """

    spec: str
    title: str
    inputs: tuple[str, ...]
    setup: Setup
    asked_batch: int
    views: int | None
    params: int
    macs: int
    latency: Latency
    memory: MemoryUse
    layers: tuple[LayerProfile, ...]
    peaks: Peaks
    environment: Mapping[str, object]
    fingerprint: str
    graph: Latency | None = None
    no_graph: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def clips_per_second(self) -> float:
        """Samples in a second."""
        return 1000 * self.setup.batch / self.latency.median

    @property
    def videos_per_second(self) -> float | None:
        """Videos in a second, all their views included."""
        return None if self.views is None else self.clips_per_second / self.views

    @property
    def layers_ms(self) -> float:
        """The times of all layers together."""
        return sum(layer.ms for layer in self.layers)

    @property
    def host_ms(self) -> float | None:
        """What the host takes to start all layers; None where it does not work ahead of a device."""
        host = [layer.host_ms for layer in self.layers if layer.host_ms is not None]
        return sum(host) if host and len(host) == len(self.layers) else None

    @property
    def launch_bound(self) -> bool:
        """Whether starting the layers takes the host longer than the device takes for them."""
        return self.host_ms is not None and self.host_ms > self.layers_ms

    @property
    def roofline_ms(self) -> float:
        """The rooflines of all layers together."""
        return sum(layer.roofline_ms for layer in self.layers)
