"""Profiling with a clock that the tests set, and a real small network on a CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from time import sleep
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from archcalc.core.problem import Unavailable
from archcalc.measure.failures import is_device_failure, is_out_of_memory
from archcalc.measure.profile import environment, free_memory, memory, peaks, profiler, runs
from archcalc.measure.profile.precision import multiplying_in, require_precision, tensor_type
from archcalc.measure.profile.profiler import Profiler
from archcalc.measure.profile.runs import Plan, one_round, rounds_of
from archcalc.measure.profile.stopwatch import Stopwatch, stopwatch
from archcalc.measure.profile.workload import Workload
from archcalc.pytorch.network import Network
from archcalc.render.profile_json import profile_from, profile_object, profiles_json
from archcalc.results.profile import INFERENCE, TRAINING, Peaks, Profile, Setup, latency_of
from archcalc.spec.load import Spec, load_spec
from archcalc.tables.profile import profile_table

ONCE = Plan(warmup=0, runs=1)
PEAKS = Peaks(flops_per_second=1e12, bytes_per_second=1e10, launch_seconds=1e-6)
KNOWN = {("cpu", precision): PEAKS for precision in ("fp32", "bf16")}


@dataclass
class Clock:
    """A clock that stands still until something takes time."""

    now: float = 0.0
    marks: int = 0

    def take(self, seconds: float) -> None:
        self.now += seconds

    def mark(self) -> float:
        self.marks += 1
        return self.now

    @property
    def stopwatch(self) -> Stopwatch:
        return Stopwatch(clock=lambda: self.now, mark=self.mark)


def taking(clock: Clock, seconds: Iterator[float]) -> Callable[[], None]:
    return lambda: clock.take(next(seconds))


def named(name: str) -> Spec:
    return load_spec(name, {}, {})


def ready(plan: Plan = ONCE, **more: Any) -> Profiler:
    return Profiler(plan, threads=1, peaks=dict(KNOWN), **more)


def test_warm_up_does_not_count_and_every_round_runs_as_often_as_asked():
    clock = Clock()
    found = rounds_of(taking(clock, iter([9.0, 9.0, 1.0, 2.0, 3.0, 4.0])), Plan(warmup=2, runs=2), clock.stopwatch)
    assert found == [[1000.0, 2000.0], [3000.0, 4000.0]]


def test_a_round_ends_after_its_share_of_the_seconds_and_never_before_the_least_runs():
    clock = Clock()
    timed = rounds_of(taking(clock, iter([1.0] * 20)), Plan(warmup=0, seconds=8.0), clock.stopwatch)
    assert [len(each) for each in timed] == [4, 4]
    assert len(one_round(lambda: clock.take(100), Plan(seconds=8.0), clock.stopwatch)) == runs.LEAST_RUNS


def test_the_host_waits_for_the_device_before_and_after():
    clock, waits = Clock(), []
    watch = replace(clock.stopwatch, wait=lambda: waits.append(clock.now))
    assert watch.milliseconds(lambda: clock.take(2)) == 2000
    assert waits == [0, 2]


def test_latency_is_the_median_with_tenths_and_the_spread_of_its_rounds():
    found = latency_of([[float(each) for each in range(1, 6)], [float(each) for each in range(6, 12)]])
    assert (found.median, found.p10, found.p90, found.runs) == (6.0, 2.0, 10.0, 11)
    assert found.spread == pytest.approx((8.5 - 3.0) / 6.0)
    assert latency_of([[5.0]]).p90 == 5.0


def test_each_layer_is_given_its_own_time_and_the_whole_network_is_run_without_marks(monkeypatch):
    """Layer number n takes n + 1 seconds, and what is between the passes belongs to neither."""
    spec, clock, order = named("field_temporal"), Clock(), list(named("field_temporal").graph.nodes)
    run = Network.run

    def slow(self: Network, step: Any, inputs: Any) -> Any:
        clock.take(order.index(step.path) + 1)
        return run(self, step, inputs)

    monkeypatch.setattr(Network, "run", slow)
    found = ready(Plan(warmup=1, runs=2), watch=lambda _: clock.stopwatch).profile(spec, Setup())
    assert [layer.ms for layer in found.layers] == [1000.0 * (at + 1) for at in range(len(order))]
    assert found.latency.median == found.layers_ms == sum(layer.ms for layer in found.layers)
    passes = 1 + 2 * runs.ROUNDS
    assert clock.marks == passes * 2 * len(order)


def test_training_counts_forward_and_backward_but_not_what_the_test_of_a_layer_needs_itself(monkeypatch):
    spec, clock = named("field_temporal"), Clock()
    backward, ones = torch.autograd.backward, torch.ones_like

    def slow_backward(*args: Any, **kwargs: Any) -> None:
        clock.take(2)
        backward(*args, **kwargs)

    def slow_ones(like: torch.Tensor) -> torch.Tensor:
        clock.take(100)
        return ones(like)

    monkeypatch.setattr(torch.autograd, "backward", slow_backward)
    monkeypatch.setattr(torch, "ones_like", slow_ones)
    workload = Workload(spec.graph, Setup(batch=2, mode=TRAINING))
    found = workload.run_layers(clock.stopwatch)
    assert found.device == found.host == [2000.0] * len(spec.graph.nodes)
    assert all(each.grad is None for each in workload.network.parameters())


@pytest.mark.parametrize("mode", [INFERENCE, TRAINING])
@pytest.mark.parametrize(
    "name", ["timesformer_b", "mvit_v1_b", "convnet_lstm", "s3d_g", "slowfast_r50_4x16", "tam_r50", "swin3d_t"]
)
def test_every_family_runs_layer_by_layer(name, mode):
    """On the meta device, where nothing is computed: tokens, several inputs, gates, shifts and recurrence."""
    spec, clock = named(name), Clock()
    workload = Workload(spec.graph, Setup("meta", batch=2, mode=mode))
    assert len(workload.run_layers(clock.stopwatch).device) == len(spec.graph.nodes)
    assert all(each.grad is None for each in workload.network.parameters())
    workload.run()


def test_layers_of_a_profile_are_those_of_the_analysis(layers):
    spec = layers("- conv3d: {out: 4, kernel: 3, padding: 1}\n- relu\n- global_avg_pool\n- flatten\n- linear: {out: 2}")
    found = ready().profile(spec, Setup(batch=4, dtype="bf16"))
    conv, relu, _, flatten, linear = found.layers
    positions = 8 * 16 * 16
    assert conv.macs == 4 * 4 * 3 * 27 * positions
    assert conv.flops == 2 * conv.macs
    assert relu.bytes == 2 * 2 * 4 * 4 * positions
    assert conv.roofline_ms == pytest.approx(1000 * max(conv.flops / 1e12, conv.bytes / 1e10))
    assert (flatten.bound, flatten.bytes) == (None, 0)
    assert linear.bound == "launch"
    assert found.latency.median > 0
    assert all(layer.ms > 0 for layer in found.layers)
    assert found.clips_per_second == pytest.approx(4000 / found.latency.median)


def test_memory_counts_what_the_operations_make(layers):
    """A convolution and a relu: the input, held to the end, and two outputs; training has weights, gradients, state."""
    spec = layers("- conv3d: {out: 8, kernel: 1, bias: false}\n- relu")
    inferred = ready().profile(spec, Setup(batch=2))
    size = 8 * 16 * 16 * 4 * 2
    held_by_the_caller = 2 * 3 * 8 * 16 * 16 * 4
    assert inferred.memory.predicted_peak_bytes == held_by_the_caller + 2 * 8 * size
    assert inferred.memory.peak_bytes == inferred.memory.predicted_peak_bytes
    trained = ready().profile(spec, Setup(batch=2, mode=TRAINING))
    assert trained.memory.peak_bytes > 3 * 8 * size


def test_memory_at_inference_counts_the_indices_that_a_pool_makes(layers):
    spec = layers("- conv3d: {out: 8, kernel: 1, bias: false}\n- max_pool3d: {kernel: 2}")
    found = ready().profile(spec, Setup()).memory
    positions = 8 * 16 * 16
    assert found.peak_bytes == 4 * 3 * positions + 4 * 8 * positions + (4 + 8) * positions
    assert found.peak_bytes == found.predicted_peak_bytes


def test_a_batch_that_does_not_fit_is_halved_until_it_does(monkeypatch):
    tried = []

    def short(graph: Any, setup: Setup) -> Workload:
        tried.append(setup.batch)
        if setup.batch > 2:
            raise torch.OutOfMemoryError("out of memory")
        return Workload(graph, setup)

    monkeypatch.setattr(profiler, "Workload", short)
    messages: list[str] = []
    found = ready(tell=messages.append).profile(named("field_temporal"), Setup(batch=12))
    assert tried == [12, 6, 3, 1]
    assert (found.setup.batch, found.asked_batch) == (1, 12)
    assert "not enough memory; batch 3" in messages
    assert found.fingerprint == ready().fingerprint(named("field_temporal"), Setup(batch=12))


def test_one_sample_that_does_not_fit_is_said_with_its_need(monkeypatch):
    monkeypatch.setattr(free_memory, "free_bytes", lambda: 2**20)
    with pytest.raises(Unavailable, match=r"one sample of c3d: inference needs 0\.40 GiB at least"):
        ready().profile(named("c3d"), Setup())


def test_another_failure_of_pytorch_is_said_and_is_not_taken_for_missing_memory(layers):
    spec = layers("- global_avg_pool\n- batch_norm")
    with pytest.raises(Unavailable, match="more than 1 value per channel"):
        ready().profile(spec, Setup(mode=TRAINING))


def test_peaks_are_of_the_size_of_the_work():
    clock = Clock()
    load = peaks.Load(fewest_rows=16, rows=16, copied=1024, layers=10)
    watch = replace(clock.stopwatch, wait=lambda: clock.take(1))  # each run waits twice
    found = peaks.measured_peaks("cpu", "fp32", watch, load)
    assert found == Peaks(2 * 16**3, 2 * 1024, 0.1)


def test_precisions():
    assert tensor_type("bf16") is torch.bfloat16
    assert tensor_type("tf32") is torch.float32
    with pytest.raises(Unavailable, match="no TF32 on cpu"):
        require_precision("tf32", "cpu")
    before = torch.backends.cuda.matmul.fp32_precision
    with multiplying_in("tf32"):
        assert torch.backends.cuda.matmul.fp32_precision == "tf32"
    with multiplying_in("fp32"):
        assert torch.backends.cuda.matmul.fp32_precision == "ieee"
    assert torch.backends.cuda.matmul.fp32_precision == before


def settings() -> list[object]:
    parts: Any = torch.backends
    return [
        parts.cuda.matmul.fp32_precision, parts.cudnn.conv.fp32_precision, parts.cudnn.rnn.fp32_precision,
        parts.cuda.matmul.allow_tf32, parts.cudnn.allow_tf32, torch.get_float32_matmul_precision(),
    ]  # fmt: skip


@pytest.mark.parametrize(("precision", "expected"), [
    ("tf32", ["tf32", "tf32", "tf32", True, True, "high"]),
    ("bf16", ["ieee", "ieee", "ieee", False, False, "highest"]),
])  # fmt: skip
def test_old_and_new_settings_of_tf32_agree_for_the_compiler_reads_the_old_ones(precision, expected):
    before = settings()
    with multiplying_in(precision):
        assert settings() == expected
    assert settings() == before


def test_settings_that_only_the_new_ones_say_are_put_back():
    matmul: Any = torch.backends.cuda.matmul
    before = settings()
    matmul.fp32_precision = "tf32"  # the old one cannot be read now
    try:
        with multiplying_in("fp32"):
            assert settings() == ["ieee", "ieee", "ieee", False, False, "highest"]
        assert matmul.fp32_precision == "tf32"
    finally:
        matmul.allow_tf32 = False
        matmul.fp32_precision = "none"
    assert settings() == before


@pytest.mark.parametrize(("message", "memory", "failure"), [
    ("CUDA error: out of memory", True, False),
    ("cuDNN error: CUDNN_STATUS_ALLOC_FAILED", True, False),
    ("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", True, False),
    ("FIND was unable to find an engine to execute this computation", True, False),
    ("Unable to find an engine", True, False),
    ("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes", True, False),
    ("CUDA error: an illegal memory access was encountered", False, True),
    ("CUDA error: unspecified launch failure", False, True),
])  # fmt: skip
def test_lack_of_memory_and_failure_of_the_device_by_their_messages(message, memory, failure):
    error = torch.AcceleratorError(message)
    assert (is_out_of_memory(error), is_device_failure(error)) == (memory, failure)
    assert is_out_of_memory(RuntimeError(message)) == memory
    assert not is_device_failure(RuntimeError(message))


def test_surroundings_say_what_a_measurement_depends_on():
    found = environment.environment("cpu")
    assert {"device", "torch", "python", "threads", "git", "date", "archcalc"} <= set(found)
    assert found["torch"] == torch.__version__
    assert environment._answer("no-such-program-anywhere") is None


def test_free_memory_minds_the_limit_of_its_group(monkeypatch, tmp_path):
    for name, text in {"MEMORY": "MemTotal: 9 kB\nMemAvailable: 8 kB\n", "LIMIT": "6000\n", "USED": "1000\n"}.items():
        (tmp_path / name).write_text(text)
        monkeypatch.setattr(free_memory, name, tmp_path / name)
    assert free_memory.free_bytes() == 5000
    (tmp_path / "LIMIT").write_text("max\n")
    assert free_memory.free_bytes() == 8 * 1024
    with pytest.raises(MemoryError):
        free_memory.require_room("cpu", 8000)
    free_memory.require_room("cpu", 4000)
    free_memory.require_room("cuda", 10**15)


def real(name: str = "field_temporal", setup: Setup | None = None) -> Profile:
    return ready().profile(named(name), setup or Setup())


def test_json_says_it_all_and_is_read_again():
    profile = real()
    assert profile_from(profiles_json([profile]), "test") == profile
    found = profile_object(profile)
    assert {"schema", "spec", "device", "dtype", "batch", "mode", "network", "layers", "peaks", "environment"} <= set(
        found
    )
    assert {"latency_ms", "clips_per_second", "peak_bytes", "predicted_peak_bytes"} <= set(found["network"])
    assert {"median", "p10", "p90"} <= set(found["network"]["latency_ms"])
    assert {"path", "op", "ms", "macs", "bytes", "roofline_ms", "bound"} <= set(found["layers"][0])


def test_fingerprints_distinguish_what_is_measured_and_how():
    spec, other = named("field_temporal"), load_spec("c3d", {"classes": 7}, {})
    usual = ready().fingerprint(spec, Setup())
    assert usual == ready().fingerprint(named("field_temporal"), Setup())
    different = {
        ready().fingerprint(spec, Setup(batch=2)),
        ready().fingerprint(spec, Setup(dtype="bf16")),
        ready(Plan()).fingerprint(spec, Setup()),
        ready().fingerprint(named("c3d"), Setup()),
        ready().fingerprint(other, Setup()),
        Profiler(ONCE, threads=torch.get_num_threads() + 1).fingerprint(spec, Setup()),
        usual,
    }
    assert len(different) == 7
    assert Profiler(ONCE, threads=torch.get_num_threads()).fingerprint(spec, Setup()) == (
        Profiler(ONCE).fingerprint(spec, Setup())
    )


def test_weights_are_counted_once_where_layers_share_them(layers):
    spec = layers(
        "- conv3d: {name: a, out: 3, kernel: 1, bias: false}\n- conv3d: {out: 3, kernel: 1, bias: false, share: a}"
    )
    assert memory._stored(Workload(spec.graph, Setup())) == 3 * 3 * 4


def test_channels_innermost():
    workload = Workload(named("r3d_18").graph, Setup("meta", channels_last=True))
    layout = torch.channels_last_3d
    assert workload.inputs[0].is_contiguous(memory_format=layout)
    assert all(each.is_contiguous(memory_format=layout) for each in workload.network.parameters() if each.dim() == 5)


def test_the_data_sheet_of_a_known_device_is_shown_with_its_measured_peaks():
    h200 = replace(real(), environment={**real().environment, "device": "NVIDIA H200"})
    assert profile_object(real())["peaks"]["data_sheet"] is None
    sheet = profile_object(h200)["peaks"]["data_sheet"]
    assert (sheet["device"], sheet["flops_per_second"], sheet["bytes_per_second"]) == ("h200", 67e12, 4.8e12)
    lines = [str(total.value) for total in profile_table(h200).totals]
    assert any(line.startswith("1,000 GFLOP/s") and line.endswith("1% of its data sheet") for line in lines)
    assert profile_from(profiles_json([h200]), "test") == h200


class Event:
    """An event of a GPU whose stream stands at a time that the test sets."""

    stream = 0.0

    def __init__(self, *, enable_timing: bool) -> None:
        assert enable_timing
        self.at: float | None = None

    def record(self) -> None:
        self.at = Event.stream

    def elapsed_time(self, end: Event) -> float:
        """Milliseconds, as PyTorch gives them."""
        assert self.at is not None
        assert end.at is not None
        return end.at - self.at


def test_a_gpu_is_timed_by_events_in_its_stream_and_waited_for(monkeypatch):
    waited = []
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waited.append(Event.stream))
    watch, marks = stopwatch("cuda"), []
    for moment in (5.0, 7.5, 7.5, 20.0):
        Event.stream = moment
        marks.append(watch.mark())
    assert watch.spans([*pairwise(marks)]) == [2.5, 0.0, 12.5]
    assert waited == [20.0]
    watch.milliseconds(lambda: None)
    assert len(waited) == 3


@pytest.mark.parametrize(("mode", "expected"), [(INFERENCE, 90000 - 1000 - 600), (TRAINING, 90000 - 1000)])
def test_memory_of_a_gpu_is_of_tensors_and_of_what_its_allocator_gave_out(layers, monkeypatch, mode, expected):
    """1,000 bytes were there before; weights are 3*50 numbers; neither the first run nor the second counts."""
    spec = layers("- conv3d: {out: 50, kernel: 1, bias: false}")
    tensors = memory.memory_use(Workload(spec.graph, Setup(mode=mode)), 0, predicted=100).peak_bytes
    workload = Workload(spec.graph, Setup(mode=mode))
    done: list[str] = []
    run = Workload.run

    def noted(self: Workload, *, compiled: bool = True) -> None:
        done.append("run")
        run(self, compiled=compiled)

    monkeypatch.setattr(workload, "setup", replace(workload.setup, device="cuda"))
    monkeypatch.setattr(Workload, "run", noted)
    for name, answer in {"synchronize": None, "empty_cache": None, "max_memory_allocated": 90000,
                         "max_memory_reserved": 120000}.items():  # fmt: skip
        monkeypatch.setattr(torch.cuda, name, lambda answer=answer: answer)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: done.append("reset"))
    found = memory.memory_use(workload, 1000, predicted=100)
    assert (found.peak_bytes, found.allocated_bytes, found.reserved_bytes) == (tensors, expected, 120000)
    assert found.workspace_bytes == max(0, expected - tensors)
    assert "run" in done[:-2]
    assert done[-2:] == ["reset", "run"]


def test_libraries_have_their_workspace_before_the_memory_of_a_network_is_read(monkeypatch):
    """Backward runs in a thread of its own, which has a workspace of its own."""
    done: list[str] = []
    backward, ones = torch.autograd.backward, torch.ones

    def noted(what: str, then: Callable[[], Any]) -> Any:
        done.append(what)
        return then()

    monkeypatch.setattr(torch, "ones", lambda *sizes, device, **more: noted(device, lambda: ones(*sizes, **more)))
    monkeypatch.setattr(torch.autograd, "backward", lambda loss: noted("backward", lambda: backward(loss)))
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: done.append("wait"))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: noted("read", lambda: 7))
    assert memory.allocated("cuda", "bf16") == 7
    assert done == ["cuda", "backward", "wait", "read"]
    assert memory.allocated("cpu", "fp32") == 0


SMI = {
    "driver_version,clocks.max.sm,power.limit": "580.1, 1980 MHz, 700 W",
    "clocks.sm,clocks.mem,power.draw,temperature.gpu": "1335 MHz, 2619 MHz, 698.2 W, 61",
    "clocks_event_reasons.active": "[N/A]",
    "clocks_throttle_reasons.active": "0x0000000000000004",
}


@pytest.fixture
def asked(monkeypatch) -> Iterator[list[tuple[str, ...]]]:
    """What was asked of nvidia-smi, which answers as SMI says about a GPU that is not there."""
    found: list[tuple[str, ...]] = []

    def said(*command: str) -> str | None:
        found.append(command)
        return SMI[command[3].removeprefix("--query-gpu=")] if command[0] == "nvidia-smi" else None

    for each in (environment._steady, environment._revision):
        each.cache_clear()
    monkeypatch.setattr(environment, "_answer", said)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A GPU")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    facts = {1: SimpleNamespace(total_memory=2**30, uuid="1234-ab")}
    monkeypatch.setattr(torch.cuda, "get_device_properties", facts.__getitem__)
    yield found
    for each in (environment._steady, environment._revision):
        each.cache_clear()


def test_surroundings_of_a_gpu_are_of_the_one_in_use_and_asked_for_once(asked):
    found = environment.environment("cuda")
    assert (found["device"], found["capability"], found["memory_bytes"]) == ("A GPU", "9.0", 2**30)
    assert (found["driver_version"], found["power.limit"], found["git"]) == ("580.1", "700 W", None)
    assert {"cuda", "cudnn", "cudnn_benchmark"} <= set(found)
    before = len(asked)
    assert environment.environment("cuda") | {"date": 0, "load": 0} == found | {"date": 0, "load": 0}
    assert len(asked) == before
    assert [each[:3] for each in asked if each[0] == "nvidia-smi"] == [("nvidia-smi", "-i", "GPU-1234-ab")]


def test_clocks_are_those_of_a_gpu_at_work(asked, monkeypatch):
    runs: list[int] = []
    loaded = environment._loaded

    def slow(gpu: str) -> dict[str, object]:
        while not runs:
            sleep(0.001)
        return loaded(gpu)

    monkeypatch.setattr(environment, "_loaded", slow)
    found = environment.while_running("cuda", lambda: runs.append(1))
    assert runs
    assert found == {
        "clocks.sm": "1335 MHz", "clocks.mem": "2619 MHz", "power.draw": "698.2 W", "temperature.gpu": "61",
        "clocks_event_reasons.active": "0x0000000000000004",
    }  # fmt: skip
    assert asked[0][2] == "GPU-1234-ab"
    assert environment.while_running("cpu", lambda: runs.append(2)) == {}
    assert 2 not in runs


@pytest.mark.usefixtures("asked")
def test_a_driver_that_says_nothing_leaves_gaps(monkeypatch):
    monkeypatch.setattr(environment, "_answer", lambda *_: None)
    found = environment.environment("cuda") | environment.while_running("cuda", lambda: None)
    assert found["driver_version"] is found["clocks.sm"] is found["clocks_event_reasons.active"] is None
