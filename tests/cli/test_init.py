"""A spec to start from: written, kept, and itself without a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.cli.main import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env={"COLUMNS": "80"})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_starter_passes_check_and_table() -> None:
    written = run("init")
    assert (written.exit_code, written.stdout) == (0, "")
    assert written.stderr == "wrote network.yaml; archcalc table network.yaml prints its layers\n"
    assert run("check", "network.yaml").stdout == "network.yaml: no problems, 24 layers\n"
    assert "MACs per video (10 clips x 1 crops)" in run("table", "network.yaml").stdout
    assert run("explain", "network.yaml", "head").exit_code == 0


def test_its_comments_speak_of_what_there_is(folder: Path) -> None:
    run("init", "mine.yaml")
    text = (folder / "mine.yaml").read_text()
    said = [line.partition("archcalc ")[2] for line in text.splitlines() if "archcalc " in line]
    asked = [each.partition("  ")[0].replace("--watch", "").split() for each in said]
    assert len(asked) == 4
    for command in asked:
        assert run(*command).exit_code == 0, command
    assert len(text.splitlines()) < 40
    assert max(map(len, text.splitlines())) <= 120


def test_a_file_is_not_replaced_unless_asked(folder: Path) -> None:
    kept = folder / "mine.yaml"
    kept.write_text("kept\n")
    refused = run("init", "mine.yaml")
    assert (refused.exit_code, kept.read_text()) == (2, "kept\n")
    assert "mine.yaml exists; use --force to overwrite it" in refused.stderr
    assert run("init", "mine.yaml", "--force").exit_code == 0
    assert run("check", "mine.yaml").exit_code == 0


def test_a_link_that_leads_nowhere_is_a_file_too(folder: Path) -> None:
    (folder / "mine.yaml").symlink_to(folder / "elsewhere.yaml")
    assert run("init", "mine.yaml").exit_code == 2
    assert not (folder / "elsewhere.yaml").exists()


def test_standard_output(folder: Path) -> None:
    printed = run("init", "-")
    assert printed.stdout.startswith("# A network to start from.")
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there() -> None:
    refused = run("init", "nowhere/mine.yaml")
    assert refused.exit_code == 3
    assert "cannot write nowhere/mine.yaml: No such file or directory" in refused.stderr
