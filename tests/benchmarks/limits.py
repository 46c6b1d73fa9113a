"""Runs every long and hostile input and prints what it costs: `python -m tests.benchmarks.limits [WORDS]`.

Each runs as a process of its own, start included; seconds are those of the CPU, memory is the most that was resident.
With words, only the inputs whose title has one of them run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.benchmarks.hostile import DEPTHS, LENGTHS, LIMITS, Case

REFUSED_WITHIN = 0.9
"""Seconds of CPU, start included, in which what is refused is refused."""
KIB_IN_MB = 1000 / 1.024
SHOWN = 110
"""Letters of a message that the table shows."""


class Cost(NamedTuple):
    """What a process took, and how it ended."""

    seconds: float
    memory: float
    code: int
    said: str


PARENT = """
import json, os, subprocess, sys
messages = open(sys.argv[1], "wb")
process = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=messages)
_, status, used = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss, process.returncode]))
"""
"""A small parent for each process: what the system reports as its memory is at least that of the parent."""


def run(arguments: Sequence[str], folder: Path) -> Cost:
    """Run archcalc to its end."""
    messages = folder / "messages"
    command = [sys.executable, "-c", PARENT, str(messages), sys.executable, "-m", "archcalc", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment())
    seconds, kib, code = json.loads(done.stdout)
    lines = messages.read_text(encoding="utf-8", errors="replace").splitlines()
    return Cost(seconds, kib / KIB_IN_MB, code, lines[0] if lines else "")


def environment() -> dict[str, str]:
    """The environment, with compiled files kept."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def measured(case: Case) -> Cost:
    """Write the files of a case and run it."""
    with TemporaryDirectory() as folder:
        return run(case.write(Path(folder)), Path(folder))


def holds(case: Case, cost: Cost) -> bool:
    """Whether a case stays inside its limit."""
    if cost.code == 1 and case.refusable:
        return cost.seconds <= REFUSED_WITHIN
    return cost.code == 0 and cost.seconds <= case.most_seconds and cost.memory <= case.most_memory


def row(case: Case, cost: Cost) -> str:
    """A row of the table."""
    ended = {0: "done", 1: "refused"}.get(cost.code, f"exit {cost.code}")
    said = cost.said.rpartition("net.yaml:")[2].replace("|", "\\|")[:SHOWN]
    outcome = f"{ended}: {said}" if cost.code else ended
    verdict = "yes" if holds(case, cost) else "NO"
    return f"| {case.title} | {cost.seconds:.2f} | {cost.memory:.0f} | {outcome} | {verdict} |"


def exponent(costs: Sequence[Cost], start: float) -> float:
    """The power of the number of layers that seconds grow with, from a thousand to 100,000, the start left out."""
    first, last = (cost.seconds - start for cost in (costs[0], costs[-1]))
    return log(last / first) / log(100)


def section(cases: Sequence[Case]) -> list[Cost]:
    """Run some cases and print their rows."""
    print("| input | CPU s | MB | outcome | within limit |\n|---|---:|---:|---|---|")
    costs = []
    for case in cases:
        costs.append(measured(case))
        print(row(case, costs[-1]), flush=True)
    print()
    return costs


def main(words: Sequence[str]) -> None:
    """Run the cases, or those that words name."""
    if words:
        section([each for each in (*LIMITS, *LENGTHS, *DEPTHS) if any(word in each.title for word in words)])
        return
    section(LIMITS)
    lengths = section(LENGTHS)
    print(f"10,000,000 positions cost {lengths[-1].seconds / lengths[1].seconds:.2f} times as much as 10,000.\n")
    start = measured(LENGTHS[0]).seconds
    depths = section(DEPTHS)
    print(f"Seconds grow with the number of layers to the power of {exponent(depths, start):.2f}.")


if __name__ == "__main__":
    main(sys.argv[1:])
