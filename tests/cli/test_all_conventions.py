from __future__ import annotations

import csv

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.analysis.conventions import CONVENTIONS
from archcalc.cli.main import main


def shown(*arguments: str, columns: str = "80") -> str:
    result = CliRunner().invoke(main, ["table", *arguments], env={"COLUMNS": columns})
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("name", ["slow_r50", "mvit_v1_b"])
def test_all_conventions_fit_into_eighty_columns(name: str) -> None:
    assert max(map(len, shown(name, "--convention", "all").splitlines())) <= 80


def test_csv_has_a_row_for_each_convention() -> None:
    rows = list(csv.DictReader(shown("c3d", "--convention", "all", "--format", "csv").splitlines()))
    assert [row["convention"] for row in rows] == list(CONVENTIONS)
    costs = {name: archcalc.analyze(archcalc.load("c3d"), convention=name).totals.cost for name in CONVENTIONS}
    assert {row["convention"]: int(row["cost"]) for row in rows} == costs


def test_parts_add_up_in_every_convention() -> None:
    rows = list(csv.DictReader(shown("c3d", "--convention", "all", "--depth", "1", "--format", "csv").splitlines()))
    for name in set(CONVENTIONS) - {"keras"}:
        total = archcalc.analyze(archcalc.load("c3d"), convention=name).totals.cost
        assert sum(int(row[name] or 0) for row in rows) == total


@pytest.mark.parametrize("arguments", [("--columns", "params"), ("--style", "paper")])
def test_what_has_one_convention_is_refused(arguments: tuple[str, str]) -> None:
    result = CliRunner().invoke(main, ["table", "c3d", "--convention", "all", *arguments])
    assert result.exit_code == 2
    assert f"{arguments[0]} with --convention all; expected one convention" in result.stderr
