"""Searches on a Dask cluster of this machine, whose workers are killed, leave and join; `pip install '.[cluster]'`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import archcalc
from archcalc.cli.main import main
from tests.design.test_search import FAMILY, SEARCH, listen_to_ctrl_c

OTHER_VERSION = "import archcalc._version\narchcalc._version.__version__ = '0.0.9'\n"
LONG = SEARCH.replace("to: 40, step: 2", "to: 40, step: 1").replace("[3, 5, 9, 12]", "{from: 3, to: 24}")


class Machines:
    """A scheduler and workers, each a process."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", str(port))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:], "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": str(Path(archcalc.__file__).parents[1])}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )
        self.processes.append(process)
        return process

    def worker(self, *options: str) -> subprocess.Popen[bytes]:
        return self.start("worker", self.address, "--nthreads", "1", "--no-nanny", *options)

    def end(self) -> None:
        for each in self.processes:
            each.kill()
            each.wait()


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    write_files(tmp_path, monkeypatch)
    found = Machines()
    yield found
    found.end()


def write_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "family.yaml").write_text(FAMILY)
    (folder / "cheap.yaml").write_text(LONG)
    monkeypatch.chdir(folder)


def run(*options: str) -> Result:
    return CliRunner().invoke(main, ["search", "cheap.yaml", "--format", "json", *options])


def begun(*options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "archcalc", "search", "cheap.yaml", "--format", "json", *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=listen_to_ctrl_c
    )


def wait_for(size: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a journal has so many bytes."""
    while not Path("j").exists() or Path("j").stat().st_size < size:
        assert process.poll() is None
        time.sleep(0.02)


def test_workers_that_are_killed_leave_and_join(machines: Machines) -> None:
    alone = run("--journal", "whole").stdout
    size = Path("whole").stat().st_size
    killed, leaving = machines.worker(), machines.worker()
    search = begun("--cluster", machines.address, "--journal", "j")
    wait_for(size // 10, search)
    killed.send_signal(signal.SIGKILL)
    wait_for(size // 4, search)
    machines.worker()
    wait_for(size // 2, search)
    leaving.send_signal(signal.SIGTERM)  # it says that it leaves
    output, errors = search.communicate(timeout=300)
    assert search.returncode == 0, errors
    assert output.decode() == alone
    assert run("--journal", "j").stdout == alone


def test_workers_of_another_version_get_no_designs(machines: Machines, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(OTHER_VERSION)
    machines.worker("--preload", str(tmp_path / "other.py"))
    search = begun("--cluster", machines.address, "--journal", "j")
    time.sleep(10)
    assert search.poll() is None
    assert Path("j").stat().st_size < 200  # its head
    machines.worker()
    output, errors = search.communicate(timeout=300)
    assert search.returncode == 0, errors
    assert output.decode() == run().stdout
    assert f"gets no designs: it has archcalc 0.0.9, this is {archcalc.__version__}" in errors.decode()


def test_evolution_on_a_cluster(machines: Machines) -> None:
    pytest.importorskip("pymoo", reason="the extra search is not installed")
    machines.worker()
    asked = ("--evaluations", "60")
    found = run(*asked, "--cluster", machines.address)
    assert found.exit_code == 0, found.output
    assert found.stdout == run(*asked).stdout
    assert json.loads(found.stdout)["designs"] == 60


def test_a_scheduler_that_goes_away(machines: Machines) -> None:
    machines.worker()
    search = begun("--cluster", machines.address, "--journal", "j")
    wait_for(50_000, search)
    machines.scheduler.kill()
    output, errors = search.communicate(timeout=120)
    assert (search.returncode, output) == (1, b"")
    assert errors.decode().splitlines()[-1] == f"archcalc: the scheduler at {machines.address} is gone"
    assert run("--journal", "j").stdout == run().stdout


def test_ctrl_c(machines: Machines) -> None:
    machines.worker()
    search = begun("--cluster", machines.address, "--journal", "j")
    wait_for(50_000, search)
    os.killpg(search.pid, signal.SIGINT)
    output, errors = search.communicate(timeout=60)
    assert (search.returncode, output) == (130, b"")
    assert errors.decode().splitlines()[-1] == "archcalc: interrupted"
    assert all(line.endswith(b"\n") for line in Path("j").read_bytes().splitlines(keepends=True))


def test_no_scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    write_files(tmp_path, monkeypatch)
    monkeypatch.setattr("archcalc.design.cluster.CONNECT", 1.0)
    missing = run("--cluster", "tcp://127.0.0.1:9")
    assert missing.exit_code == 1
    assert "no scheduler answers at tcp://127.0.0.1:9; expected one started by: dask scheduler" in missing.output
    wrong = run("--cluster", "somewhere")
    assert wrong.exit_code == 2
    assert "expected the address of a scheduler, such as tcp://HOST:8786" in wrong.output


def test_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, monkeypatch)
    both = run("--cluster", "tcp://127.0.0.1:9", "--workers", "2")
    assert both.exit_code == 2
    assert "--workers are processes of this machine" in both.output
    monkeypatch.setitem(sys.modules, "distributed", None)
    missing = run("--cluster", "tcp://127.0.0.1:9", "--journal", "j")
    assert missing.exit_code == 1
    assert "--cluster needs Dask: python -m pip install 'distributed" in missing.output
