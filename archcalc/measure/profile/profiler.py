"""Profiles networks on a device."""

from __future__ import annotations

import gc
import hashlib
import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import torch

from archcalc._version import __version__
from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.analysis.layer_kind import layer_kinds
from archcalc.analysis.precision import PRECISIONS
from archcalc.analysis.roofline import Limits, roofline, works
from archcalc.core.problem import DeviceFailed, Unavailable
from archcalc.measure.failures import is_device_failure, is_out_of_memory
from archcalc.measure.profile.environment import device_name, environment, while_running
from archcalc.measure.profile.free_memory import require_room
from archcalc.measure.profile.memory import allocated, memory_use
from archcalc.measure.profile.module_workload import ModuleWorkload
from archcalc.measure.profile.peaks import measured_peaks
from archcalc.measure.profile.precision import multiplying_in, require_precision
from archcalc.measure.profile.runs import Plan
from archcalc.measure.profile.stopwatch import Stopwatch, stopwatch
from archcalc.measure.profile.timing import network_times
from archcalc.measure.profile.workload import Workload
from archcalc.results.profile import TRAINING, LayerProfile, Peaks, Profile, Setup, latency_of
from archcalc.tracing.module import ImportedSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archcalc.analysis.records import Analysis
    from archcalc.measure.profile.timing import NetworkTimes
    from archcalc.spec.load import Spec

MILLI = 1000.0
METHOD = 2
"""Of measuring: another number where times or bytes of before would not be those of now."""


def silent(step: str) -> None:
    """Do not report a step of the work."""


