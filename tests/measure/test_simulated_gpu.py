"""Profiling, fits and reports against a GPU whose truth is known."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

import pytest
from click.testing import CliRunner

from archcalc.analysis.latency import LEAST_LAYERS
from archcalc.analysis.latency_fit import error_of, fits_from
from archcalc.analysis.latency_model import ALL
from archcalc.cli.main import main
from archcalc.measure.profile.profiler import Profiler, analysis_for
from archcalc.measure.profile.recorder import Pace
from archcalc.measure.profile.runs import Plan
from archcalc.pytorch.network import Network
from archcalc.render.profile_json import profile_from, profiles_json
from archcalc.render.report import report_files
from archcalc.results.latency_fit import latency_fits
from archcalc.results.profile import MODES, TRAINING, MemoryUse, Profile, Setup
from archcalc.spec.load import Spec, load_spec
from archcalc.tables.cuda_remarks import held_back
from archcalc.tables.profile import profile_table
from tests.measure.simulated_gpu import (
    EFFICIENCY,
    HOST,
    KERNEL,
    PEAKS,
    SimulatedGpu,
    World,
    launching,
    simulated_profile,
)

SMALL = ("conv_image_gray", "field_temporal", "field_spatial", "slow_fusion", "late_fusion_fc", "tam_r50", "c3d")
NAMES = (*SMALL, "r3d_18", "r2plus1d_18", "x3d_s", "i3d", "s3d", "swin3d_t", "slowfast_r50_4x16")


@cache
def named(name: str) -> Spec:
    return load_spec(name, {}, {})


@cache
def simulated(name: str, dtype: str, batch: int, mode: str = "inference", world: str = "usual") -> Profile:
    return simulated_profile(named(name), Setup("cuda", dtype, batch, mode), WORLDS[world])


WORLDS = {"usual": World(), "noisy": World(noise=0.3), "slow host": World(host_scale=3), "cache": World(cache=3.0)}


@pytest.mark.parametrize("depth", [1024, 60])
def test_queued_layers_take_the_time_of_the_device_and_eager_ones_that_of_the_host(monkeypatch, depth):
    """Through the profiler itself; a short queue lets the host wait, until fewer layers are queued at once."""
    spec, setup, gpu = named("x3d_s"), Setup("meta", "bf16", 8), SimulatedGpu(depth)
    monkeypatch.setattr(Network, "run", launching(gpu, analysis_for(spec, setup), Network.run))
    watch = Profiler(Plan(warmup=1, runs=1), 1, watch=lambda _: gpu.stopwatch, peaks={("meta", "bf16"): PEAKS["bf16"]})
    found = watch.profile(spec, setup)
    for layer in found.layers:
        kernel = max(KERNEL, layer.roofline_ms / 1e3 / EFFICIENCY[layer.kind]) if layer.bound else 0.0
        assert layer.ms == pytest.approx(1e3 * kernel, rel=1e-6, abs=3e-3), "an event takes 2 us where nothing runs"
        assert layer.host_ms == pytest.approx(1e3 * HOST[layer.kind], rel=1e-6)
        assert layer.eager_ms is not None
        assert layer.eager_ms >= 0.99 * layer.ms
    views = [layer for layer in found.layers if layer.bound is None]
    assert views
    assert all((each.eager_ms or 0) > 3 * each.ms for each in views), "the host takes its time where nothing runs"
    assert found.no_graph


def test_layers_that_never_get_ahead_are_said_to_be_eager(monkeypatch):
    """A layer that waits for the device, as one that looks at a number does."""
    spec, setup, gpu = named("field_temporal"), Setup("meta", "bf16"), SimulatedGpu()
    run = launching(gpu, analysis_for(spec, setup), Network.run)
    waiting = next(iter(spec.graph.nodes))

    def waits(self: Network, step: object, inputs: object) -> object:
        done = run(self, step, inputs)
        if getattr(step, "path", None) == waiting:
            gpu.wait()
        return done

    monkeypatch.setattr(Network, "run", waits)
    watch = Profiler(Plan(warmup=1, runs=1), 1, watch=lambda _: gpu.stopwatch, peaks={("meta", "bf16"): PEAKS["bf16"]})
    first, *others = watch.profile(spec, setup).layers
    assert first.host_ms is None
    assert all(layer.host_ms is not None for layer in others)


def test_a_pace_gets_slower_to_an_end():
    pace, steps = Pace(), 0
    while not pace.slowest:
        pace, steps = pace.slower(), steps + 1
    assert (pace.layers, steps) == (1, 5)


def test_training_passes_are_queued_too(monkeypatch):
    spec, setup, gpu = named("field_temporal"), Setup("meta", "bf16", 2, TRAINING), SimulatedGpu()
    monkeypatch.setattr(Network, "run", launching(gpu, analysis_for(spec, setup), Network.run))
    watch = Profiler(Plan(warmup=1, runs=1), 1, watch=lambda _: gpu.stopwatch, peaks={("meta", "bf16"): PEAKS["bf16"]})
    assert all(layer.host_ms is not None for layer in watch.profile(spec, setup).layers)


@pytest.mark.parametrize("batch", [1, 8])
def test_a_fit_finds_the_machine_that_made_the_times(batch):
    (fit,) = latency_fits([simulated(name, "bf16", batch) for name in NAMES])
    starts = {kind: start for kind, start in fit.model.start.items() if kind != ALL}
    assert starts == pytest.approx({kind: HOST[kind] for kind in starts})
    found = {key: value for key, value in fit.model.efficiency.items() if key != ALL}
    assert found == pytest.approx({key: EFFICIENCY[key.partition(",")[0]] for key in found})
    assert len(found) >= LEAST_LAYERS
    assert fit.model.kernel == pytest.approx(KERNEL)
    assert fit.model.factor == pytest.approx(1.0, rel=1e-3)
    assert fit.error.median < 0.01


@pytest.mark.parametrize(("world", "most"), [("noisy", 0.05), ("slow host", 0.02), ("cache", 0.1)])
@pytest.mark.parametrize("batch", [1, 8])
def test_errors_stay_small_where_the_machine_is_not_like_the_model(world, most, batch):
    (fit,) = latency_fits([simulated(name, "bf16", batch, world=world) for name in NAMES])
    assert fit.error.median < most
    assert max(fit.model.efficiency.values()) <= 1


def test_no_fit_fails_whatever_was_measured():
    """Every order and subset, small networks alone, one batch or several, with and without host times."""
    rng = random.Random(0)
    for _ in range(50):
        count = rng.randrange(1, len(NAMES) + 1)
        names = rng.choice([rng.sample(NAMES, count), list(NAMES[:count])])
        setups = rng.sample([(d, b, m) for d in PEAKS for b in (1, 8) for m in MODES], rng.randrange(1, 5))
        profiles = [simulated(name, *setup) for setup in setups for name in names]
        rng.shuffle(profiles)
        for fit in latency_fits(profiles):
            assert max(fit.model.efficiency.values()) <= 1
            assert all(each.predicted > 0 for each in fit.predictions)
            assert error_of(fit.predictions).networks == len(set(names)) >= 3


def test_small_networks_alone_give_a_report(tmp_path):
    """The first networks of a run, all bound by their launches: through files and the command line."""
    for name in SMALL[:4]:
        for setup in (Setup("cuda", "bf16", 1), Setup("cuda", "tf32", 1)):
            profile = simulated_profile(named(name), setup)
            kept = tmp_path / "profiles" / f"{name}-{setup.dtype}.json"
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(profiles_json([profile]))
            assert profile_from(kept.read_text(), "test") == profile
    result = CliRunner().invoke(main, ["report", "--only-write", "--output", str(tmp_path)])
    assert result.exit_code == 0, result.output
    fits = fits_from((tmp_path / "latency.json").read_text(), "latency.json")
    assert {fit.precision for fit in fits} == set(PEAKS)
    assert "# Networks measured on NVIDIA H200" in (tmp_path / "README.md").read_text()


def test_networks_without_work_give_pages_without_a_fit():
    views = [simulated_profile(named("field_temporal"), Setup("cuda", "bf16", 1), seed=at) for at in range(3)]
    assert latency_fits(views) == []
    assert "latency.json" not in report_files(views[:1], "archcalc report")


def test_layouts_and_compiled_networks_are_kept_out_of_fits():
    plain = [simulated(name, "bf16", 8) for name in NAMES]
    slow = World(efficiency={kind: value / 3 for kind, value in EFFICIENCY.items()})
    others = [
        simulated_profile(named(name), Setup("cuda", "bf16", 8, compiled=compiled, channels_last=not compiled), slow)
        for name in NAMES[:4]
        for compiled in (True, False)
    ]
    assert latency_fits([*plain, *others]) == latency_fits(plain)


def test_fits_of_mixed_batches_are_of_one_batch_each():
    fits = latency_fits([simulated(name, "bf16", batch) for name in NAMES for batch in (1, 8)])
    assert [fit.batch for fit in fits] == [1, 8]
    assert fits == [fit for batch in (1, 8) for fit in latency_fits([simulated(n, "bf16", batch) for n in NAMES])]


def page(*profiles: Profile) -> str:
    return report_files(profiles, "archcalc report")["README.md"].decode()


def test_a_report_on_a_gpu_says_what_its_figures_are():
    names = ("field_temporal", "slow_fusion", "r3d_18", "c3d")
    setups = [("bf16", 1), ("bf16", 8), ("tf32", 1)]
    found = page(
        *(simulated(name, *setup) for name in names for setup in setups), simulated("c3d", "bf16", 8, TRAINING)
    )
    for said in (
        "Launches (bf16 weights, batch 1, inference): ",
        "as CUDA graphs networks run ",
        "Workspace beyond tensors, which no prediction counts: ",
        "CUDA graph ms",
        "In bf16 all weights are cast, norms and the state of training too",
        "TF32 is used in matrix products and convolutions only",
        "cuDNN computes convolutions on tensor cores with channels last",
        "clocks were throttled by the limit of power",
        "A network is bound by launches if its layers take longer to launch than to compute.",
    ):
        assert said in found, said
    assert "could not queue" not in found


def test_a_page_on_a_cpu_does_not_speak_of_gpus():
    on_cpu = [
        replace(each, setup=Setup(), graph=None, no_graph=None, memory=MemoryUse(100, 100),
                layers=tuple(replace(layer, eager_ms=None, host_ms=None) for layer in each.layers))
        for each in (simulated("c3d", "bf16", 1), simulated("r3d_18", "bf16", 1))
    ]  # fmt: skip
    assert not any(word in page(*on_cpu) for word in ("Launches", "CUDA graph", "Workspace", "cuDNN computes"))


@pytest.mark.parametrize(("cudnn", "dtype", "said"), [
    (90800, "bf16", True), (91499, "bf16", True), (90799, "bf16", False), (91500, "bf16", False),
    (91000, "tf32", False),
])  # fmt: skip
def test_a_cudnn_that_is_slow_in_three_dimensions_is_named(cudnn, dtype, said):
    profile = simulated("c3d", dtype, 8)
    profile = replace(profile, environment={**profile.environment, "cudnn": cudnn})
    remark = f"cuDNN {cudnn}: PyTorch computes 3-D convolutions of 16-bit numbers without it"
    assert any(remark in each for each in profile_table(profile).remarks) == said
    assert (remark in page(profile)) == said


def test_a_table_of_a_gpu_shows_eager_and_host_times_and_the_graph():
    small, large = (profile_table(simulated(name, "bf16", 8)) for name in ("field_temporal", "c3d"))
    assert {"eager_ms", "host_ms"} <= {column.key for column in small.columns}
    totals = {total.label: str(total.value) for total in small.totals}
    assert totals["host"].endswith("most time passes on the host: the network is bound by launches")
    assert "of the eager network" in totals["as a CUDA graph"]
    assert "beyond tensors" in totals["allocator gave out"]
    assert any(str(total.value).endswith("on the device") for total in large.totals)
    late = simulated_profile(named("c3d"), Setup("cuda", "bf16", 8), queued=False)
    assert any("layers could not be queued ahead" in each for each in profile_table(late).remarks)
    assert "could not queue every layer ahead" in page(late)


@pytest.mark.parametrize(("active", "expected"), [
    ("0x4", ("the limit of power",)), ("0x0000000000000060", ("the temperature",)), ("0x1", ()), (None, ()), ("?", ()),
])  # fmt: skip
def test_reasons_that_hold_clocks_back(active, expected):
    assert held_back({"clocks_event_reasons.active": active}) == expected
