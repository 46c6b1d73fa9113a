"""Whole processes, timed side by side."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

MIB = 1024
"""KiB, in which Linux reports memory."""


@dataclass(frozen=True)
class Run:
    """One process: seconds on the clock, the most memory it had in MiB, and what it printed."""

    seconds: float
    memory: float
    printed: str


PARENT = """
import resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
seconds = time.perf_counter() - start
print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(done.stdout, end="")
sys.exit(done.returncode)
"""
"""A parent of its own for each process: the system reports the largest child that a process ever had."""


def run(command: Sequence[str]) -> Run:
    """Run a process to its end; RuntimeError with its last words when it fails."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-c", PARENT, *command], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    first, _, rest = done.stdout.partition("\n")
    seconds, kib = first.split()
    return Run(float(seconds), int(kib) / MIB, rest)


def rounds(commands: Mapping[str, Sequence[str]], count: int) -> dict[str, list[Run]]:
    """Run every command so many times, alternating, so that all of them see the same machine."""
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(count):
        for name, command in commands.items():
            found[name].append(run(command))
    return found


def ratio(runs: Sequence[Run], against: Sequence[Run]) -> float:
    """The median over rounds of one command's seconds over another's."""
    return median(one.seconds / other.seconds for one, other in zip(runs, against, strict=True))
