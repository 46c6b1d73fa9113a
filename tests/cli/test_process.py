"""The command as a process: its streams, its files and its exit codes when something is in the way."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main

COMMAND = [sys.executable, "-m", "archcalc"]
SPEC = "archcalc: 1\nname: small\nuse: [./parts.yaml]\ninputs: {clip: {C: 3, T: 4, H: 8, W: 8}}\nlayers: [unit]\n"
PARTS = "archcalc: 1\nblocks: {unit: {layers: [{conv3d: {out: 4, kernel: 3}}]}}\n"
ENVIRONMENT = {
    **{key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")},
    "PYTHONPATH": str(Path(archcalc.__file__).parents[1]),
}


def run(*arguments: str, environment: dict[str, str] | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.run([*COMMAND, *arguments], text=True, env={**ENVIRONMENT, **(environment or {})}, **streams)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "parts.yaml").write_text(PARTS)
    return tmp_path


WRITERS = [
    ("table", "spec.yaml", "--format", "csv"),
    ("build", "spec.yaml"),
    ("compare", "spec.yaml", "c3d", "--format", "csv"),
    ("audit", "spec.yaml", "--format", "csv"),
    ("diagram", "spec.yaml", "--format", "dot"),
]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["table c3d --format json", "table c3d", "build c3d", "list", "schema", "--help"])
def test_a_full_disk(command: str, unbuffered: str) -> None:
    with open("/dev/full", "w") as full:
        done = run(*command.split(), stdout=full, environment={"PYTHONUNBUFFERED": unbuffered})
    assert (done.returncode, done.stderr) == (3, "archcalc: cannot write standard output: No space left on device\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_disk_that_fills_up_half_way(tmp_path: Path, unbuffered: str) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384))

    with (tmp_path / "out.json").open("w") as out:
        done = run("table", "i3d", "--format", "json", stdout=out, preexec_fn=limit,
                   environment={"PYTHONUNBUFFERED": unbuffered})  # fmt: skip
    assert (done.returncode, done.stderr) == (3, "archcalc: cannot write standard output: File too large\n")
    refused = run("table", "i3d", "--format", "json", "--output", str(tmp_path / "new.json"), preexec_fn=limit)
    assert (refused.returncode, refused.stderr) == (3, f"archcalc: cannot write {tmp_path}/new.json: File too large\n")
    assert os.listdir(tmp_path) == ["out.json"]


def test_closed_streams(folder: Path) -> None:
    def shell(line: str) -> subprocess.CompletedProcess[str]:
        program = f"{sys.executable} -m archcalc"
        line = line.replace("archcalc", program)
        return subprocess.run(["sh", "-c", line], cwd=folder, text=True, env=ENVIRONMENT, capture_output=True)

    done = shell("archcalc table spec.yaml >&-")
    assert (done.returncode, done.stderr) == (3, "archcalc: cannot write standard output: it is closed\n")
    done = shell("archcalc table spec.yaml --format csv --output out.csv >&- 2>&- <&-")
    assert (done.returncode, (folder / "out.csv").read_text()[:5]) == (0, "layer")
    done = shell("archcalc table - <&-")
    assert done.returncode == 1
    assert "<stdin>: a closed standard input; expected text" in done.stderr
    assert shell("archcalc table none.yaml 2>/dev/full").returncode == 1


def test_a_broken_pipe() -> None:
    read, write = os.pipe()
    os.close(read)
    with open(write, "w") as pipe:
        done = run("table", "c3d", stdout=pipe)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_deleted_working_directory(folder: Path) -> None:
    gone = folder / "gone"
    line = f"mkdir {gone}; cd {gone}; rmdir {gone}; {sys.executable} -m archcalc"

    def there(arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "-c", f"{line} {arguments}"], text=True, capture_output=True, env=ENVIRONMENT)

    assert there(f"table {folder}/spec.yaml").returncode == 0
    assert there(f"table - < {folder}/parts.yaml").returncode == 1
    missing = there("table spec.yaml")
    assert (missing.returncode, missing.stderr) == (1, "spec.yaml: no such file\n")
    written = there("table c3d --output out.csv")
    assert (written.returncode, written.stderr[:35]) == (3, "archcalc: cannot write out.csv: No ")


@pytest.mark.parametrize("columns", ["0", "1", "²", "99999999999999999999"])
def test_widths_that_are_none(columns: str) -> None:
    done = run("table", "c3d", environment={"COLUMNS": columns})
    assert (done.returncode, done.stderr) == (0, "")
    assert "conv5b" in done.stdout


def test_long_names(folder: Path) -> None:
    long, longer = "n" * 250, "n" * 256
    assert run("build", "spec.yaml", "-o", long, cwd=folder).returncode == 0
    assert (folder / long).read_text().startswith('"""')
    refused = run("build", "spec.yaml", "-o", longer, cwd=folder)
    assert (refused.returncode, refused.stderr) == (3, f"archcalc: cannot write {longer}: File name too long\n")
    assert "no spec" in run("table", longer, cwd=folder).stderr


