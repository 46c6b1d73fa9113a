"""The command `archcalc serve`, up to the server that it starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
import webbrowser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archcalc.cli import serve as command
from archcalc.cli.main import main

ROOT = Path(__file__).parents[2]


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["serve", *words])


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the server is given; it ends at once."""
    given: dict[str, Any] = {}

    class Server:
        address = "http://127.0.0.1:1/?token=t"

        def __init__(self, worker: Any, shown: Any, file: Any, port: int) -> None:
            given.update(shown=shown, file=file, port=port)

        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def serve_forever(self) -> None:
            raise KeyboardInterrupt

    class Worker:
        def __init__(self, setup: dict[str, Any]) -> None:
            given["setup"] = setup

        def start(self) -> None:
            given["started"] = True

        def close(self) -> None:
            given["closed"] = True

    monkeypatch.setattr(command, "PageServer", Server)
    monkeypatch.setattr(command, "Worker", Worker)
    monkeypatch.setattr(webbrowser, "open", lambda address: given.update(opened=address))
    return given


def test_without_a_spec_the_page_begins_with_the_bundled_networks(started: dict[str, Any]) -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (0, "http://127.0.0.1:1/?token=t\n")
    assert started["opened"] == "http://127.0.0.1:1/?token=t"
    assert (started["shown"], started["file"], started["closed"]) == (None, None, True)


def test_a_bundled_network_is_shown_and_not_written(started: dict[str, Any]) -> None:
    run("slow_fusion", "--input", "clip=3x16x64x64", "--no-browser")
    shown = started["shown"]
    assert (shown["kind"], shown["name"], shown["writable"]) == ("network", "slow_fusion", False)
    assert shown["inputs"] == {"clip": "3x16x64x64"}
    assert "max_pool3d" in shown["text"]
    assert "opened" not in started


def test_a_file_is_followed_with_its_folder(
    started: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text("archcalc: 1\n")
    monkeypatch.chdir(tmp_path)
    run("mine.yaml", "--set", "classes=7", "--port", "8123")
    assert started["file"].path == tmp_path / "mine.yaml"
    assert started["setup"]["folder"] == str(tmp_path)
    assert (started["shown"]["set"], started["port"]) == ({"classes": "7"}, 8123)


def test_a_module_is_all_that_is_run(started: dict[str, Any]) -> None:
    run("net.py:Net", "--input", "clip=3x8x16x16", "--set", "width=8")
    assert started["setup"]["modules"] == {
        "net.py:Net": {"set": {"width": "8"}, "inputs": ["clip=3x8x16x16"], "call": None, "train": False}
    }
    assert started["shown"]["kind"] == "module"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nope.yaml",), 1, "nope.yaml: cannot be read: No such file"),
        (("nope",), 1, "no spec 'nope'"),
        (("-",), 2, "serve with standard input"),
        (("c3d", "--input", "3"), 2, "--input '3'; expected NAME=VALUE"),
        (("c3d", "--export", "x"), 2, "expected one of the two"),
        (("--export", "x", "--pyodide", "/nowhere"), 2, "npm ci --prefix web brings Pyodide"),
    ],
)
def test_what_cannot_be_served(words: tuple[str, ...], code: int, said: str) -> None:
    result = run(*words)
    assert result.exit_code == code
    assert said in result.output


def listen_to_ctrl_c() -> None:
    """Undo what a shell does to its background jobs."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_a_server_answers_and_ctrl_c_ends_it() -> None:
    words = [sys.executable, "-m", "archcalc", "serve", "slow_fusion", "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=listen_to_ctrl_c
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        token = address.partition("token=")[2]
        headers = {"content-type": "application/json", "x-archcalc-token": token}
        request = urllib.request.Request(f"{address.partition('?')[0]}api/list", b"{}", headers)
        with urllib.request.urlopen(request) as reply:
            assert json.loads(reply.read())["shown"]["name"] == "slow_fusion"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "stopped\n"
