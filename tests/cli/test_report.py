"""archcalc report: what it measures, keeps, goes on with, and writes."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

from click.testing import CliRunner, Result

from archcalc.analysis.latency_fit import fits_from
from archcalc.cli.main import main
from archcalc.measure.profile.profiler import Profiler

pytestmark = pytest.mark.usefixtures("small_peaks")
QUICK = ("--runs", "1", "--warmup", "0", "--threads", "1")
NAMES = ("field_temporal", "field_spatial", "clapping_hands", "slow_fusion")


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
        (("c3d", "--batch", "none"), 2, "positive whole numbers"),
        (("no_such_network",), 1, "no_such_network"),
        (("c3d", "--dtype", "tf32"), 1, "no TF32 on cpu"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path, arguments, code, message):
    result = run(*arguments, "--output", str(tmp_path))
    assert (result.exit_code, message in result.stderr) == (code, True), result.output


def test_a_folder_of_another_device_is_refused_before_anything_is_measured(tmp_path, really_measured, monkeypatch):
    assert run("field_temporal", "--output", str(tmp_path)).exit_code == 0
    monkeypatch.setattr("archcalc.measure.profile.surroundings.cpu_name", lambda: "Another processor")
    result = run("c3d", "--output", str(tmp_path))
    assert (result.exit_code, "this is Another processor; another --output" in result.stderr) == (2, True)
    assert really_measured == ["field_temporal"]


def test_without_matplotlib_nothing_is_measured(tmp_path, really_measured, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("field_temporal", "--output", str(tmp_path))
    assert (result.exit_code, "plots need matplotlib; pip install" in result.stderr) == (1, True)
    assert really_measured == []