@pytest.mark.parametrize("arguments", WRITERS, ids=lambda each: each[0])
def test_standard_output_has_names(folder: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, "--output", "file", cwd=folder).returncode == 0
    for name in ("-", "/dev/stdout", "/dev/fd/1"):
        printed = run(*arguments, "--output", name, cwd=folder)
        assert (printed.returncode, printed.stderr) == (0, ""), name
        assert printed.stdout == (folder / "file").read_text(), name


@pytest.mark.parametrize("arguments", WRITERS, ids=lambda each: each[0])
def test_what_was_read_is_not_written_over(
    folder: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "soft").symlink_to("spec.yaml")
    os.link(folder / "parts.yaml", folder / "hard")
    monkeypatch.chdir(folder)
    for name in ("spec.yaml", "parts.yaml", "soft", "hard"):
        done = CliRunner().invoke(main, [*arguments, "--output", name])
        assert (done.exit_code, done.stdout) == (2, "")
        assert f"this command reads {name}; expected another file for the output" in done.stderr
    assert ((folder / "spec.yaml").read_text(), (folder / "parts.yaml").read_text()) == (SPEC, PARTS)


def test_a_spec_on_standard_input_is_not_written_over(folder: Path) -> None:
    with (folder / "spec.yaml").open() as spec:
        assert run("table", "-", "--output", "spec.yaml", cwd=folder, stdin=spec).returncode == 2
    assert (folder / "spec.yaml").read_text() == SPEC


def test_a_text_that_standard_output_cannot_take() -> None:
    done = run("table", "c3d", "--style=paper", "--format=markdown", environment={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 3
    assert "standard output takes ascii, which lacks" in done.stderr


def test_a_file_name_that_is_no_text() -> None:
    done = subprocess.run([*map(os.fsencode, COMMAND), b"check", b"\xff.yaml"], capture_output=True, env=ENVIRONMENT)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"\\udcff.yaml: no such file\n", b"")


PROBE = """
import os, signal, sys
count, at = 0, int(sys.argv.pop(1))
def trace(frame, event, argument):
    global count
    if frame.f_code.co_name == "run" and frame.f_code.co_filename.endswith("__main__.py") or count:
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGINT)
    return None
signal.signal(signal.SIGINT, signal.default_int_handler)
import runpy
sys.setprofile(trace)
runpy.run_module("archcalc", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("call", [1, 40, 300, 3_000, 12_000, 30_000, 60_000, 120_000])
def test_ctrl_c_at_any_moment(folder: Path, call: int) -> None:
    """Ctrl-C at the call of a function, counted from the start: while it imports, reads, works and writes."""
    before = sorted(os.listdir(folder))
    done = subprocess.run([sys.executable, "-c", PROBE, str(call), "table", "spec.yaml", "--output", "out"],
                          cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)  # fmt: skip
    assert "Traceback" not in done.stderr
    if done.returncode == 0:
        assert "small" in (folder / "out").read_text()
    else:
        assert (done.returncode, sorted(os.listdir(folder))) == (130, before)
