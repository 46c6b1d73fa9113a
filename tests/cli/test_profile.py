"""archcalc profile: what it prints, keeps and takes up again, and what it says when something is not there."""

from __future__ import annotations

import csv
import json
from importlib.metadata import PackageNotFoundError
from io import StringIO
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from click.testing import CliRunner, Result

from archcalc.cli.main import main
from archcalc.measure.profile import profiler
from archcalc.measure.profile.profiler import Profiler
from archcalc.measure.profile.workload import Workload

pytestmark = pytest.mark.usefixtures("small_peaks")
QUICK = ("--runs", "1", "--warmup", "0", "--threads", "1")


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["profile", *arguments, *QUICK], input=text)


def test_one_network_layer_by_layer():
    result = run("field_temporal")
    assert result.exit_code == 0, result.output
    for expected in ("field_temporal", "cpu, fp32, batch 1, inference", "conv1", "whole network", "layer by layer",
                     "roofline", "peak of memory", "measured peaks"):  # fmt: skip
        assert expected in result.stdout


def test_json_of_one_is_an_object_and_of_several_a_list():
    one = json.loads(run("field_temporal", "--format", "json").stdout)
    assert (one["spec"], one["device"], one["dtype"], one["batch"], one["mode"]) == (
        "field_temporal", "cpu", "fp32", 1, "inference")  # fmt: skip
    assert set(one["network"]["latency_ms"]) >= {"median", "p10", "p90"}
    several = json.loads(
        run("field_temporal", "--batch", "1,2", "--mode", "inference,training", "--format", "json").stdout
    )
    assert [(each["batch"], each["mode"]) for each in several] == [
        (1, "inference"), (1, "training"), (2, "inference"), (2, "training")]  # fmt: skip
    assert several[2]["layers"][0]["macs"] == 2 * several[0]["layers"][0]["macs"]


def test_the_slowest_layers_come_first():
    rows = list(csv.DictReader(StringIO(run("field_temporal", "--slowest", "2", "--format", "csv").stdout)))
    times = [float(row["ms"]) for row in rows]
    assert len(times) == 2
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("form", ["markdown", "html", "csv"])
def test_other_formats_have_all_columns(form):
    output = run("field_temporal", "--format", form).stdout
    assert "intensity" in output or "FLOPs per byte" in output


def test_several_networks_stand_side_by_side():
    result = run("field_temporal", "early_fusion")
    assert "profiles: cpu, fp32, batch 1, inference" in result.stdout
    assert "to first" in result.stdout


def test_what_is_there_is_not_measured_again(tmp_path, really_measured):
    assert run("field_temporal", "--output", str(tmp_path)).exit_code == 0
    kept = tmp_path / "field_temporal-fp32-batch1-inference.json"
    assert json.loads(kept.read_text())["spec"] == "field_temporal"
    before = kept.read_bytes()
    again = run("field_temporal", "early_fusion", "--output", str(tmp_path), "--resume", "--format", "json")
    assert [each["spec"] for each in json.loads(again.stdout)] == ["field_temporal", "early_fusion"]
    assert really_measured == ["field_temporal", "early_fusion"]
    assert kept.read_bytes() == before
    run("field_temporal", "--output", str(tmp_path), "--resume", "--input", "clip=1x5x8x8")
    assert really_measured[2:] == ["field_temporal"]


def test_without_resume_everything_is_measured_again(tmp_path, really_measured):
    run("field_temporal", "--output", str(tmp_path))
    run("field_temporal", "--output", str(tmp_path))
    assert really_measured == ["field_temporal"] * 2


def test_profiles_of_another_device_are_not_replaced(tmp_path, really_measured, monkeypatch):
    assert run("field_temporal", "--output", str(tmp_path)).exit_code == 0
    monkeypatch.setattr("archcalc.measure.profile.environment.cpu_name", lambda: "Another processor")
    for more in ([], ["--resume"]):
        result = run("field_temporal", "--output", str(tmp_path), *more)
        assert (result.exit_code, "this is Another processor; expected another --output" in result.stderr) == (2, True)
    assert run("field_spatial", "--output", str(tmp_path)).exit_code == 0
    assert really_measured == ["field_temporal", "field_spatial"]


