"""Fits of latency against times made up from a model that is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

import archcalc
from archcalc.analysis import latency_fit as stored
from archcalc.analysis.latency import (
    LayerSample,
    NetworkSample,
    NothingToFit,
    Prediction,
    fitted,
    left_out,
    weighted_median,
)
from archcalc.analysis.latency_fit import LatencyFit, error_of, fits_from, fits_json, latency_fit
from archcalc.analysis.latency_model import ALL, LatencyModel, layer_roofline
from archcalc.analysis.layer_kind import LAYER_KINDS, layer_kinds
from archcalc.analysis.network_latency import network_latency
from archcalc.analysis.roofline import Limits, Work, roofline
from archcalc.core.problem import UsageError
from archcalc.spec.library import bundled_networks

LIMITS = Limits(peak=1e12, bandwidth=1e11, launch=1e-5)
START, FACTOR = 2e-5, 1.1
TRUE = {"dense": 0.5, "depthwise": 0.1, "norm": 0.8}
KINDS = {"dense": (10**9, 10**6), "depthwise": (10**7, 10**8), "norm": (0, 10**7)}
"""FLOPs and bytes of a layer, to be multiplied."""


def seconds(kind: str, work: Work) -> float:
    return max(START, roofline(work, LIMITS).seconds / TRUE[kind])


def network(name: str, scales: tuple[int, ...], *, slower: float = 1.0) -> NetworkSample:
    layers = [("norm", Work(0, 0))]
    layers += [(kind, Work(flops * scale, moved * scale)) for scale in scales for kind, (flops, moved) in KINDS.items()]
    samples = tuple(
        LayerSample(kind, work, START if not work.bytes else slower * seconds(kind, work)) for kind, work in layers
    )
    return NetworkSample(name, samples, FACTOR * sum(each.seconds for each in samples))


NETWORKS = [network(f"n{number}", tuple(range(number, number + 6))) for number in range(1, 6)]


def test_the_model_that_made_the_times_is_found():
    found = fitted(NETWORKS, LIMITS)
    assert (found.start[ALL], found.factor) == pytest.approx((START, FACTOR))
    assert found.kernel is None
    for kind, (flops, moved) in KINDS.items():
        work = Work(flops * 100, moved * 100)
        assert found.layers([(kind, work)]) == pytest.approx([FACTOR * seconds(kind, work)])


def test_networks_that_were_not_seen_are_predicted():
    assert [each.error for each in left_out(NETWORKS, LIMITS)] == pytest.approx([0.0] * 5, abs=1e-9)


def test_a_network_is_predicted_without_its_own_times():
    """One takes twice as long by layer as the others say: its prediction is half, theirs stay as they were."""
    odd = network("odd", tuple(range(3, 9)), slower=2.0)
    errors = {each.name: each.error for each in left_out([*NETWORKS, odd], LIMITS)}
    assert errors["odd"] == pytest.approx(-0.5, abs=0.01)
    assert max(abs(errors[each.name]) for each in NETWORKS) < 0.01


def test_a_network_measured_twice_is_left_out_twice():
    again = replace(NETWORKS[0], seconds=5 * NETWORKS[0].seconds)
    found = [each for each in left_out([*NETWORKS, again], LIMITS) if each.name == "n1"]
    assert found[0].predicted == found[1].predicted


def test_a_kind_that_is_rare_takes_the_efficiency_of_all():
    rare = replace(NETWORKS[0], layers=(*NETWORKS[0].layers, LayerSample("lstm", Work(10**9, 10**6), 1.0)))
    model = fitted([rare, *NETWORKS[1:]], LIMITS)
    assert not any(key.startswith("lstm") for key in model.efficiency)
    work = Work(10**9, 10**6)
    assert model.layers([("lstm", work)]) == pytest.approx([model.factor * 1e-3 / model.efficiency[ALL]])


def test_the_weighted_median():
    assert weighted_median([(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]) == 2.0
    assert weighted_median([(1.0, 5.0), (2.0, 1.0), (3.0, 1.0)]) == 1.0
    assert weighted_median([(3.0, 4.0), (1.0, 1.0), (2.0, 2.0)]) == 3.0
    with pytest.raises(ValueError, match="no values"):
        weighted_median([])


def test_nothing_to_fit_from_is_said():
    empty = NetworkSample("empty", (LayerSample("view", Work(0, 0), 1e-6),), 1e-6)
    for networks in ([], [empty]):
        with pytest.raises(NothingToFit, match="no layer"):
            fitted(networks, LIMITS)
    assert [each.name for each in left_out([empty, NETWORKS[0]], LIMITS)] == ["empty"]


def test_layers_no_slower_than_their_start_reach_the_whole_roofline():
    """Nothing says how fast their work is done, only that starting them hides it."""
    small = [NetworkSample(f"n{at}", (LayerSample("norm", Work(0, 10**5), START),) * 6, 7 * START) for at in range(3)]
    found = fitted(small, LIMITS)
    assert found.efficiency == {ALL: 1.0}
    assert found.layers([("norm", Work(0, 10**7))]) == pytest.approx([found.factor * 1e-4])


def test_no_efficiency_is_more_than_the_whole_roofline():
    """Layers that find their inputs in a cache are faster than a memory that they do not read."""
    cached = [network(f"n{at}", (100, 200, 300, 400, 500, 600), slower=0.05) for at in range(3)]
    assert set(fitted(cached, LIMITS).efficiency.values()) == {1.0}


HOST, KERNEL = {"dense": 4e-5, "depthwise": 3e-5, "norm": 2e-5}, 2e-6


def queued_seconds(layers: list[tuple[str, Work]]) -> float:
    """A host that launches and a device that works through what was launched, each at its own pace."""
    launched, free = 0.0, 0.0
    for kind, work in layers:
        launched += HOST[kind]
        free = max(launched, free) + max(KERNEL, roofline(work, LIMITS).seconds / TRUE[kind])
    return free


def queued_network(name: str, scales: list[float]) -> NetworkSample:
    layers = [(kind, Work(int(f * s), int(b * s))) for s in scales for kind, (f, b) in KINDS.items()]
    samples = tuple(
        LayerSample(kind, work, max(KERNEL, roofline(work, LIMITS).seconds / TRUE[kind]), HOST[kind])
        for kind, work in layers
    )
    return NetworkSample(name, samples, FACTOR * queued_seconds(layers))


SCALES = [1e-4, 1e-3, 1e-2, 0.1, 1.0, 0.2, 0.05]
QUEUED = [queued_network(f"q{at}", [scale * (1 + at / 7) for scale in SCALES]) for at in range(5)]


def test_a_host_that_works_ahead_and_its_device_are_both_found():
    found = fitted(QUEUED, LIMITS)
    assert {kind: found.start[kind] for kind in HOST} == pytest.approx(HOST)
    assert (found.kernel, found.factor) == pytest.approx((KERNEL, FACTOR))
    assert {kind: value for kind, value in found.efficiency.items() if kind != ALL} == pytest.approx(
        {"dense, compute": 0.5, "depthwise, memory": 0.1, "norm, memory": 0.8}
    )
    assert [each.error for each in left_out(QUEUED, LIMITS)] == pytest.approx([0.0] * 5, abs=1e-9)


def test_layers_of_a_queue_add_up_to_the_time_of_the_last_one():
    layers = [(kind, Work(*KINDS[kind])) for kind in ("norm", "dense", "depthwise", "norm")]
    model = fitted(QUEUED, LIMITS)
    assert sum(model.layers(layers)) == pytest.approx(FACTOR * queued_seconds(layers))


def test_networks_without_host_times_do_not_spoil_a_fit_of_queued_ones():
    eager = replace(QUEUED[0], name="eager", layers=tuple(replace(each, host=None) for each in QUEUED[0].layers))
    assert fitted([*QUEUED, eager], LIMITS) == fitted(QUEUED, LIMITS)


def test_the_error_has_no_sign():
    found = error_of([Prediction("a", 1.0, 1.5), Prediction("b", 1.0, 0.9), Prediction("c", 1.0, 0.8)])
    assert found.networks == 3
    assert (found.median, found.worst) == pytest.approx((0.2, 0.5))


def sample(*layers: tuple[str, Work, float, float | None], seconds: float | None = None, name: str = "n"):
    found = tuple(LayerSample(*each) for each in layers)
    return NetworkSample(name, found, sum(each.seconds for each in found) if seconds is None else seconds)


IDLE, SMALL, LARGE = Work(0, 0), Work(0, 10**5), Work(0, 10**8)
"""Nothing, 1e-6 s and 1e-3 s of a bandwidth of 1e11 bytes/s, where a launch takes 1e-5 s."""


def test_starting_a_layer_takes_what_layers_shorter_than_a_launch_take():
    at_launch = Work(0, 10**6)
    layers = [("a", SMALL, 2e-5, None), ("a", IDLE, 3e-5, None), ("a", SMALL, 7e-5, None), ("a", at_launch, 9.0, None)]
    assert fitted([sample(*layers, ("a", LARGE, 2e-3, None))], LIMITS).start == {ALL: 3e-5}
    assert fitted([sample(("a", LARGE, 2e-3, None))], LIMITS).start == {ALL: LIMITS.launch}


@pytest.mark.parametrize(("times", "known"), [(4, False), (5, True)])
def test_five_layers_of_a_kind_have_figures_of_their_own(times: int, known: bool):
    many, few = [("a", LARGE, 2e-3, 1e-4)] * 6, [("b", LARGE, 4e-3, 3e-4)] * times
    found = fitted([sample(*many, *few, ("c", Work(0, 5 * 10**4), 2e-6, 1e-4))], LIMITS)
    assert ("b" in found.start, "b, memory" in found.efficiency) == (known, known)
    assert (found.start["a"], found.efficiency["a, memory"]) == pytest.approx((1e-4, 0.5))
    if known:
        assert (found.start["b"], found.efficiency["b, memory"]) == pytest.approx((3e-4, 0.25))


def test_layers_a_little_longer_than_their_start_say_nothing():
    """One and a half times the start, 3e-5 s, is not more than that; with one per mill more the layer counts."""
    work = Work(0, 2 * 10**6)
    starts = [("a", IDLE, 2e-5, None)] * 3
    for seconds, efficiency in ((2.9e-5, 1.0), (3.003e-5, 2e-5 / 3.003e-5)):
        found = fitted([sample(*starts, ("a", work, seconds, None))], LIMITS)
        assert found.efficiency == pytest.approx({ALL: efficiency})


def test_the_shortest_kernel_is_that_of_layers_far_below_a_launch():
    tiny, short = Work(0, 5 * 10**4), Work(0, 2 * 10**5)  # 5e-7 s and 2e-6 s, where a tenth of a launch is 1e-6 s
    layers = [("a", tiny, 2e-6, 1e-5), ("a", tiny, 4e-6, 1e-5), ("a", tiny, 9e-6, 1e-5), ("a", short, 1e-9, 1e-5)]
    assert fitted([sample(*layers, ("a", IDLE, 1e-9, 1e-5))], LIMITS).kernel == 4e-6
    long = [("a", short, 7e-6, 1e-5), ("a", LARGE, 3e-3, 1e-5), ("a", IDLE, 1e-9, 1e-5)]
    assert fitted([sample(*long)], LIMITS).kernel == 7e-6


def test_a_factor_is_the_median_of_networks():
    layers = [("a", LARGE, 1e-3, None)] * 5
    networks = [sample(*layers, seconds=5e-3 * factor, name=f"n{factor}") for factor in (1.0, 1.2, 3.0)]
    assert fitted(networks, LIMITS).factor == pytest.approx(1.2)


def test_efficiency_of_a_layer_weighs_as_its_part_of_its_network():
    slow, fast = [("a", LARGE, 4e-3, None)], [("a", LARGE, 2e-3, None)] * 5
    assert fitted([sample(*slow, *fast)], LIMITS).efficiency[ALL] == pytest.approx(0.5)
    assert fitted([sample(*slow, name="s"), sample(*fast[:1], seconds=1.0)], LIMITS).efficiency[ALL] == pytest.approx(
        0.25
    )


def test_a_queue_waits_for_the_slower_of_host_and_device():
    model = LatencyModel(LIMITS, {ALL: 1e-4, "quick": 1e-6}, {ALL: 0.5, "b, memory": 0.25}, 2.0, 1e-5)
    layers = [("a", LARGE), ("quick", SMALL), ("b", LARGE), ("a", IDLE), ("a", SMALL)]
    # 1e-3 s at half the bandwidth; the second is in the queue by then and takes a kernel; the third a quarter
    expected = [1e-4 + 2e-3, 1e-5, 4e-3, 0.0, 1e-5]
    assert model.layers(layers) == pytest.approx([2.0 * each for each in expected])
    waiting = [("a", SMALL), ("a", SMALL), ("a", IDLE)]
    assert model.layers(waiting) == pytest.approx([2.0 * each for each in (1e-4 + 1e-5, 1e-4, 9e-5)])


def test_without_a_queue_a_layer_takes_its_start_or_its_work():
    model = LatencyModel(LIMITS, {ALL: 1e-4}, {ALL: 0.5}, 2.0)
    assert model.layers([("a", LARGE), ("a", SMALL), ("a", IDLE)]) == pytest.approx([4e-3, 2e-4, 2e-4])


def test_what_bounds_a_layer_is_part_of_its_kind():
    equal, more = Work(10**6, 10**5), Work(10**6, 10**5 + 1)
    assert [layer_roofline("a", each, LIMITS).key for each in (equal, more, IDLE)] == [
        "a, compute", "a, memory", "a, compute"]  # fmt: skip


def test_errors_of_one_and_of_many_networks():
    one = error_of([Prediction("a", 1.0, 0.7)])
    assert (one.networks, one.median, one.p90, one.worst) == pytest.approx((1, 0.3, 0.3, 0.3))
    many = error_of([Prediction(f"n{at}", 1.0, 1 + at / 100) for at in range(1, 12)])
    assert (many.networks, many.median, many.p90, many.worst) == pytest.approx((11, 0.06, 0.10, 0.11))
    twice = error_of([Prediction("a", 1.0, 1.1), Prediction("a", 1.0, 1.3)])
    assert (twice.networks, twice.median) == pytest.approx((1, 0.2))


@pytest.fixture
def fit() -> LatencyFit:
    model = LatencyModel(Limits(1e12, 1e11, 1e-6), {ALL: 1e-4}, {ALL: 0.5, "linear, memory": 0.25}, 1.25)
    return LatencyFit("A device", "fp32", "2.13", "2026-01-02", 1, model, (Prediction("c3d", 1.0, 1.2),))


def test_fits_are_written_and_read(fit):
    assert fits_from(fits_json([fit]), "test") == [fit]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1, "fits": []}', '{"schema": 2, "fits": [{}]}'])
def test_what_holds_no_fit_is_said(text):
    with pytest.raises(UsageError, match="test holds no fits of latency"):
        fits_from(text, "test")


def test_a_layer_takes_its_start_and_its_roofline_by_efficiency(fit):
    analysis = archcalc.analyze(archcalc.load("c3d"))
    found = network_latency(analysis, fit)
    moved = 4 * (4096 + 4096 * 487 + 487 + 487)
    assert found.layers["fc8"] == pytest.approx(1.25 * max(1e-4, moved / 1e11 / 0.25))
    assert found.layers["flatten"] == pytest.approx(1.25 * 1e-4)
    assert found.seconds == pytest.approx(sum(found.layers.values()))


def test_stored_fits_by_name_and_by_file(fit, tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "STORED", tmp_path)
    (tmp_path / "cpu.json").write_text(fits_json([fit, replace(fit, precision="tf32")]))
    assert latency_fit("cpu", "float32") == fit
    assert latency_fit("cpu:tf32", "float32").precision == "tf32"
    (tmp_path / "gpu.json").write_text(fits_json([fit, replace(fit, batch=8), replace(fit, batch=32)]))
    found = [latency_fit("gpu", "float32", batch).batch for batch in (1, 2, 3, 8, 16, 17, 100)]
    assert found == [1, 1, 8, 8, 8, 32, 32], "the nearest as a ratio"
    assert latency_fit(str(tmp_path / "cpu.json"), "float32") == fit
    for text, dtype, message in (
        ("cup", "float32", "did you mean 'cpu'"),
        ("cpu", "bfloat16", "no fit of latency in bf16 for cpu; it has fp32, tf32"),
        ("cpu:tf32", "bfloat16", "tf32 numbers are stored as float32"),
        (str(tmp_path / "none.json"), "float32", "cannot read"),
    ):
        with pytest.raises(UsageError, match=message):
            latency_fit(text, dtype)


def test_the_fits_that_come_with_it_are_read():
    assert "cpu" in stored.stored_names()
    for name in stored.stored_names():
        text = (stored.STORED / f"{name}.json").read_text(encoding="utf-8")
        fits = fits_from(text, name)
        assert fits
        assert fits_from(fits_json(fits), name) == fits
        assert all(
            each.error.networks > 1 and 0 < each.error.median <= each.error.p90 <= each.error.worst for each in fits
        )


def test_every_layer_of_the_bundled_networks_has_a_kind():
    for each in bundled_networks():
        assert set(layer_kinds(archcalc.analyze(archcalc.load(each.name)))) <= set(LAYER_KINDS)


@pytest.mark.parametrize(
    ("layer", "kind"),
    [
        ("conv3d: {out: 4, kernel: 3}", "space-time convolution"),
        ("conv3d: {out: 4, kernel: [1, 3, 3]}", "spatial convolution"),
        ("conv2d: {out: 4, kernel: 3}", "spatial convolution"),
        ("conv3d: {out: 4, kernel: [3, 1, 1]}", "temporal convolution"),
        ("conv1d: {out: 4, kernel: 3}", "temporal convolution"),
        ("conv3d: {out: 4, kernel: 1}", "pointwise convolution"),
        ("conv3d: {groups: depthwise, kernel: 3}", "depthwise convolution"),
        ("conv3d: {out: 6, groups: 3, kernel: 3}", "grouped convolution"),
        ("conv_transpose3d: {out: 4, kernel: 2}", "transposed convolution"),
        ("max_pool3d: {kernel: 2}", "pool"),
        ("global_avg_pool", "global pool"),
        ("mean: {axes: [T]}", "global pool"),
        ("temporal_shift", "rearrangement"),
        ("crop: {T: 2}", "view"),
        ("gelu", "elementwise"),
        ("layer_norm", "norm"),
        ("gru: {hidden_size: 4}", "recurrent"),
    ],
)
def test_kinds(layers, layer, kind):
    assert layer_kinds(archcalc.analyze(layers(f"- {layer}"))) == [kind]
