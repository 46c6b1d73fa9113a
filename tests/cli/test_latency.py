"""table --latency: columns, lines and JSON of a stored fit, and how it is refused."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from archcalc.analysis.latency import Prediction
from archcalc.analysis.latency_fit import LatencyFit, fits_json
from archcalc.analysis.latency_model import ALL, LatencyModel
from archcalc.analysis.roofline import Limits
from archcalc.cli.main import main

START = 1e-4


@pytest.fixture
def fit(tmp_path) -> str:
    model = LatencyModel(Limits(1e12, 1e11, 1e-6), {ALL: START}, {ALL: 0.5}, 1.25)
    predictions = tuple(Prediction(name, 1.0, 1.0 + error) for name, error in (("a", 0.1), ("b", -0.2), ("c", 0.4)))
    path = tmp_path / "latency.json"
    path.write_text(fits_json([LatencyFit("A device", "fp32", "2.13", "2026-01-02", 1, model, predictions)]))
    return str(path)


def table(*arguments: str, columns: str = "400") -> Result:
    return CliRunner().invoke(main, ["table", *arguments], env={"COLUMNS": columns})


def test_a_table_says_the_time_and_how_far_off_such_times_were(fit):
    shown = table("c3d", "--latency", fit).stdout
    assert "latency ms" in shown
    assert "predicted latency (fp32, batch 1)" in shown
    assert "median error 20%" in shown
    assert "predicted for A device with PyTorch 2.13, measured on 2026-01-02 with batch 1; of 3 networks" in shown
    assert "half were within 20%, nine of ten within 36%, the worst 40% off" in shown


def test_a_batch_beyond_those_of_the_fit_is_said(fit):
    assert "fitted with batch 1; batch 9 was not measured" in table("c3d", "--latency", fit, "--batch", "9").stdout
    assert "not measured" not in table("c3d", "--latency", fit, "--batch", "1").stdout


def test_json_has_milliseconds_that_add_up(fit):
    found = json.loads(table("c3d", "--latency", fit, "--format", "json").stdout)
    assert found["totals"]["latency_ms"] == pytest.approx(sum(layer["latency_ms"] for layer in found["layers"]))
    flatten = next(layer for layer in found["layers"] if layer["op"] == "flatten")
    assert flatten["latency_ms"] == pytest.approx(1.25 * 1000 * START)
    assert found["latency"]["error"]["median"] == pytest.approx(0.2)


def test_rows_put_together_add_up(fit):
    whole = json.loads(table("r3d_18", "--latency", fit, "--format", "json").stdout)
    expected = sum(layer["latency_ms"] for layer in whole["layers"] if layer["path"].startswith("layer1."))
    rows = table("r3d_18", "--latency", fit, "--depth", "1", "--format", "csv").stdout.splitlines()
    row = next(line for line in rows if line.startswith("layer1,"))
    assert float(row.rsplit(",", 1)[1]) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["c3d", "i3d", "slowfast_r50_4x16"])
def test_both_times_fit_into_eighty_columns(fit, name):
    lines = table(name, "--latency", fit, "--roofline", "h200", columns="80").stdout.splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--latency", "nowhere"), "no fit of latency for 'nowhere'"),
        (("--latency", "nowhere.json"), "cannot read nowhere.json"),
        (("--latency", "FIT:bf16", "--dtype", "bfloat16"), "no fit of latency in bf16"),
        (("--latency", "FIT", "--style", "paper"), "latencies in the style 'paper'"),
        (("--latency", "FIT", "--convention", "all"), "--latency with --convention all"),
        (("--latency", "FIT", "--dtype", "float16"), "no fit of latency in fp16"),
    ],
)
def test_what_cannot_be_predicted_is_refused(fit, arguments, message):
    result = table("c3d", *(each.replace("FIT", fit) for each in arguments))
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_fit_that_comes_with_archcalc():
    shown = table("c3d", "--latency", "cpu").stdout
    assert "predicted latency (fp32, batch 1)" in shown
    assert "each predicted from the others alone" in shown
