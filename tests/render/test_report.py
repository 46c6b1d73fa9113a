"""Reports on many networks: figures worked out by hand, and sentences that depend on the data."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from math import cos, sin
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from archcalc.analysis.layer_kind import LAYER_KINDS
from archcalc.core.problem import UsageError
from archcalc.render.palette import KINDS
from archcalc.render.plot_labels import label_spots
from archcalc.render.report import report_files
from archcalc.results.profile import TRAINING, Latency, LayerProfile, MemoryUse, Peaks, Profile, Setup

DENSE, SPATIAL, TEMPORAL, DEPTHWISE = (
    f"{each} convolution" for each in ("space-time", "spatial", "temporal", "depthwise")
)
GIGA = 10**9
PEAKS = Peaks(1e12, 1e11, 5e-6)
"""1 TFLOP/s and 100 GB/s: 10 FLOPs per byte at the ridge."""
HERE = {"device": "A device", "torch": "2.13.0", "threads": 2, "date": "2026-01-02T03:04:05+00:00", "load": 0.5}


def layer(kind: str, ms: float, gmacs: float = 0.0, megabytes: float = 10.0) -> LayerProfile:
    flops, moved = int(2 * gmacs * GIGA), int(megabytes * 1e6)
    least = 1000 * max(flops / 1e12, moved / 1e11)
    bound = "compute" if flops / 1e12 > moved / 1e11 else "memory"
    return LayerProfile(kind, kind, kind, ms, 0.02, flops // 2, flops, moved, least, bound)


def network(spec: str, ms: float, layers: list[LayerProfile] | None = None, **changed: Any) -> Profile:
    layers = layers or [layer(DENSE, 0.8 * ms, 10), layer("norm", 0.2 * ms)]
    made = Profile(
        spec=spec, title=spec, inputs=("clip 3x16x112x112",), setup=Setup(), asked_batch=1, views=None, params=1000,
        macs=sum(each.macs for each in layers), latency=Latency(ms, ms, ms, 20, 0.05),
        memory=MemoryUse(120 * 2**20, 100 * 2**20), layers=tuple(layers), peaks=PEAKS, environment=HERE,
        fingerprint=spec,
    )  # fmt: skip
    return replace(made, **changed)


def written(*profiles: Profile) -> dict[str, str]:
    return {name: content.decode() for name, content in report_files(profiles, "archcalc report").items()}


def story(*profiles: Profile) -> str:
    return written(*profiles)["factorized.md"]


def row(page: str, name: str) -> list[str]:
    (found,) = [line for line in page.splitlines() if line.startswith(f"| {name} ")]
    return [cell.strip() for cell in found.strip("|").split("|")]


def last_cells(page: str, name: str) -> list[str]:
    """The last cell of each row with this name in its second column."""
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| ")]
    return [cells[-1].strip() for cells in rows if cells[1].strip() == name]


def test_a_row_holds_the_figures_of_its_network() -> None:
    layers = [layer(DENSE, 80, 10), layer("norm", 20, 0, 500)]
    cells = row(written(network("c3d", 125, layers))["README.md"], "c3d")
    assert cells[:6] == ["c3d", "clip 3x16x112x112", "fp32", "1", "inference", "10.00 G"]
    assert cells[6:] == ["125", "5%", "8.00", "25.0", "20%", "", "", "1.20"], "no prediction from no other network"


def test_the_roofline_of_two_layers_is_twenty_and_five_milliseconds() -> None:
    page = written(network("c3d", 125, [layer(DENSE, 80, 10), layer("norm", 20, 0, 500)]))["README.md"]
    assert "The roofline is 20% of the measured time in the median, 20%." in page


def test_alike_networks_predict_one_another_and_an_odd_one_is_the_worst() -> None:
    alike = [network(spec, 100) for spec in ("c3d", "r3d_18", "i3d", "s3d")]
    odd = network("x3d_s", 200)
    page = written(*alike, odd)["README.md"]
    assert row(page, "c3d")[-3:] == ["100", "0%", "1.20"]
    assert row(page, "x3d_s")[-3:-1] == ["100", "-50%"], "the others say 100 ms"
    assert "error 0% in the median, 30% at p90, 50% at worst (x3d_s), over 5 profiles of 5 networks" in page


@pytest.mark.parametrize(("ms", "said"), [(10, True), (40, False)])
def test_a_network_faster_than_its_roofline_is_said_to_be(ms: float, said: bool) -> None:
    page = written(network("c3d", ms, [layer(DENSE, ms, 10)]))["README.md"]
    assert ("1 point is below the line: their inputs were in a cache, or the peaks were not reached." in page) == said
    assert f"The roofline is {'200%' if said else '50%'} of the measured time" in page


def test_memory_is_told_by_mode() -> None:
    uses = [MemoryUse(100, 100), MemoryUse(120, 100), MemoryUse(150, 100)]
    some = [network(spec, 100, memory=use) for spec, use in zip(("c3d", "i3d", "s3d"), uses, strict=True)]
    training = network("c3d", 300, memory=MemoryUse(90, 100), setup=Setup(mode=TRAINING))
    page = written(*some, training)["README.md"]
    assert "Memory, inference: measured 1.20 of predicted in the median, 1.00 to 1.50." in page
    assert "Memory, training: measured 0.90 of predicted in the median, 0.90." in page
    assert "2 of 4 are above it" in page


def test_families_are_those_of_the_catalog() -> None:
    page = written(network("c3d", 100), network("i3d", 100), network("s3d", 90), network("my.yaml", 10))["README.md"]
    assert "Networks: 4, of 3-D networks (2), factorized and mixed (1) and others (1); none of basics," in page


def test_macs_may_put_networks_in_the_wrong_order() -> None:
    few, many = [layer(DEPTHWISE, 90, 1, 4000)], [layer(DENSE, 30, 10)]
    page = written(network("x3d_s", 100, few), network("c3d", 40, many))["README.md"]
    assert "Of 1 pair of networks" in page
    assert "MACs name the slower one in 0% and rooflines name the slower one in 100%" in page
    assert "Of 1 pair" not in written(network("x3d_s", 41, few), network("c3d", 40, many))["README.md"]


def test_every_picture_is_svg_with_its_words_as_text() -> None:
    names = ("c3d", "r3d_18", "r2plus1d_18", "x3d_s", "i3d", "s3d")
    files = report_files([network(name, 100 + 10 * at) for at, name in enumerate(names)], "archcalc report")
    pictures = {name: content for name, content in files.items() if name.endswith(".svg")}
    assert sorted(pictures) == ["factorized.svg", "latency.svg", "memory.svg", "prediction.svg", "roofline.svg",
                                "time_by_kind.svg"]  # fmt: skip
    for name, content in pictures.items():
        assert ElementTree.fromstring(content).tag.endswith("svg")
        assert len(content) < 300_000
        assert (b">space-time convolution<" if name == "roofline.svg" else b">r2plus1d_18") in content, name
        assert f"({name})" in files["README.md"].decode() + files["factorized.md"].decode()


def test_kinds_have_colors_of_their_own() -> None:
    assert list(KINDS) == list(LAYER_KINDS)
    assert len(set(KINDS.values())) == len(KINDS)


def test_names_of_a_crowd_keep_clear_of_each_other_and_each_stands_once() -> None:
    axes = Figure(figsize=(8, 6)).add_subplot(xlim=(0, 100), ylim=(0, 100))
    spots = [(50 + 4 * cos(at), 50 + 4 * sin(at)) for at in range(9)]
    labels = [(spot, f"network_{at % 8}") for at, spot in enumerate(spots)]
    names = label_spots(axes, labels, [[spot] for spot in spots], 8, "#000000", once=True, led=True)
    assert sorted(names) == [f"network_{at}" for at in range(8)]
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text()]
    assert len(boxes) == 8
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert not any(box.contains(*axes.transData.transform(spot)) for box in boxes for spot in spots)


def test_thousands_of_layers_stay_a_small_picture() -> None:
    layers = [layer(DENSE, 1 + 0.003 * at, 0.01 + 0.001 * at, 1 + at % 71) for at in range(6000)]
    files = report_files([network("c3d", sum(each.ms for each in layers), layers)], "archcalc report")
    assert len(files["roofline.svg"]) < 300_000


def test_a_report_is_the_same_in_whatever_order_profiles_come() -> None:
    profiles = [network(name, 100 + at) for at, name in enumerate(("c3d", "r3d_18", "r2plus1d_18", "x3d_s"))]
    assert report_files(profiles, "x") == report_files(profiles[::-1], "x")


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (200, "A clip takes 2 times as long (fp32, batch 1, inference). Splitting the kernels does not save time."),
        (50, "A clip takes 0.5 times as long (fp32, batch 1, inference). Splitting the kernels saves time."),
        (103, "The difference in time is smaller than the spread of 5% (fp32, batch 1, inference). "
              "Splitting the kernels makes no difference here."),
    ],
)  # fmt: skip
def test_the_verdict_depends_on_the_time(ms: float, said: str) -> None:
    split = [layer(SPATIAL, 0.4 * ms, 6), layer(TEMPORAL, 0.4 * ms, 4), layer("norm", 0.2 * ms)]
    page = story(network("r3d_18", 100), network("r2plus1d_18", ms, split))
    assert "does about as many MACs as r3d_18. " + said in page


@pytest.mark.parametrize(("ms", "said"), [
    (60, "Splitting the kernels saves time, but less than the MACs suggest."),
    (40, "Splitting the kernels saves time."),
    (150, "Splitting the kernels does not save time, despite fewer MACs."),
])  # fmt: skip
def test_fewer_macs_are_held_against_the_time(ms: float, said: str) -> None:
    page = story(network("i3d", 100), network("s3d", ms, [layer(SPATIAL, ms, 4)]))
    assert "s3d (1x3x3 and 3x1x1 for each 3x3x3) does 0.4 times as many MACs as i3d." in page
    assert said in page


def test_a_verdict_is_not_drawn_from_unsteady_measurements() -> None:
    unsteady = network("r2plus1d_18", 250, latency=Latency(250, 100, 400, 6, 1.5))
    files = written(network("r3d_18", 100), unsteady)
    assert (
        "The measurements are too unsteady to say whether splitting the kernels saves time." in files["factorized.md"]
    )
    assert "1 profile with two rounds that differ by more than 20%" in files["README.md"]
    assert "r2plus1d_18 by 150%. Their times are not reliable." in files["README.md"]


def test_a_table_does_not_call_unsteady_measurements_the_same() -> None:
    unsteady = network("r2plus1d_18", 250, latency=Latency(250, 100, 400, 6, 1.5))
    assert last_cells(story(network("r3d_18", 100), unsteady), "r2plus1d_18") == ["unsteady"]
    assert last_cells(story(network("r3d_18", 100), network("r2plus1d_18", 103)), "r2plus1d_18") == ["same"]
    assert last_cells(story(network("r3d_18", 100), network("r2plus1d_18", 250)), "r2plus1d_18") == ["2.5x"]


def test_setups_that_disagree_are_counted() -> None:
    small, large = Setup(batch=1), Setup(batch=8)
    page = story(
        network("r3d_18", 100, setup=small), network("r2plus1d_18", 150, setup=small),
        network("r3d_18", 800, setup=large), network("r2plus1d_18", 400, setup=large),
    )  # fmt: skip
    assert "Of 2 setups, 1 is faster, at 0.5 times the time; 1 is slower, at 1.5 times the time." in page
    assert "Whether splitting the kernels saves time depends on the setup." in page
    assert "TFLOP/s of all layers of each kind, by setup" in page


def test_what_was_not_measured_is_not_spoken_of() -> None:
    files = written(network("r3d_18", 100), network("s3d", 100))
    assert "factorized.svg" not in files
    assert "No two of the measured networks differ in their kernels only." in files["factorized.md"]
    assert not re.search("r2plus1d|mc3|i3d|x3d|csn", files["factorized.md"])


def test_clips_of_other_sizes_are_no_pair() -> None:
    page = story(network("r3d_18", 100), network("r2plus1d_18", 50, inputs=("clip 3x32x112x112",)))
    assert "r2plus1d_18" not in page


def test_depthwise_networks_are_held_against_a_plain_one() -> None:
    layers = [layer(DEPTHWISE, 30, 0.25), layer("pointwise convolution", 20, 0.75)]
    page = story(network("r3d_18", 100), network("x3d_s", 50, layers, inputs=("clip 3x13x160x160",)))
    assert "x3d_s (depthwise convolutions) does 1/10 times as many MACs as r3d_18, each on its own input" in page
    assert (
        "A clip takes 0.5 times as long (fp32, batch 1, inference). A MAC takes 5 times as long as one of r3d_18"
        in page
    )
    assert "Depthwise convolutions are 25% of the MACs of x3d_s and 60% of its time, 2.4 times their share." in page


def test_kinds_are_held_against_dense_convolutions() -> None:
    dense, alike, slow = layer(DENSE, 80, 8), layer(SPATIAL, 20, 2), layer(TEMPORAL, 40, 1)
    page = story(network("c3d", 140, [dense, alike, slow]))
    assert "Dense convolutions over space and time reach 0.2 TFLOP/s." in page
    assert "Spatial ones reach 0.2, which differs by less than the spread of 2%: fewer MACs take less time." in page
    assert "Temporal ones reach 0.05, 0.25 of that: they save time only if they need fewer than 0.25" in page
    assert row(page, "temporal convolution") == ["temporal convolution", "1", "9%", "33%", "29%", "0.0500", "5%"]


def test_a_single_network_makes_a_report_without_predictions() -> None:
    files = written(network("c3d", 100))
    assert "prediction.svg" not in files
    assert "Prediction: none, because it needs 3 networks of one number format at inference." in files["README.md"]
    assert "Not measured: training and compiled networks." in files["README.md"]


def test_surroundings_that_differ_are_named() -> None:
    other = network("i3d", 100, environment={**HERE, "torch": "2.12.0", "load": 3.25, "date": "2026-02-01T00:00:00"})
    page = written(network("c3d", 100), other)["README.md"]
    assert "with different settings: PyTorch" in page
    assert row(page, "PyTorch") == ["PyTorch", "2.12.0 and 2.13.0; it differs between the profiles"]
    assert row(page, "dates") == ["dates", "2026-01-02 to 2026-02-01"]
    assert row(page, "load before measuring") == ["load before measuring", "0.5 to 3.25"]
    assert "they differ" not in written(network("c3d", 100), network("i3d", 100))["README.md"]


def test_a_batch_that_did_not_fit_is_named() -> None:
    page = written(network("c3d", 100, setup=Setup(batch=4), asked_batch=8))["README.md"]
    assert "c3d (fp32, batch 4, inference, not batch 8)" in page


def test_a_report_is_of_one_device() -> None:
    other = network("i3d", 100, environment={**HERE, "device": "Another device"})
    with pytest.raises(UsageError, match=r"profiles of 2 devices \(A device, Another device\)"):
        report_files([network("c3d", 100), other], "archcalc report")
    with pytest.raises(UsageError, match="no profiles"):
        report_files([], "archcalc report")