def test_what_was_measured_before_an_interrupt_is_kept_and_shown(tmp_path, monkeypatch):
    measure = Profiler._profile

    def profile(self: Profiler, spec: Any, *setups: Any) -> Any:
        if spec.name == "early_fusion":
            raise KeyboardInterrupt
        return measure(self, spec, *setups)

    monkeypatch.setattr(Profiler, "_profile", profile)
    result = run("field_temporal", "early_fusion", "c3d", "--output", str(tmp_path))
    assert result.exit_code == 130
    assert "interrupted; 1 of 3 measured" in result.stderr
    assert "whole network" in result.stdout
    assert [each.name for each in tmp_path.iterdir()] == ["field_temporal-fp32-batch1-inference.json"]


def test_one_network_that_does_not_run_does_not_stop_the_others(tmp_path):
    spec = tmp_path / "one_value.yaml"
    spec.write_text("archcalc: 1\nname: one_value\ninputs: {clip: {C: 3, H: 4, W: 4}}\nlayers:\n"
                    "  - global_avg_pool\n  - batch_norm\n")  # fmt: skip
    result = run(str(spec), "field_temporal", "--mode", "training")
    assert result.exit_code == 1
    assert "one_value, fp32, batch 1, training: one_value does not run: Expected more than 1 value" in result.stderr
    assert "field_temporal" in result.stdout


def test_a_smaller_batch_is_said(monkeypatch):
    workload = Workload

    def short(graph: Any, setup: Any) -> Any:
        if setup.batch > 3:
            raise torch.OutOfMemoryError("no more")
        return workload(graph, setup)

    monkeypatch.setattr(profiler, "Workload", short)
    assert "batch 8 did not fit into memory: measured with 2" in run("field_temporal", "--batch", "8").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("c3d", "--device", "cuda"), 1, "no CUDA device"),
        (("c3d", "--dtype", "tf32"), 1, "no TF32 on cpu"),
        (("c3d", "--dtype", "bf61"), 2, "did you mean 'bf16'?"),
        (("c3d", "--dtype", ""), 2, "one of fp32"),
        (("c3d", "--batch", "0"), 2, "positive integers"),
        (("c3d", "--batch", "1,x"), 2, "positive integers"),
        (("c3d", "--mode", "train"), 2, "one of inference, training"),
        (("c3d", "--resume"), 2, "--resume without --output"),
        (("no_such_network",), 1, "no_such_network"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(arguments, code, message, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    result = run(*arguments)
    assert (result.exit_code, message in result.stderr) == (code, True), result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_no_profile_is_named(tmp_path):
    (tmp_path / "field_temporal-fp32-batch1-inference.json").write_text('{"schema": 1}')
    result = run("field_temporal", "--output", str(tmp_path), "--resume")
    assert result.exit_code == 2
    assert "is not a profile of archcalc" in result.stderr


def test_profiling_needs_no_fvcore(monkeypatch):
    def version(package: str) -> str:
        if package == "fvcore":
            raise PackageNotFoundError(package)
        return "2.13.0"

    monkeypatch.setattr("archcalc.measure.requirements.version", version)
    assert run("field_temporal").exit_code == 0
    result = CliRunner().invoke(main, ["verify", "field_temporal"])
    assert (result.exit_code, "verify needs fvcore, which is not installed" in result.stderr) == (1, True)


def test_an_old_pytorch_is_refused(monkeypatch):
    monkeypatch.setattr("archcalc.measure.requirements.version", lambda _: "2.8.1")
    result = run("c3d")
    assert (result.exit_code, "needs PyTorch 2.9 or newer, and found 2.8.1" in result.stderr) == (1, True)
