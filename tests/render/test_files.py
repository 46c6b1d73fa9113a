"""A table in a file: all of it or none."""

from __future__ import annotations

import os
from threading import Thread
from time import process_time

import pytest
from click.testing import CliRunner

from archcalc.cli.main import main
from archcalc.core.problem import UsageError
from archcalc.render.files import write_text
from archcalc.render.formats import TABLE_FORMATS


def test_a_new_file_can_be_read_as_widely_as_any_other(tmp_path):
    path = tmp_path / "new"
    mask = os.umask(0o027)
    try:
        write_text(str(path), "×\n")
    finally:
        os.umask(mask)
    assert path.read_bytes() == "×\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_keeps_its_permissions_and_its_links(tmp_path):
    path, link = tmp_path / "old", tmp_path / "link"
    path.write_text("a longer text than the new one")
    path.chmod(0o604)
    link.symlink_to(path)
    write_text(str(link), "new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o604


def test_what_cannot_be_written_leaves_all_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "old"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UsageError, match=r"cannot write .*old: No space left on device"):
        write_text(str(path), "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["old"]


def test_a_pipe_is_written_to_and_stays(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[str] = []
    reader = Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    write_text(str(path), "text")
    reader.join(timeout=10)
    assert read == ["text"]
    assert path.is_fifo()


@pytest.mark.parametrize("output_format", [*TABLE_FORMATS, "json"])
def test_the_command_writes_what_it_would_print(output_format, tmp_path):
    path = tmp_path / "table"
    command = ["table", "slow_fusion", "--format", output_format]
    printed = CliRunner().invoke(main, command, env={"COLUMNS": None})
    written = CliRunner().invoke(main, [*command, "--output", str(path)])
    assert (printed.exit_code, written.exit_code, written.output) == (0, 0, "")
    lines = [line.rstrip() for line in printed.stdout.splitlines()]
    assert lines == path.read_text(encoding="utf-8").splitlines()


def test_a_folder_that_is_not_there(tmp_path):
    result = CliRunner().invoke(main, ["table", "slow_fusion", "--output", str(tmp_path / "none" / "table")])
    assert result.exit_code == 3
    assert "cannot write" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--style", "full", "--columns", "layer"], "columns for the style 'full'"),
        (["--columns", "layer,paramz"], "no column 'paramz'"),
        (["--rf", "clippd"], "no receptive field 'clippd'"),
        (["--format", "excel"], "'excel' is not one of"),
    ],
)
def test_what_cannot_be_shown_is_wrong_usage(options, message):
    result = CliRunner().invoke(main, ["table", "slow_fusion", *options])
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize("kind", ["graph", "unroll", "volume"])
def test_a_title_of_many_letters_is_drawn(kind, tmp_path):
    path = tmp_path / "long.yaml"
    path.write_text(
        f"archcalc: 1\nname: long\ntitle: {'x' * 100_000}\ninputs: {{clip: {{C: 3, T: 8, H: 16, W: 16}}}}\n"
        "layers: [{conv3d: {out: 4, kernel: 3}}]\n"
    )
    start = process_time()
    written = CliRunner().invoke(main, ["diagram", str(path), "--kind", kind, "-o", str(tmp_path / "long.svg")])
    assert (written.exit_code, written.output) == (0, "")
    assert process_time() - start < 5  # seconds; it was minutes
