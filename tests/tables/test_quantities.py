"""A number is one entry of the table of quantities: a new one is found in everything that shows numbers."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from io import StringIO
from operator import attrgetter
from typing import Any

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.analysis.comparison import compared
from archcalc.analysis.quantities import FIELDS, QUANTITIES, WINDOWS, Quantity, glossary, layer_quantities
from archcalc.cli.main import main
from archcalc.core.units import BYTES, COUNT
from archcalc.drawings.graph import graph_drawing
from archcalc.render.dot import dot_text
from archcalc.tables.compare import comparison

NAME = "two_stream"


@pytest.fixture
def extra(monkeypatch: pytest.MonkeyPatch) -> str:
    """The key of a quantity that exists for one test: params plus one for every layer."""
    entry = Quantity("params_and_one", "params + 1", COUNT, "params, and one for the layer",
                     lambda analysis: (layer.params + 1 for layer in analysis.layers))  # fmt: skip
    monkeypatch.setitem(QUANTITIES, entry.key, entry)
    return entry.key


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_a_new_entry_is_a_column_in_every_format(extra: str) -> None:
    expected = [layer.params + 1 for layer in archcalc.analyze(archcalc.load(NAME)).layers]
    asked = ("table", NAME, "--columns", f"layer,{extra}")
    assert [int(row[extra]) for row in rows(run(*asked, "--format", "csv"))] == expected
    assert all("params + 1" in run(*asked, "--format", each) for each in ("terminal", "markdown", "html", "latex"))


def test_a_new_entry_is_summed_in_rows_of_a_depth(extra: str) -> None:
    analysis = archcalc.analyze(archcalc.load("r3d_18"))
    grouped = rows(run("table", "r3d_18", "--columns", f"layer,{extra}", "--depth", "1", "--format", "csv"))
    assert len(grouped) < 10
    assert sum(int(row[extra]) for row in grouped) == analysis.totals.params + len(analysis.layers)


def test_a_new_entry_is_in_the_json_of_layers(extra: str) -> None:
    layers = json.loads(run("table", NAME, "--format", "json"))["layers"]
    assert all(layer[extra] == layer["params"] + 1 for layer in layers)
    explained = json.loads(run("explain", NAME, layers[-1]["path"], "--format", "json"))["layer"]
    assert explained[extra] == layers[-1][extra]


def test_a_new_entry_is_in_the_frame(extra: str) -> None:
    pytest.importorskip("pandas")
    frame = archcalc.analyze(archcalc.load(NAME)).to_frame()
    assert frame[extra].dtype == "int64"
    assert (frame[extra] == frame["params"] + 1).all()


def test_a_new_entry_shades_a_graph(extra: str) -> None:
    analysis = archcalc.analyze(archcalc.load("r3d_18"))
    drawing = graph_drawing(analysis, heat=extra)
    assert sum(box.amount or 0 for box in drawing.boxes) == analysis.totals.params + len(analysis.layers)
    assert "params + 1" in dot_text(drawing)


def test_a_new_entry_is_compared(extra: str) -> None:
    networks = {name: archcalc.analyze(archcalc.load(name)) for name in ("late_fusion", "slow_fusion")}
    totals, stages, _ = comparison(compared(networks), [extra])
    expected = [each.totals.params + each.totals.layers for each in networks.values()]
    (row,) = [row for row in totals.rows if row[0] == "params + 1"]
    assert [int(str(cell).split(" ")[0].replace(",", "")) for cell in row[1:]] == expected
    assert stages.title == "params + 1 by stage"
    asked = ("compare", "late_fusion", "slow_fusion")
    tidy = rows(run(*asked, "--format", "csv"))
    assert [int(each["value"]) for each in tidy if each["quantity"] == extra and not each["stage"]] == expected
    assert [each["totals"][extra] for each in json.loads(run(*asked, "--format", "json"))["networks"]] == expected


def test_the_command_line_offers_a_new_entry_as_heat() -> None:
    script = (
        "from archcalc.analysis import quantities as q\n"
        "q.QUANTITIES['depths'] = q.Quantity('depths', 'depths', 'count', '', lambda a: (1 for _ in a.layers))\n"
        "from archcalc.cli.main import main\n"
        "main(['diagram', 'late_fusion', '--heat', 'depths', '-o', '-', '--format', 'dot'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "1 depths" in done.stdout, done.stderr


@pytest.mark.parametrize("name", ["r2plus1d_18", "mvit_v1_b", "slowfast_r50_4x16"])
def test_totals_are_those_of_the_analysis(name: str) -> None:
    analysis = archcalc.analyze(archcalc.load(name), batch=3, dtype="float16")
    for key in ("params", "buffers", "macs", "flops", "cost", "activation_bytes", "saved_bytes", "parameter_bytes"):
        assert QUANTITIES[key].total(analysis) == getattr(analysis.totals, key), key
    assert QUANTITIES["parameter_bytes"].kind == BYTES
    assert QUANTITIES["cumulative_cost"].total(analysis) == analysis.totals.cost


def test_what_only_networks_have_is_no_column() -> None:
    result = CliRunner().invoke(main, ["table", "c3d", "--columns", "training_bytes"])
    assert (result.exit_code, "no column 'training_bytes'" in result.stderr) == (2, True)
    wrong = CliRunner().invoke(main, ["compare", "c3d", "r3d_18", "--quantities", "parms"])
    assert (wrong.exit_code, "did you mean 'params'" in wrong.stderr) == (2, True)


def test_every_entry_says_what_it_means() -> None:
    entries = glossary()
    assert {key for key, _, _ in entries} == {*QUANTITIES, *FIELDS, *WINDOWS}
    assert all(heading and meaning and "{" not in heading for _, heading, meaning in entries)


def test_keys_of_numbers_are_attributes_of_totals_where_only_a_network_has_them() -> None:
    totals: Any = archcalc.analyze(archcalc.load("c3d")).totals
    own = [key for key, each in QUANTITIES.items() if each not in layer_quantities()]
    assert all(attrgetter(key)(totals) is not None for key in own)
