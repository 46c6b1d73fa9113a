"""archcalc verify: what it writes, how it ends, and what it says when something is not there."""

from __future__ import annotations

import csv
import json
from importlib.metadata import PackageNotFoundError
from io import StringIO

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("fvcore", reason="needs fvcore: pip install 'archcalc[torch]'")

from click.testing import CliRunner

import archcalc
import archcalc.cli.verify
from archcalc.cli.main import main
from archcalc.core.terms import Term
from archcalc.measure import requirements, verify
from archcalc.ops.convolving import Convolving

DISAGREEING = """
archcalc: 1
name: small
inputs: {clip: {C: 3, T: 4, H: 8, W: 8}}
layers:
  - conv3d: {name: first, out: 4, kernel: 3, groups: 1}
"""


BY_LAYER = ("PyTorch", "FlopCounterMode", "fvcore", "probes")
BY_NETWORK = ("storages alive", "saved_tensors_hooks", "MemTracker")


def run(*arguments: str, text: str | None = None):
    return CliRunner().invoke(main, ["verify", *arguments], input=text)


@pytest.fixture
def wrong_parameters(monkeypatch):
    weights = Convolving._weights
    twice = ("twice", 2)
    monkeypatch.setattr(
        Convolving, "_weights", lambda self, inputs: Term("weights", (*weights(self, inputs).factors, twice))
    )


def test_networks_that_agree():
    result = run("slow_fusion", "early_fusion", "--format", "json")
    assert result.exit_code == 0
    networks = json.loads(result.stdout)["networks"]
    assert [each["spec"] for each in networks] == ["slow_fusion", "early_fusion"]
    for each in networks:
        assert each["verdict"] == "agrees"
        assert each["disagreements"] == []
        assert {one["reference"] for one in each["checks"]} == {*BY_LAYER, *BY_NETWORK}
        assert all(one["numbers"] >= each["layers"] for one in each["checks"] if one["reference"] in BY_LAYER)
        assert each["memory"]["measured"] == each["memory"]["predicted"] > 0
        assert each["saved"]["measured"] == each["saved"]["predicted"] > 0


def test_a_network_is_a_row_of_plain_numbers_in_csv():
    (row,) = csv.DictReader(StringIO(run("slow_fusion", "--format", "csv").stdout))
    totals = archcalc.analyze(archcalc.load("slow_fusion"), batch=2).totals
    numbers = {key: int(row[key]) for key in ("layers", "params", "buffers", "macs")}
    assert numbers == {key: getattr(totals, key) for key in numbers}
    assert int(row["memory_measured"]) == int(row["memory_predicted"]) == totals.peak_inference_bytes
    assert int(row["saved_measured"]) == int(row["saved_predicted"]) > 0
    assert int(row["numbers"]) > 0
    assert (row["network"], row["disagreements"], row["verdict"]) == ("slow_fusion", "0", "agrees")


@pytest.mark.usefixtures("wrong_parameters")
def test_disagreements_are_counted_in_csv():
    result = run("-", "--format", "csv", text=DISAGREEING)
    (row,) = csv.DictReader(StringIO(result.stdout))
    (network,) = json.loads(run("-", "--format", "json", text=DISAGREEING).stdout)["networks"]
    assert (result.exit_code, row["verdict"]) == (1, "disagrees")
    assert int(row["disagreements"]) == len(network["disagreements"]) > 0


@pytest.mark.usefixtures("wrong_parameters")
@pytest.mark.parametrize("output_format", ["terminal", "markdown", "html", "json", "latex"])
def test_a_disagreement_is_a_row_and_exit_1(output_format: str):
    result = run("-", "--format", output_format, text=DISAGREEING)
    assert result.exit_code == 1
    for found in ("first", "params", "652", "328", "MACs"):  # weights claimed twice: 2 * 4*3*27 + 4 for 4*3*27 + 4
        assert found in result.stdout, found


def test_output_is_written_whole(tmp_path):
    path = tmp_path / "verification.md"
    assert run("slow_fusion", "--format", "markdown", "--output", str(path)).exit_code == 0
    assert "slow_fusion" in path.read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.iterdir()] == ["verification.md"]


def test_interrupted_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "verification.md"
    path.write_text("before", encoding="utf-8")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "counted", interrupted)
    assert run("slow_fusion", "--output", str(path)).exit_code == 130
    assert path.read_text(encoding="utf-8") == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["verification.md"]


def test_no_spec_is_wrong_usage():
    result = run()
    assert result.exit_code == 2
    assert "--all" in result.stderr


def missing(name: str) -> str:
    raise PackageNotFoundError(name)


@pytest.mark.parametrize(
    ("found", "message"),
    [(missing, "verify needs torch, which is not installed"),
     (lambda _: "2.1.0+cu118", "verify needs PyTorch 2.4 or newer, and found 2.1.0+cu118")],
    ids=["none", "too old"],
)  # fmt: skip
def test_torch_that_will_not_do_is_one_line(found, message: str, monkeypatch):
    monkeypatch.setattr(requirements, "version", found)
    result = run("slow_fusion")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"archcalc: {message}; {requirements.INSTALL}\n")


def test_no_such_device_is_one_line(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    result = run("slow_fusion", "--device", "cuda")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "no CUDA device" in result.stderr


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: not enough memory: you tried")])
def test_no_memory_is_one_line(error: Exception, monkeypatch):
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(verify, "fvcore_disagreements", full)
    result = run("slow_fusion")
    assert result.exit_code == 1
    assert result.stderr == "archcalc: not enough memory for slow_fusion; use a smaller --input\n"


def test_every_bundled_network_can_be_asked_for(monkeypatch):
    asked = list[str]()

    def nothing(names: list[str], *_: object) -> list[object]:
        asked.extend(names)
        return []

    monkeypatch.setattr(archcalc.cli.verify, "_verified", nothing)
    assert run("--all").exit_code == 0
    assert {"c3d", "i3d", "slowfast_r50_4x16"} <= set(asked)
