"""The table of commands: each is there, is called so, and costs nothing before it is asked for."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from archcalc.cli.commands import COMMANDS
from archcalc.cli.main import main


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_where_the_table_says(name: str) -> None:
    command = COMMANDS[name].command()
    assert command.name == name
    assert (command.help or "").strip()
    assert "Example: archcalc" in (command.epilog or "")


def test_help_names_every_command_in_lines_of_80() -> None:
    shown = CliRunner().invoke(main, ["--help"]).stdout
    listed = [line.split()[0] for line in shown.partition("Commands:\n")[2].splitlines() if line.startswith("  ")]
    assert listed[: len(COMMANDS)] == list(COMMANDS)
    assert max(map(len, shown.splitlines())) <= 80


def test_help_imports_no_command() -> None:
    code = (
        "import sys; from archcalc.cli.main import main; main(['--help'], standalone_mode=False);"
        "print([name for name in sys.modules if name.startswith(('archcalc.spec', 'archcalc.tables', 'rich'))])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]"


def completed(*words: str) -> list[str]:
    shell = ShellComplete(main, {}, "archcalc", "_ARCHCALC_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


def test_completion_knows_commands_options_and_bundled_networks() -> None:
    assert completed("c") == ["check", "compare", "clip"]
    assert completed("--") == ["--version", "--debug", "--help"]
    assert "--style" in completed("table", "--")
    assert completed("table", "r2plus1d_1") == ["r2plus1d_18"]
    assert completed("verify", "c3d", "c3d_u") == ["c3d_unpadded"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tabel", "c3d"], "Error: no command 'tabel'; did you mean 'table'?"),
        (["xyz"], "Error: no command 'xyz'; archcalc --help lists the commands"),
        (["--nosuch"], "No such option"),
    ],
)
def test_an_unknown_command_is_wrong_usage(arguments: list[str], said: str) -> None:
    assert isinstance(main, click.Group)
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, said in result.stderr) == (2, True)
    assert "Usage: archcalc [OPTIONS] COMMAND" in result.stderr or "Usage: main [OPTIONS] COMMAND" in result.stderr


@pytest.mark.parametrize(
    "arguments", ["table c3d --columns nosuch", "explain c3d nosuch", "compare c3d", "diagram c3d -o x.nosuch"]
)
def test_wrong_usage_shows_how_its_own_command_is_used(arguments: str) -> None:
    result = CliRunner().invoke(main, arguments.split(), prog_name="archcalc")
    name = arguments.split()[0]
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Usage: archcalc {name} [OPTIONS] SPEC")
    assert f"Try 'archcalc {name} --help'" in result.stderr
