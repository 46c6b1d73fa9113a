"""archcalc clip and archcalc schema: exit codes, streams, files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.cli.main import main
from archcalc.spec.schema import spec_schema


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env={"COLUMNS": "80"})


def test_clip_prints_a_table_of_80_columns() -> None:
    result = run("clip", "--size", "1920x1080", "--fps", "30", "--duration", "600", "--resize", "112x112")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "112.0 G   104.3 GiB" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_clip_counts_the_bytes_of_a_type() -> None:
    common = ("clip", "--size", "112x112", "--fps", "5", "--frames", "16")
    assert "602,112" in run(*common).stdout
    assert "2,408,448" in run(*common, "--dtype", "float32").stdout
    assert "200,704" in run(*common, "--channels", "1").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing option '--size'"),
        (("--size", "640"), "Invalid value for '--size': '640'; expected WIDTHxHEIGHT"),
        (("--size", "9x9", "--fps", "0"), "Invalid value for '--fps': '0'; expected a number above 0"),
        (("--size", "9x9", "--resize", "big"), "Invalid value for '--resize': 'big'"),
        (("--size", "9x9", "--frames", "0"), "Invalid value for '--frames'"),
        (("--size", "9x9", "--fps", "30"), "only fps 30; expected fps of the video with its duration or frames"),
        (("--size", "9x9", "--fps", "5", "--duration", "0.1"), "0.1 s at 5 fps"),
    ],
)
def test_clip_refuses_wrong_usage(arguments: tuple[str, ...], message: str) -> None:
    result = run("clip", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())


def test_schema_prints_the_schema() -> None:
    result = run("schema")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == spec_schema()


def test_schema_writes_a_file(tmp_path: Path) -> None:
    result = run("schema", "--output", str(tmp_path / "schema.json"))
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads((tmp_path / "schema.json").read_text("utf-8")) == spec_schema()


def test_schema_refuses_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    result = run("schema", "--output", str(tmp_path / "nowhere" / "schema.json"))
    assert result.exit_code == 3
    assert "No such file" in " ".join(result.stderr.split())


@pytest.mark.parametrize("command", ["clip", "schema"])
def test_help_has_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: archcalc {command} --" in result.stdout
