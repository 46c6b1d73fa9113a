"""archcalc lint and archcalc rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.cli.main import main
from archcalc.lint.rules import RULES

SPEC = """\
archcalc: 1
name: short
inputs: {clip: {C: 8, T: 2, H: 32, W: 32}}
layers:
  - conv3d: {name: a, out: 8, kernel: [3, 1, 1], padding: [1, 0, 0]}
  - relu
  - conv3d: {name: b, out: 8, kernel: [3, 1, 1], padding: [1, 0, 0]}
"""


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=text, env={"COLUMNS": "80"})


def findings(*arguments: str, text: str = SPEC) -> list[tuple[str, str, str | None]]:
    result = run("lint", "-", "--format", "json", *arguments, text=text)
    return [(each["code"], each["path"], each["axis"]) for each in json.loads(result.stdout)["findings"]]


def test_findings_end_with_one_and_exit_zero_is_there() -> None:
    result = run("lint", "-", text=SPEC)
    assert result.exit_code == 1
    assert "AC101 unproductive" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert run("lint", "-", "--exit-zero", text=SPEC).exit_code == 0
    clean = run("lint", "-", "--select", "checkerboard", text=SPEC)
    assert (clean.exit_code, "no findings" in clean.stdout) == (0, True)


def test_json_has_the_keys_of_the_contract() -> None:
    result = run("lint", "-", "--format", "json", "--select", "padding", text=SPEC)
    first = json.loads(result.stdout)["findings"][0]
    assert list(first) == ["spec", "code", "rule", "path", "axis", "message", "figures", "location"]
    assert first["figures"] == {"share": pytest.approx(1 / 3), "products": 2, "of": 6}
    assert (first["spec"], first["location"]["line"], first["location"]["column"]) == ("short", 5, 5)


def test_rules_are_chosen_by_code_name_and_beginning() -> None:
    everything = findings()
    assert {code for code, _, _ in everything} == {"AC101", "AC102", "AC103"}
    assert findings("--select", "AC101") == findings("--select", "unproductive") == [("AC101", "b", "T")]
    assert findings("--select", "AC1", "--ignore", "padding,border") == [("AC101", "b", "T")]
    assert run("lint", "-", "--select", "unprodctive", text=SPEC).exit_code == 2
    assert "unproductive" in run("lint", "-", "--select", "unprodctive", text=SPEC).stderr


def test_a_spec_says_what_is_not_reported() -> None:
    ignored = (
        SPEC + "lint:\n  - {ignore: padding, layer: a, reason: as published}\n  - {ignore: AC102, reason: known}\n"
    )
    assert findings(text=ignored) == [each for each in findings() if each[:2] not in [("AC103", "a"), ("AC102", "b")]]


def test_sarif_has_every_rule_and_a_place_for_each_finding() -> None:
    result = run("lint", "-", "--format", "sarif", text=SPEC)
    found = json.loads(result.stdout)
    (only,) = found["runs"]
    assert found["version"] == "2.1.0"
    assert [each["id"] for each in only["tool"]["driver"]["rules"]] == list(RULES)
    for each in only["results"]:
        assert list(RULES)[each["ruleIndex"]] == each["ruleId"]
        assert each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].startswith("short.")
    assert only["results"][0]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 7,
        "startColumn": 5,
        "endLine": 7,
        "endColumn": 11,
    }


def test_annotations_of_github_escape_what_they_say() -> None:
    lines = run("lint", "-", "--format", "github", "--select", "padding", text=SPEC).stdout.splitlines()
    assert lines[0].startswith("::warning file=<stdin>,line=5,col=5,title=AC103 padding::short a (T): 33.3%25 of")
    assert all("%" not in line.replace("%25", "") for line in lines)


def test_csv_of_several_specs_is_one_table() -> None:
    lines = run("lint", "c3d", "slow_fusion", "--format", "csv").stdout.splitlines()
    assert [line for line in lines if line.startswith("spec,")] == lines[:1]
    assert {line.partition(",")[0] for line in lines[1:]} == {"c3d", "slow_fusion"}


def test_a_rule_is_explained_and_all_are_listed() -> None:
    assert "Odena" in run("lint", "--explain", "AC203").stdout
    assert run("lint", "--explain", "AC999").exit_code == 2
    assert [each["code"] for each in json.loads(run("rules", "--format", "json").stdout)["rules"]] == list(RULES)
    assert run("lint").exit_code == 2


def test_findings_show_in_explain_and_in_a_column() -> None:
    assert "AC101 unproductive: kernel 3 along T" in run("explain", "c3d", "conv5a").stdout
    table = run("table", "c3d", "--columns", "layer,notes,padding_macs", "--format", "csv").stdout.splitlines()
    assert table[0] == "layer,notes,padding_macs"
    assert next(line for line in table if line.startswith("conv5a")).split(",")[1] == "AC101 AC103"


def test_drawings_take_padding_as_heat(tmp_path: Path) -> None:
    path = tmp_path / "c3d.dot"
    assert run("diagram", "c3d", "--heat", "padding", "-o", str(path)).exit_code == 0
    assert "MACs on padding" in path.read_text(encoding="utf-8")
