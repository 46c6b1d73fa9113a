"""Servers of the tests: `archcalc serve`, and a plain host of files for the static page."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*")


@contextlib.contextmanager
def served(*words: str) -> Iterator[str]:
    """Run `archcalc serve WORDS` on a free port; the address of its page."""
    command = [sys.executable, "-u", "-m", "archcalc", "serve", *words, "--port", "0", "--no-browser"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if found := ADDRESS.search(line):
            return found[0]
    raise AssertionError(f"archcalc serve ended with {process.wait()}: {said}")


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012, what the base class has
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, format: str, *words: object) -> None:
        self.server.requests.append(self.path)  # type: ignore[attr-defined]


@contextlib.contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """Serve the files of a folder, as any static host does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    server.requests = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
