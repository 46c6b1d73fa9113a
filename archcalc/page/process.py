"""A child process that answers calls, and is ended when an analysis takes too long or too much memory."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import IO, TYPE_CHECKING, Any

from archcalc.core.problem import Unavailable
from archcalc.page.child import LENGTH, send

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 10.0
BYTES = 1_000_000_000
"""What one call may take: time, and memory beyond what the process has before its first call."""
START_SECONDS = 120.0
"""A module of PyTorch is recorded before the first call."""
BETWEEN_LOOKS = 0.05


class Stopped(Exception):
    """A call was ended: how, in a sentence."""


class Worker:
    """One child process at a time; after one was ended, the next call starts another."""

    def __init__(self, setup: Mapping[str, Any], *, seconds: float = SECONDS, most_bytes: int = BYTES) -> None:
        self._setup, self._seconds, self._most_bytes = dict(setup), seconds, most_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._idle_bytes, self._closed = 0, False
        self._lock = Lock()

    def start(self) -> None:
        """Start the process if there is none; Unavailable where it cannot do what it is for."""
        with self._lock:
            self._started()

    def answer(self, call: str, request: str) -> str:
        """Return the answer to a call; Stopped where it took more than it may."""
        with self._lock:
            process = self._started()
            assert process.stdin is not None
            try:
                send(process.stdin, f"{call}\n{request}".encode())
                return self._received(process, self._seconds).decode()
            except (OSError, EOFError):
                self._end()
                raise Stopped("the analysis ended without an answer; the next change starts another") from None
            except BaseException:
                self._end()
                raise

    def close(self) -> None:
        """End the process, and with it a call that it is at; no other is started."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise Unavailable("the server is ending")
        if self._process is None or self._process.poll() is not None:
            self._end()
            command = [sys.executable, "-m", "archcalc.page.child"]
            # In a group of its own: Ctrl-C in the terminal is for the server, which then ends this process.
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), process_group=0
            )
            assert self._process.stdin is not None
            send(self._process.stdin, json.dumps(self._setup).encode())
            self._idle_bytes, most = 0, self._most_bytes
            try:
                self._most_bytes = sys.maxsize  # what recording a module takes is the user's own choice
                ready = json.loads(self._received(self._process, START_SECONDS))
            except EOFError:
                raise Unavailable("the process that analyzes ended at its start") from None
            finally:
                self._most_bytes = most
            if "error" in ready:
                self._end()
                raise Unavailable(ready["error"])
            self._idle_bytes = _memory(self._process.pid)
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
            self._process = None

    def _received(self, process: subprocess.Popen[bytes], seconds: float) -> bytes:
        assert process.stdout is not None
        until = monotonic() + seconds
        length = int.from_bytes(self._read(process, process.stdout, LENGTH, until, seconds))
        return self._read(process, process.stdout, length, until, seconds)

    def _read(self, process: subprocess.Popen[bytes], stream: IO[bytes], size: int, until: float, seconds: float
              ) -> bytes:  # fmt: skip
        """Read so many bytes, and look every moment at what the process takes."""
        found = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while len(found) < size:
                ready = selector.select(BETWEEN_LOOKS)
                if ready:
                    piece = os.read(stream.fileno(), size - len(found))
                    if not piece:
                        raise EOFError
                    found += piece
                if monotonic() > until:
                    raise Stopped(f"stopped after {seconds:g} seconds: the spec takes too long to analyze")
                if _memory(process.pid) - self._idle_bytes > self._most_bytes:
                    raise Stopped(f"stopped at {self._most_bytes / 1e9:g} GB of memory: the spec takes too much")
        return bytes(found)


def _memory(process: int) -> int:
    """Return the bytes of memory that a process holds; 0 where the system does not say it as Linux does."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _environment() -> dict[str, str]:
    """Return this process's environment, in which archcalc is found where this one is."""
    root = str(Path(__file__).resolve().parents[2])
    given = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": root if not given else os.pathsep.join((root, given))}
