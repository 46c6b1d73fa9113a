"""Runs `archcalc check` in a process of its own that may use little, and writes down what it touched.

Usage: hostile_probe.py REPORT SPEC...
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from archcalc.cli.main import main

SECONDS, BYTES = 30, 1_000_000_000
FILES = ("open", "os.listdir", "os.scandir")
DEEDS = ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "os.remove")

touched: set[str] = set()
done: set[str] = set()


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Note files that are opened, folders that are listed, and deeds that no reader of specs does."""
    if event in FILES and arguments and isinstance(arguments[0], (str, bytes)):
        touched.add(os.path.realpath(os.fsdecode(arguments[0])))
    if event in DEEDS:
        done.add(event)


def peak_kilobytes() -> int:
    """The most memory this program has had; 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


if __name__ == "__main__":
    report, *specs = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    sys.addaudithook(watch)
    try:
        main(["check", *specs])
    except SystemExit as end:
        seen = {"code": end.code, "touched": sorted(touched), "done": sorted(done), "peak_kilobytes": peak_kilobytes()}
        Path(report).write_text(json.dumps(seen))
