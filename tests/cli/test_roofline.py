"""`archcalc table --roofline`: in every format, at every width, and when it cannot be."""

from __future__ import annotations

import csv
import json
import sys
from io import StringIO
from subprocess import run as run_process

import pytest
from click.testing import CliRunner, Result

from archcalc.analysis.hardware import device_names
from archcalc.cli.main import main
from archcalc.render.formats import TABLE_FORMATS

PEAK, BANDWIDTH = 989.5e12, 4.8e12  # h200, bf16


def table(*arguments: str, columns: int | None = None) -> Result:
    environment = {"COLUMNS": str(columns)} if columns else {"COLUMNS": None}
    return CliRunner().invoke(main, ["table", *arguments], env=environment)


def test_json_of_a_layer_and_of_the_network():
    found = json.loads(
        table("c3d", "--roofline", "h200", "--dtype", "bfloat16", "--batch", "8", "--format", "json").stdout
    )
    conv, relu = (layer["roofline"] for layer in found["layers"][:2])
    flops = 2 * 64 * 3 * 27 * 16 * 112 * 112 * 8
    moved = (8 * (3 + 64) * 16 * 112 * 112 + 64 * 3 * 27 + 64) * 2
    assert (conv["flops"], conv["bytes"], conv["bound"]) == (flops, moved, "memory")
    assert conv["ms"] == pytest.approx(1000 * moved / BANDWIDTH)
    assert conv["intensity"] == pytest.approx(flops / moved)
    assert (relu["flops"], relu["intensity"], relu["bound"]) == (0, 0, "memory")
    assert found["totals"]["roofline_ms"] == pytest.approx(sum(each["roofline"]["ms"] for each in found["layers"]))
    assert found["roofline"]["device"] == "h200"
    assert found["roofline"]["precision"] == "bf16"
    assert found["roofline"]["peaks"] == {"flops_per_second": PEAK, "bytes_per_second": BANDWIDTH}


def test_json_without_one_has_none():
    found = json.loads(table("c3d", "--format", "json").stdout)
    assert "roofline" not in found
    assert "roofline" not in found["layers"][0]
    assert "roofline_ms" not in found["totals"]


@pytest.mark.parametrize("output_format", [name for name in TABLE_FORMATS if name != "csv"])
def test_every_format_says_what_it_is(output_format):
    text = table("c3d", "--roofline", "l4", "--format", output_format).stdout
    for words in ("roofline ms", "compute", "a lower bound on time, not a prediction", "30.3 TFLOP/s in fp32, 300 GB/s",
                  "data sheet (2023)", "bound by memory", ":tf32"):  # fmt: skip
        assert words in text


def test_rows_put_together_sum():
    def milliseconds(*more: str) -> list[float]:
        rows = csv.DictReader(StringIO(table("r3d_18", "--roofline", "a100_40gb", "--format", "csv", *more).stdout))
        return [float(row["roofline_ms"] or 0) for row in rows]

    assert len(milliseconds("--depth", "1")) < len(milliseconds())
    assert sum(milliseconds("--depth", "1")) == pytest.approx(sum(milliseconds()))


@pytest.mark.parametrize("name", ["c3d", "i3d", "slowfast_r50_4x16", "mvit_v1_b"])
@pytest.mark.parametrize("columns", [80, 200])
def test_it_fits_the_terminal(name, columns):
    lines = table(name, "--roofline", "rtx_4090", columns=columns).stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if set(line.strip()) == {"─"})
    assert max(len(line.rstrip()) for line in lines[first - 1 :]) <= columns


def test_chosen_columns_and_the_full_style():
    header = table(
        "c3d", "--roofline", "l4", "--columns", "layer,field,bytes,intensity,bound", "--format", "csv"
    ).stdout
    assert header.splitlines()[0] == "layer,full,bytes,intensity,bound"
    full = table("c3d", "--roofline", "l4", "--style", "full", "--format", "csv").stdout
    assert full.splitlines()[0].endswith(",status,bytes,intensity,roofline_ms,bound")


def test_a_network_that_does_not_fit_into_memory():
    assert "do not fit into the memory of NVIDIA L4" in table("c3d", "--roofline", "l4", "--batch", "1000").stdout
    assert "do not fit" not in table("c3d", "--roofline", "l4").stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--roofline", "h100"], "did you mean 'h100_sxm'?"),
        (["--roofline", "epyc_7742", "--dtype", "bfloat16"], "its data sheet has fp32"),
        (["--roofline", "l4", "--style", "lecture"], "a roofline in the style 'lecture'"),
        (["--roofline", "l4", "--convention", "all"], "--roofline with --convention all"),
        (["--columns", "layer,roofline_ms"], "no column 'roofline_ms'"),
    ],
)
def test_what_cannot_be_asked(arguments, problem):
    result = table("c3d", *arguments)
    assert result.exit_code == 2
    assert problem in result.stderr


def test_the_help_names_every_device():
    text = " ".join(table("--help").stdout.split())
    assert all(name in text for name in device_names())


def test_neither_torch_nor_a_data_sheet_is_read_for_nothing():
    asked = "from click.testing import CliRunner; from archcalc.cli.main import main; import sys;"
    script = f"{asked} CliRunner().invoke(main, sys.argv[1:]); from archcalc.analysis import hardware;"
    script += "print('torch' in sys.modules, hardware._entries.cache_info().misses)"

    def read(*more: str) -> str:
        command = [sys.executable, "-c", script, "table", "early_fusion", *more]
        return run_process(command, capture_output=True, text=True, check=True).stdout.strip()

    assert read() == "False 0"
    assert read("--roofline", "l4") == "False 1"
