"""Layers that no output reads: a warning with its place in every command, and nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path

import networkx
import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.spec.library import bundled_networks
from tests.cli.test_cli import run

DEAD = """\
archcalc: 1
name: dead
inputs: {clip: {C: 3, T: 8, H: 16, W: 16}}
blocks:
  unit: {layers: [{relu: {name: side, from: input}}, {sigmoid: {from: input}}]}
layers:
  - conv3d: {name: a, out: 4, kernel: 1}
  - repeat: {name: r, times: 3, layers: [unit]}
  - conv3d: {name: body, from: a, out: 4, kernel: 1}
  - relu: {from: r}
"""
WARNINGS = [
    "warning: dead.yaml:5:20: 3 layers, 'r.0.side' to 'r.2.side', lead to no output of the network "
    "(the totals count them; read them with 'from', or remove them)",
    "warning: dead.yaml:9:5: layer 'body' leads to no output of the network "
    "(the totals count it; read it with 'from', or remove it)",
]


@pytest.fixture(autouse=True)
def dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dead.yaml").write_text(DEAD)


COMMANDS = [
    "table dead.yaml",
    "table dead.yaml --style paper",
    "explain dead.yaml body",
    "check dead.yaml",
    "audit dead.yaml",
    "compare dead.yaml dead.yaml --variant ,",
    "diagram dead.yaml -o dead.svg",
    "build dead.yaml",
    "show dead.yaml",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_warns_once_with_the_place_and_goes_on(command: str) -> None:
    result = run(*command.split())
    assert result.stderr.splitlines() == WARNINGS
    assert result.exit_code == 0


@pytest.mark.slow
def test_verify_warns_too() -> None:
    pytest.importorskip("torch")
    assert run("verify", "dead.yaml").stderr.splitlines()[:2] == WARNINGS


def test_json_is_quiet_and_holds_the_warnings() -> None:
    result = run("table", "dead.yaml", "--format", "json")
    assert result.stderr == ""
    places = [each["location"] for each in json.loads(result.stdout)["warnings"]]
    assert [(each["line"], each["column"], each["end_line"], each["end_column"]) for each in places] == [
        (5, 20, 5, 24),
        (9, 5, 9, 11),
    ]
    assert "warnings" not in json.loads(run("table", "c3d", "--format", "json").stdout)


def test_many_places_are_counted() -> None:
    head, _, _ = DEAD.partition("blocks:")
    spec = head + "layers:\n" + "  - relu: {from: clip}\n" * 10
    lines = CliRunner().invoke(main, ["check", "-"], input=spec).stderr.splitlines()
    assert len(lines) == 6
    assert lines[-1] == "warning: and 4 more places in dead like these"


def test_python_has_them() -> None:
    assert [f"warning: {problem}" for problem in archcalc.load("dead.yaml").warnings] == WARNINGS


def test_no_bundled_network_has_any() -> None:
    assert [each.name for each in bundled_networks() if archcalc.load(each.name).warnings] == []


def test_unread_layers_are_those_from_which_no_path_leads_to_an_output() -> None:
    graph = archcalc.load("dead.yaml").graph
    digraph = graph.digraph()
    reached = {
        path for path in graph.nodes if any(networkx.has_path(digraph, path, end) for end in graph.outputs.values())
    }
    assert (
        graph.unread()
        == [path for path in graph.nodes if path not in reached]
        == ["r.0.side", "r.1.side", "r.2.side", "body"]
    )
