"""Starting archcalc and printing a table cost no library that they do not need."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

PROBE = Path(__file__).with_name("import_probe.py")
HEAVY = ("fvcore", "graphviz", "matplotlib", "numpy", "pandas", "torch")


@pytest.fixture
def imported(run, checkout):
    def probe(libraries: tuple[str, ...], *command: str, cwd: Path = checkout) -> list[str]:
        start = f"import runpy, sys; sys.argv[0] = 'probe'; runpy.run_path({str(PROBE)!r}, run_name='__main__')"
        printed = run(sys.executable, "-c", start, ",".join(libraries), *command, cwd=cwd).stderr
        names: list[str] = json.loads(printed.splitlines()[-1])
        return names

    return probe


@pytest.mark.parametrize("command", [[], ["--help"]])
def test_starting_imports_nothing_heavy_nor_the_graph_library(imported, command):
    assert imported((*HEAVY, "networkx"), *command) == []


@pytest.mark.parametrize(
    "command", [["list"], ["table", "c3d"], ["table", "c3d", "--format", "json"], ["build", "i3d"]]
)
def test_a_command_imports_nothing_heavy(imported, command):
    assert imported(HEAVY, *command) == []


def test_the_probe_sees_a_planted_import(imported, package_copy):
    with (package_copy / "archcalc" / "cli" / "__init__.py").open("a", encoding="utf-8") as package:
        package.write("\nimport numpy.linalg\n")
    assert imported(HEAVY, cwd=package_copy) == ["numpy"]


@pytest.mark.parametrize("style", ["default", "full", "lecture"])
def test_a_table_is_printed_without_what_it_does_not_use(imported, style):
    assert imported((*HEAVY, "networkx", "rich", "jinja2", "tabulate"), "table", "c3d", "--style", style) == []
