"""Ctrl-C and kill -9 at random moments of every command: `make interrupt ENDED=300 SEED=1`.

A command that was ended leaves the output as it was before, or whole; nothing else lies in the folder; Ctrl-C gives 130
unless the command had ended before it came, and no traceback. Files of a folder of results are whole, each.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import archcalc
from archcalc.cli.commands import COMMANDS as NAMES

OUT, RESULTS = "out.svg", "results"
COMMANDS = (
    "table slow_fusion -o out.svg",
    "table i3d --format json -o out.svg",
    "table r3d_18 --format html -o out.svg",
    "build i3d -o out.svg",
    "show i3d",
    "ops conv3d",
    "clip --size 640x480 --fps 30 --duration 60",
    "fit r3d_18 --memory 8GiB",
    "diagram slow_fusion --kind volume -o out.svg",
    "diagram r3d_18 --kind kernels -o out.svg",
    "compare c3d i3d -o out.svg",
    "audit i3d -o out.svg",
    "list -o out.svg",
    "list --long",
    "schema -o out.svg",
    "explain c3d conv1a",
    "check c3d i3d",
    "init --force out.svg",
    "import torch.nn:ReLU --input clip=3x4x8x8 -o out.svg",
    "verify late_fusion -o out.svg",
    "profile late_fusion --seconds 0.1 --output results",
    "report late_fusion --seconds 0.1 --output results",
    "lint c3d i3d --exit-zero -o out.svg",
    "rules",
    "sweep x3d_grid -o out.svg",
    "search r2plus1d_mid -o out.svg",
    "page slow_fusion -o out.svg",
)
ENDLESS = ("serve",)
"""Commands that do not end on their own; they have tests of theirs."""
BEFORE = b"what was there before"
START = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\nimport sys, os\n"
START += "from archcalc import interrupts; interrupts.handle(); os.write(int(sys.argv.pop(1)), b'.')\n"
START += "from archcalc.__main__ import run; run()"
"""The command as it starts, which says when it handles Ctrl-C: what comes before that is Python's."""


def whole(command: str, folder: Path) -> tuple[bytes, float]:
    """Return what a command writes if nothing ends it, and how many seconds it takes."""
    start = time.monotonic()
    process = started(command, folder)
    _, errors = process.communicate()
    assert process.returncode == 0, f"{command}: {process.returncode} {errors[-300:]}"
    path = folder / OUT
    return path.read_bytes() if path.exists() else b"", time.monotonic() - start


def started(command: str, folder: Path) -> subprocess.Popen[str]:
    """Start a command in a folder, and return when it handles Ctrl-C."""
    read, write = os.pipe()
    environment = {**os.environ, "PYTHONPATH": str(Path(archcalc.__file__).parents[1])}
    line = [sys.executable, "-c", START, str(write), *command.split()]
    process = subprocess.Popen(line, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               text=True, pass_fds=[write])  # fmt: skip
    os.close(write)
    os.read(read, 1)
    os.close(read)
    return process


def ended(command: str, folder: Path, expected: bytes, wait: float, number: signal.Signals) -> str:
    """End a command after some seconds, and return its exit code; AssertionError if it left what it should not."""
    (folder / OUT).write_bytes(BEFORE)
    shutil.rmtree(folder / RESULTS, ignore_errors=True)
    process = started(command, folder)
    time.sleep(wait)
    process.send_signal(number)
    _, errors = process.communicate()
    case = f"{command}, {number.name} after {wait:.3f} s: {process.returncode} {errors[-300:]}"
    assert "Traceback" not in errors, case
    assert "error in archcalc" not in errors, case
    assert process.returncode in ((0, 130) if number is signal.SIGINT else (0, -signal.SIGKILL)), case
    assert same((folder / OUT).read_bytes(), expected), f"half a file: {case}"
    left = sorted(set(os.listdir(folder)) - {OUT, RESULTS})
    assert not left, f"left {left}: {case}"
    for path in (folder / RESULTS).rglob("*"):
        assert path.is_dir() or is_whole(path), f"half a file {path.name}: {case}"
    return f"{number.name} {process.returncode}"


def same(found: bytes, expected: bytes) -> bool:
    """Return whether an output is what was there before, or all that the command writes."""
    return found in (BEFORE, expected)


def is_whole(path: Path) -> bool:
    """Return whether a file of a folder of results is one of those there should be, to its end."""
    data = path.read_bytes()
    if path.suffix == ".json":
        try:
            return bool(json.loads(data))
        except ValueError:
            return False
    if path.suffix == ".svg":
        return data.rstrip().endswith(b"</svg>")
    return path.suffix in (".md", ".csv", ".html") and data.endswith(b"\n")


def main() -> None:
    """End commands for a while, and say what came of them; exit with 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=600)
    parser.add_argument("--seed", type=int, default=random.randrange(1, 2**31))
    asked = parser.parse_args()
    assert {each.split()[0] for each in COMMANDS} == set(NAMES).difference(ENDLESS), "every command"
    chance, outcomes, end = random.Random(asked.seed), Counter[str](), time.monotonic() + 60 * asked.minutes
    with tempfile.TemporaryDirectory() as name:
        folder, known, wrong = Path(name), dict[str, tuple[bytes, float]](), 0
        while outcomes.total() < asked.commands and time.monotonic() < end:
            command = COMMANDS[outcomes.total() % len(COMMANDS)]
            if command not in known:
                (folder / OUT).unlink(missing_ok=True)
                known[command] = whole(command, folder)
            expected, took = known[command]
            number = chance.choice((signal.SIGINT, signal.SIGKILL))
            try:
                outcomes[ended(command, folder, expected, chance.uniform(0, took), number)] += 1
            except AssertionError as error:
                outcomes["wrong"] += 1
                wrong += 1
                print(error, flush=True)
                for each in set(os.listdir(folder)) - {OUT, RESULTS}:
                    shutil.rmtree(folder / each) if (folder / each).is_dir() else (folder / each).unlink()
    print(f"{outcomes.total()} commands ended, seed {asked.seed}: {dict(outcomes)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
