"""What designs can be measured by: the same numbers as those of `analyze`, in every unit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.analysis.latency_fit import latency_fit
from archcalc.analysis.network_latency import network_latency
from archcalc.analysis.quantities import QUANTITIES
from archcalc.cli.main import main

VOLUME = """archcalc: 1
name: volume
parameters: {depth: 2}
inputs: {scan: {C: 1, D: 12, H: 20, W: 20, spacing: {D: 3.0, H: 0.9, W: 0.9}}}
layers:
  - repeat: {times: $depth, index: i, layers: [{conv3d: {name: conv$i, out: 4, kernel: 3, padding: 1}}]}
  - global_avg_pool
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "volume.yaml").write_text(VOLUME)
    monkeypatch.chdir(tmp_path)


def swept(text: str) -> list[dict[str, Any]]:
    Path("sweep.yaml").write_text("archcalc: 1\nsweep: measures\n" + text)
    result = CliRunner().invoke(main, ["sweep", "sweep.yaml", "--format", "json"])
    assert result.exit_code == 0, result.output
    return [each["quantities"] for each in json.loads(result.stdout)["designs"]]


def test_every_quantity() -> None:
    found = swept(
        "spec: mc3_18\nbatch: 2\ndtype: bfloat16\noptimizer: adamw\nconvention: fvcore\nspace: {clip.T: [8, 16]}\n"
        f"show: [{', '.join(QUANTITIES)}]\n"
    )
    for frames, quantities in zip((8, 16), found, strict=True):
        spec = archcalc.load("mc3_18", inputs=f"clip=3x{frames}x112x112")
        analysis = archcalc.analyze(spec, batch=2, dtype="bfloat16", optimizer="adamw", convention="fvcore")
        assert quantities == {key: each.total(analysis) for key, each in QUANTITIES.items()}


@pytest.mark.parametrize("view", ["full", "window", "clipped"])
def test_fields_in_positions_and_seconds(view: str) -> None:
    field = f"{{quantity: field, layer: layer4.1.relu_2, view: {view}"
    shown = (f"{field}}}", f"{field}, unit: seconds}}", f"{field}, axis: T, unit: seconds}}")
    (found,) = swept(f"spec: mc3_18\nspace: {{clip.T: [8]}}\nshow: [{', '.join(shown)}]\n")
    analysis = archcalc.analyze(archcalc.load("mc3_18", inputs="clip=3x8x112x112"))
    sizes = analysis.layer("layer4.1.relu_2").fields["clip"].sizes(view)
    fps = analysis.inputs[0].fps
    assert fps is not None
    _, _, positions, seconds, along = found.values()
    assert positions == dict(sizes)
    assert seconds == {"T": pytest.approx((sizes["T"] or 0) / fps), "H": sizes["H"], "W": sizes["W"]}
    assert along == seconds["T"]


def test_fields_in_millimeters_before_the_pool() -> None:
    found = swept("spec: ./volume.yaml\nspace: {depth: [1, 3]}\nshow: [{quantity: field, unit: mm}]\n")
    kernels = [1 + 2 * depth for depth in (1, 3)]
    assert [each["receptive_field"] for each in found] == [
        {"D": pytest.approx(3.0 * kernel), "H": pytest.approx(0.9 * kernel), "W": pytest.approx(0.9 * kernel)}
        for kernel in kernels
    ]


def test_latency_and_its_error() -> None:
    found = swept("spec: mc3_18\nspace: {clip.T: [8, 16]}\nshow: [{quantity: latency, device: cpu}]\n")
    fit = latency_fit("cpu", "float32")
    for frames, quantities in zip((8, 16), found, strict=True):
        analysis = archcalc.analyze(archcalc.load("mc3_18", inputs=f"clip=3x{frames}x112x112"))
        assert quantities["latency_ms"] == pytest.approx(1000 * network_latency(analysis, fit).seconds)
    printed = CliRunner().invoke(main, ["sweep", "sweep.yaml"]).output
    assert f"median error {100 * fit.error.median:.0f}%" in printed
    assert "each predicted from the others alone" in printed


def searched(requirements: str) -> set[int]:
    head = "archcalc: 1\nsearch: ends\nspec: ./volume.yaml\nspace: {depth: [1, 2, 3, 4]}\n"
    Path("search.yaml").write_text(f"{head}maximise: depth\nminimise: layers\nrequire: {requirements}\n")
    result = CliRunner().invoke(main, ["search", "search.yaml", "--format", "json"])
    return {each["set"]["depth"] for each in json.loads(result.stdout)["front"]}


@pytest.mark.parametrize(
    ("requirements", "depths"),
    [
        ("{field: {at_least: 5x5x5}}", {2, 3, 4}),
        ("{field: {at_least: {D: 5}, at_most: {W: 7}}}", {2, 3}),
        ("{field: {at_least: {D: 10}, unit: mm}}", {2, 3, 4}),
        ("{field: {axis: H, at_most: 5}}", {1, 2}),
        ("[{quantity: field, layer: conv0, at_least: 3x3x3}, {quantity: layers, at_least: 4, at_most: 4}]", {3}),
        ("{params: {at_most: $(112 + 436 * (depth - 1))}}", {1, 2, 3, 4}),
        ("{params: {at_most: $(111 + 436 * (depth - 1))}}", set()),
        ("{training_bytes: {at_most: 100 KiB}, peak_inference_bytes: {at_least: 1 B}}", {1}),
    ],
)
def test_both_ends_of_requirements(requirements: str, depths: set[int]) -> None:
    assert searched(requirements) == depths
