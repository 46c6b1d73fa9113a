"""Every command that prints rows prints them as data: documented keys, plain numbers, one version."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import archcalc
from archcalc._version import __version__
from archcalc.cli.main import main
from archcalc.core.clip import parse_number

DOCS = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
BROKEN = (
    "archcalc: 1\nname: broken\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\n"
    "layers:\n  - relue\n  - conv3d: {kernal: 3}\n"
)
WARNED = (
    "archcalc: 1\nname: unread\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers:\n  - relu: {name: dead}\n"
    "  - relu: {from: clip}\n"
)
COMMANDS: dict[str, tuple[str, ...]] = {
    "layers": ("table", "two_stream"),
    "derivations": ("explain", "slow_fusion", "conv3d_2"),
    "specs": ("check", "c3d"),
    "networks": ("compare", "late_fusion", "slow_fusion"),
    "figures": ("audit", "early_fusion", "c3d"),
    "fits": ("fit", "c3d", "--memory", "24GiB"),
    "operators": ("ops",),
    "stages": ("clip", "--size", "640x480", "--fps", "30000/1001", "--duration", "60"),
}
LISTS = {"list": ("list",), "long": ("list", "c3d", "--long"), "fields": ("list", "--fields", "alexnet_v2", "c3d")}


def run(*arguments: str, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(main, [*arguments, "--format", "json"])
    assert result.exit_code == code, result.output
    return dict(json.loads(result.stdout, parse_constant=pytest.fail))


def section(command: str) -> str:
    return DOCS.split(f"\n## {command}\n")[1].split("\n## ")[0]


def undocumented(found: dict[str, Any], rows: str, command: str) -> set[str]:
    keys = {key for row in found[rows] for key in row} | found.keys() - {"schema", "archcalc", "warnings"}
    return {key for key in keys if f"`{key}`" not in section(command)}


@pytest.mark.parametrize("rows", [each for each in COMMANDS if each != "layers"])
def test_rows_are_data_with_documented_keys(rows: str) -> None:
    arguments = COMMANDS[rows]
    found = run(*arguments)
    assert (found["schema"], found.get("archcalc", __version__)) == (1, __version__)
    assert found[rows]
    assert undocumented(found, rows, arguments[0]) == set()


@pytest.mark.parametrize("arguments", LISTS.values(), ids=LISTS)
def test_the_list_is_data(arguments: tuple[str, ...]) -> None:
    found = run(*arguments)
    assert found["networks"]
    assert undocumented(found, "networks", "list") == set()


@pytest.mark.parametrize("name", ["timesformer_b", "two_stream"])
def test_an_expanded_spec_is_data_with_the_layers_of_the_table(name: str) -> None:
    found, table = run("show", name), run("table", name)
    assert undocumented(found, "layers", "show") == set()
    shared = ("path", "name", "op", "inputs", "shape", "tokens", "shares", "note")
    assert [[each[key] for key in shared] for each in found["layers"]] == [
        [each[key] for key in shared] for each in table["layers"]
    ]
    assert found["inputs"] == table["inputs"]


def test_an_expanded_spec_has_arguments_that_differ_from_their_defaults() -> None:
    found = run("show", "late_fusion")
    arguments = {each["path"]: each["arguments"] for each in found["layers"]}
    assert arguments["conv2d"] == {"out": 12, "kernel": 3, "padding": 1}
    assert arguments["global_avg_pool"] == {}
    assert found["outputs"] == {"output": "global_avg_pool"}


def test_an_expanded_spec_is_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "expanded.yaml"
    assert CliRunner().invoke(main, ["show", "late_fusion", "--output", str(path)]).exit_code == 0
    assert path.read_text(encoding="utf-8") == CliRunner().invoke(main, ["show", "late_fusion"]).stdout


def test_a_key_without_documentation_is_seen() -> None:
    found = run(*COMMANDS["fits"])
    assert undocumented({**found, "nosuch": 1}, "fits", "fit") == {"nosuch"}


def test_layers_have_the_documented_keys_and_all_quantities() -> None:
    quantities = (Path(__file__).parents[2] / "docs" / "quantities.md").read_text(encoding="utf-8").replace("\\", "")
    keys = {key for layer in run(*COMMANDS["layers"])["layers"] for key in layer}
    assert {key for key in keys if f"`{key}`" not in section("table") and f"| {key} " not in quantities} == set()


def test_fields_of_networks_are_numbers_by_axis() -> None:
    (alexnet,) = run("list", "--fields", "alexnet_v2")["networks"]
    sizes = (alexnet["field"], alexnet["stride"], alexnet["padding"])
    assert sizes == tuple(dict.fromkeys("HW", size) for size in (195, 32, 64))


def test_compared_numbers_are_those_of_the_networks() -> None:
    found = run("compare", "r2plus1d_18", "--variant", "mid=paper", "--batch", "2")
    assert (found["convention"], found["batch"], found["dtype"]) == ("macs", 2, "float32")
    for network, mid in zip(found["networks"], ("torchvision", "paper"), strict=True):
        analysis = archcalc.analyze(archcalc.load("r2plus1d_18", mid=mid), batch=2)
        assert network["totals"]["params"] == analysis.totals.params
        assert network["totals"]["training_bytes"] == analysis.totals.training_bytes
        for key in ("params", "macs", "saved_bytes"):
            assert sum(stage[key] for stage in network["stages"]) == network["totals"][key]
        assert network["time"]["shift"] == {"equivariant": True, "frames": 8, "broken_by": None}


def cells(text: str) -> Iterator[tuple[str, str]]:
    for row in csv.DictReader(StringIO(text)):
        yield from row.items()


def test_a_comparison_as_csv_is_one_table_of_plain_numbers() -> None:
    text = CliRunner().invoke(main, ["compare", "late_fusion", "slow_fusion", "--format", "csv"]).stdout
    rows = list(csv.DictReader(StringIO(text)))
    first, second = (next(row for row in rows if row["network"] == name) for name in ("late_fusion", "slow_fusion"))
    assert (first["quantity"], first["value"], first["difference"], first["ratio"]) == ("params", "2952", "0", "1.0")
    assert (second["value"], second["difference"], float(second["ratio"])) == ("8784", str(8784 - 2952), 8784 / 2952)
    numbers = ("value", "difference", "ratio")
    assert all(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?|", cell) for key, cell in cells(text) if key in numbers)
    assert all(bool(row["value"]) != bool(row["layer"]) for row in rows)
    fused = [
        row["layer"] for row in rows if row["quantity"] == "temporal_fusion_in" and row["network"] == "slow_fusion"
    ]
    assert fused == ["conv3d", "max_pool3d", "conv3d_2", "global_avg_pool"]


def test_audited_counts_are_plain_in_csv() -> None:
    text = CliRunner().invoke(main, ["audit", "c3d", "--format", "csv"]).stdout
    assert next(csv.DictReader(StringIO(text)))["ours"] == "79634576"
    figures = run("audit", "c3d")["figures"]
    assert figures[0] | {"printed": "79 M", "ours": 79634576, "verdict": "matched"} == figures[0]


def test_problems_and_warnings_have_their_places(tmp_path: Path) -> None:
    broken, warned = tmp_path / "broken.yaml", tmp_path / "warned.yaml"
    broken.write_text(BROKEN, encoding="utf-8")
    warned.write_text(WARNED, encoding="utf-8")
    result = CliRunner().invoke(main, ["check", str(broken), str(warned), "--format", "json"])
    assert (result.exit_code, result.stderr) == (1, "")
    wrong, fine = json.loads(result.stdout)["specs"]
    assert (wrong["valid"], wrong["layers"], fine["valid"], fine["layers"]) == (False, None, True, 2)
    first, second = wrong["problems"]
    assert (first["location"]["line"], first["location"]["column"]) == (5, 5)
    assert "did you mean 'relu'" in first["hint"]
    assert (second["location"]["line"], second["message"].partition(";")[0]) == (6, second["found"])
    (warning,) = fine["warnings"]
    assert warning["location"]["line"] == 5


def test_costs_in_all_conventions_sum_to_their_totals() -> None:
    found = run("table", "convnet_lstm", "--convention", "all")
    for name, total in found["totals"]["costs"].items():
        assert sum(layer["costs"][name] for layer in found["layers"]) == total
        analysis = archcalc.analyze(archcalc.load("convnet_lstm"), convention=name)
        assert analysis.totals.cost == total


def test_a_clip_is_in_numbers() -> None:
    (raw,) = run(*COMMANDS["stages"])["stages"]
    assert (raw["size"], raw["channels"], raw["frames"]) == ({"W": 640, "H": 480}, 3, 1798)
    assert raw["fps"] == float(parse_number("30000/1001"))
    assert raw["bytes"] == 1798 * 640 * 480 * 3


def test_one_operator_is_described() -> None:
    (conv,) = run("ops", "conv3d")["operators"]
    kernel = next(each for each in conv["arguments"] if each["name"] == "kernel")
    assert (kernel["required"], kernel["aliases"]) == (True, ["kernel_size"])