@dataclass
class Profiler:
    """Profiles specs by one plan and remembers the peaks of the device; `tell` hears of each step.

    `threads` are those of a CPU, as many as PyTorch takes by itself if None.
    """

    plan: Plan = field(default_factory=Plan)
    threads: int | None = None
    tell: Callable[[str], None] = silent
    watch: Callable[[str], Stopwatch] = stopwatch
    peaks: dict[tuple[str, str], Peaks] = field(default_factory=dict)

    def profile(self, spec: Spec, setup: Setup) -> Profile:
        """Latency, times of layers and memory of one network under one setup; a batch too large is halved.

        Raises:
            DeviceFailed: the device cannot be used again by this process.
            Unavailable: the device does not compute in that format, or there is no memory for a single sample.
        """
        require_precision(setup.dtype, setup.device)
        asked = setup
        with steady(), multiplying_in(setup.dtype), threads(self.threads):
            while True:
                try:
                    return self._profile(spec, setup, asked)
                except (MemoryError, RuntimeError, ValueError) as error:
                    if is_device_failure(error):
                        raise DeviceFailed(f"{spec.name}: the device failed: {_first_line(error)}") from error
                    if not is_out_of_memory(error):
                        raise Unavailable(f"{spec.name} does not run: {_first_line(error)}") from error
                    if setup.batch == 1:
                        raise Unavailable(_too_large(spec, setup)) from error
                _forget()
                setup = replace(setup, batch=setup.batch // 2)
                self.tell(f"not enough memory; batch {setup.batch}")

    def fingerprint(self, spec: Spec, setup: Setup) -> str:
        """Return a text that is equal for equivalent measurements: version, layers, setup, plan, device."""
        layers = [
            (each.path, repr(each.operator), each.inputs, each.owner, str(each.shape))
            for each in spec.graph.nodes.values()
        ]
        facts = [
            (
                METHOD,
                __version__,
                torch.__version__,
                device_name(setup.device),
                self.threads or torch.get_num_threads(),
            ),
            [(each.name, str(each.shape)) for each in spec.graph.inputs.values()],
            layers,
            (asdict(setup), asdict(self.plan)),
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]

    def _peaks(self, setup: Setup) -> Peaks:
        key = setup.device, setup.dtype
        if key not in self.peaks:
            self.tell(f"peaks of the device in {setup.dtype}")
            self.peaks[key] = measured_peaks(setup.device, setup.dtype, self.watch(setup.device))
        return self.peaks[key]

    def _profile(self, spec: Spec, setup: Setup, asked: Setup) -> Profile:
        analysis = analysis_for(spec, setup)
        training = setup.mode == TRAINING
        predicted = analysis.totals.training_bytes if training else analysis.totals.peak_inference_bytes
        require_room(setup.device, predicted + (0 if training else analysis.totals.parameter_bytes))
        clock, peaks, around = self.watch(setup.device), self._peaks(setup), environment(setup.device)
        before = allocated(setup.device, setup.dtype)
        workload = ModuleWorkload(spec, setup) if isinstance(spec, ImportedSpec) else Workload(spec.graph, setup)
        self.tell("memory")
        memory = memory_use(workload, before, predicted)
        times = network_times(workload, clock, self.plan, self.tell)
        loaded = while_running(setup.device, workload.run)
        return Profile(
            spec=spec.name,
            title=spec.title,
            inputs=tuple(f"{each.name} {each.shape}" for each in analysis.inputs),
            setup=setup,
            asked_batch=asked.batch,
            views=None if analysis.views is None else analysis.views[0] * analysis.views[1],
            params=analysis.totals.params,
            macs=analysis.totals.macs,
            latency=latency_of(times.whole),
            memory=memory,
            layers=_layers(analysis, times, peaks, training=training),
            peaks=peaks,
            environment={**around, **loaded},
            fingerprint=self.fingerprint(spec, asked),
            graph=None if times.graph is None else latency_of(times.graph),
            no_graph=times.no_graph,
            remarks=workload.remarks,
        )


def analysis_for(spec: Spec, setup: Setup) -> Analysis:
    """The analysis of a spec for the batch and the number format of a setup."""
    settings = Settings(batch=setup.batch, dtype=PRECISIONS[setup.dtype])
    return analyze_graph(spec.graph, settings, title=spec.title, views=spec.views)


def _layers(analysis: Analysis, times: NetworkTimes, peaks: Peaks, *, training: bool) -> tuple[LayerProfile, ...]:
    limits = Limits(peaks.flops_per_second, peaks.bytes_per_second, peaks.launch_seconds)
    kinds, found = layer_kinds(analysis), []
    for at, (layer, work) in enumerate(zip(analysis.layers, works(analysis, training=training), strict=True)):
        least, taken = roofline(work, limits), latency_of(times.layers[at])
        ahead = times.ahead is not None and times.ahead[at]
        found.append(
            LayerProfile(
                path=layer.path,
                op=layer.op,
                kind=kinds[at],
                ms=taken.median,
                spread=taken.spread,
                macs=layer.macs * analysis.batch,
                flops=work.flops,
                bytes=work.bytes,
                roofline_ms=MILLI * least.seconds,
                bound=least.bound,
                eager_ms=None if times.eager is None else latency_of(times.eager[at]).median,
                host_ms=latency_of(times.host[at]).median if ahead and times.host is not None else None,
            )
        )
    return tuple(found)


@contextmanager
def threads(wanted: int | None) -> Iterator[None]:
    """Use a number of CPU threads inside the context, and restore the previous number."""
    before = torch.get_num_threads()
    torch.set_num_threads(wanted or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def steady() -> Iterator[None]:
    """The fastest algorithm for sizes that stay; as before afterwards."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _too_large(spec: Spec, setup: Setup) -> str:
    """What a single sample needs."""
    totals = analysis_for(spec, setup).totals
    needed = totals.training_bytes
    if setup.mode != TRAINING:
        needed = totals.peak_inference_bytes + totals.parameter_bytes
    return (
        f"not enough memory on {setup.device} for one sample of {spec.name}: {setup.mode} needs "
        f"{needed / 2**30:.2f} GiB at least; a smaller --input or --dtype needs less"
    )


def _forget() -> None:
    """Give back what the attempt held."""
    gc.collect()
    torch.cuda.empty_cache()
