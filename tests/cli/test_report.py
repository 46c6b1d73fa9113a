"""archcalc report: what it measures, keeps, continues with, and writes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from click.testing import CliRunner, Result

from archcalc.analysis.hardware import short_name
from archcalc.analysis.latency_fit import fits_from
from archcalc.cli.main import main
from archcalc.core.problem import Unavailable
from archcalc.measure.profile.profiler import Profiler
from archcalc.report.pairs import depthwise_networks, measured_first
from archcalc.spec.library import bundled_networks

pytestmark = pytest.mark.usefixtures("small_peaks")
QUICK = ("--runs", "1", "--warmup", "0", "--threads", "1")
KEPT = Path(__file__).parents[2] / "reports" / "cpu" / "profiles"
NAMES = ("field_temporal", "field_spatial", "early_fusion", "slow_fusion")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", *arguments, *QUICK])


def test_a_report_with_its_profiles_and_its_fit(tmp_path, really_measured):
    folder = tmp_path / "reports" / "cpu"
    result = run(*NAMES, "--output", str(folder))
    assert result.exit_code == 0, result.output
    assert "4 of 4 measured" in result.stderr
    kept = {json.loads(each.read_text())["spec"] for each in (folder / "profiles").iterdir()}
    assert kept == set(NAMES)
    page = (folder / "README.md").read_text()
    assert all(name in page for name in NAMES)
    assert "archcalc report" in page
    assert {"latency.svg", "roofline.svg"} <= {each.name for each in folder.iterdir()}
    (fit,) = fits_from((folder / "latency.json").read_text(), "latency.json")
    assert {each.name for each in fit.predictions} == set(NAMES)
    macs = [
        json.loads((folder / "profiles" / f"{name}-fp32-batch1-inference.json").read_text())["macs"]
        for name in really_measured
    ]
    assert macs == sorted(macs)


def test_a_report_goes_on_where_it_was_broken_off(tmp_path, really_measured):
    assert run(*NAMES, "--minutes", "0", "--output", str(tmp_path)).exit_code == 1  # nothing was measured yet
    assert really_measured == []
    run("field_temporal", "--output", str(tmp_path))
    result = run(*NAMES, "--output", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert sorted(really_measured) == sorted(NAMES)
    assert "field_temporal" in (tmp_path / "README.md").read_text()


def test_an_interrupted_report_speaks_of_what_there_is(tmp_path, monkeypatch):
    measure = Profiler._profile

    def profile(self: Profiler, spec: Any, *setups: Any) -> Any:
        if spec.name == "slow_fusion":
            raise KeyboardInterrupt
        return measure(self, spec, *setups)

    monkeypatch.setattr(Profiler, "_profile", profile)
    result = run(*NAMES, "--output", str(tmp_path))
    assert result.exit_code == 130
    page = (tmp_path / "README.md").read_text()
    assert "| field_temporal" in page
    assert "| slow_fusion" not in page


def test_large_networks_are_left_out(tmp_path, really_measured):
    assert run("c3d", "field_temporal", "--largest", "1 M", "--output", str(tmp_path)).exit_code == 0
    assert really_measured == ["field_temporal"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("c3d", "--largest", "few"), 2, "a count such as 50G"),
        (("c3d", "--largest", "1"), 2, "no network of at most 1 multiply-accumulates"),
        (("c3d", "--batch", "none"), 2, "positive integers"),
        (("no_such_network",), 1, "no_such_network"),
        (("c3d", "--dtype", "tf32"), 1, "no TF32 on cpu"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path, arguments, code, message):
    result = run(*arguments, "--output", str(tmp_path))
    assert (result.exit_code, message in result.stderr) == (code, True), result.output


def test_a_folder_of_another_device_is_refused_before_anything_is_measured(tmp_path, really_measured, monkeypatch):
    assert run("field_temporal", "--output", str(tmp_path)).exit_code == 0
    monkeypatch.setattr("archcalc.measure.profile.environment.cpu_name", lambda: "Another processor")
    result = run("c3d", "--output", str(tmp_path))
    assert (result.exit_code, "this is Another processor; expected another --output" in result.stderr) == (2, True)
    assert really_measured == ["field_temporal"]


def test_the_report_is_written_again_without_a_device_and_says_what_it_is_on(tmp_path, really_measured, monkeypatch):
    assert run("field_temporal", "field_spatial", "slow_fusion", "--output", str(tmp_path)).exit_code == 0
    for each in ("README.md", "latency.json", "latency.svg"):
        (tmp_path / each).unlink()
    monkeypatch.setattr("archcalc.measure.requirements.version", absent)
    monkeypatch.setattr("archcalc.measure.profile.environment.cpu_name", lambda: "Another processor")
    result = CliRunner().invoke(main, ["report", "--only-write", "--output", str(tmp_path)])
    assert (result.exit_code, "README.md: 3 profiles" in result.stderr) == (0, True), result.output
    page = (tmp_path / "README.md").read_text()
    assert f"Written by `archcalc report --only-write --output {tmp_path}`" in page
    assert "computed from the 3 profiles in [profiles](profiles), measured on " in page
    assert "Another processor" not in page
    assert fits_from((tmp_path / "latency.json").read_text(), "latency.json")
    assert len(really_measured) == 3


def absent(package: str) -> str:
    raise PackageNotFoundError(package)


def test_writing_again_imports_no_pytorch(tmp_path):
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "c3d.json").write_bytes((KEPT / "c3d-fp32-batch1-inference.json").read_bytes())
    command = ["archcalc", "report", "--only-write", "--output", str(tmp_path)]
    start = "import runpy; runpy.run_module('archcalc', run_name='__main__')"
    code = f"import sys; sys.modules['torch'] = None; sys.argv = {command!r}\n{start}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "# Networks measured on" in (tmp_path / "README.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("c3d",), "--only-write with SPEC"), ((), "expected --output DIR with profiles")],
)
def test_what_cannot_be_written_again_is_said(tmp_path, arguments, message):
    result = CliRunner().invoke(main, ["report", *arguments, "--only-write", "--output", str(tmp_path)])
    assert (result.exit_code, message in result.stderr) == (2, True), result.output


def test_setups_come_one_after_the_other_and_telling_networks_first(tmp_path, monkeypatch):
    found: list[tuple[str, int, str]] = []

    def profile(_: Profiler, spec: Any, setup: Any) -> Any:
        found.append((spec.name, setup.batch, setup.mode))
        raise Unavailable("not now")

    monkeypatch.setattr(Profiler, "profile", profile)
    names = ("clapping_hands", "vgg16", "c3d", "r3d_18")
    result = run(*names, "--batch", "1,8", "--mode", "training,inference", "--output", str(tmp_path))
    assert result.exit_code == 1
    setups = [(8, "inference"), (1, "inference"), (8, "training"), (1, "training")]
    assert found == [(name, *setup) for setup in setups for name in ("r3d_18", "c3d", "vgg16", "clapping_hands")]


def test_networks_that_come_first_are_bundled():
    assert {*measured_first(), *depthwise_networks()} <= {each.name for each in bundled_networks()}


def test_a_folder_is_named_by_its_device(tmp_path):
    assert run("field_temporal", "--output", f"{tmp_path}/{{device}}").exit_code == 0
    assert [each.name for each in tmp_path.iterdir()] == ["cpu"]
    assert short_name("NVIDIA H200") == "h200"
    assert short_name("NVIDIA RTX 6000 Ada (x)") == "nvidia_rtx_6000_ada_x"


def test_nothing_is_measured_after_the_device_failed(tmp_path, monkeypatch):
    tried: list[str] = []

    def profile(_: Profiler, spec: Any, *setups: Any) -> Any:
        del setups
        tried.append(spec.name)
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered\nmore")

    assert run("field_temporal", "--output", str(tmp_path)).exit_code == 0
    monkeypatch.setattr(Profiler, "_profile", profile)
    result = run(*NAMES, "--output", str(tmp_path))
    assert result.exit_code == 1
    assert len(tried) == 1
    assert (
        "the device failed: CUDA error: an illegal memory access was encountered; measurement stopped" in result.stderr
    )
    assert "| field_temporal" in (tmp_path / "README.md").read_text()


def test_without_matplotlib_nothing_is_measured(tmp_path, really_measured, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("field_temporal", "--output", str(tmp_path))
    assert (result.exit_code, "plots need matplotlib; python -m pip install" in result.stderr) == (1, True)
    assert really_measured == []
