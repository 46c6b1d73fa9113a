"""Ctrl-C and kill -9 at random moments of every command: `python -m tests.fuzz.interrupted --minutes 2 --seed 1`.

A command that was ended leaves the output as it was before, or whole; nothing else lies in the folder; Ctrl-C gives 130
unless the command had ended before it came, and no traceback.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import archcalc

OUT = "out.svg"
COMMANDS = (
    "table slow_fusion -o out.svg",
    "table i3d --format json -o out.svg",
    "build i3d -o out.svg",
    "show i3d",
    "diagram slow_fusion --kind volume -o out.svg",
    "diagram r3d_18 --kind kernels -o out.svg",
    "compare c3d i3d -o out.svg",
    "audit i3d -o out.svg",
    "list -o out.svg",
    "schema -o out.svg",
    "explain c3d conv1a",
    "check c3d i3d",
    "init --force out.svg",
    "verify late_fusion -o out.svg",
    "profile late_fusion --seconds 0.2 --output profiles",
)
BEFORE = b"what was there before"
START = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\nimport sys, os\n"
START += "from archcalc import interrupts; interrupts.handle(); os.write(int(sys.argv.pop(1)), b'.')\n"
START += "from archcalc.__main__ import run; run()"
"""The command as it starts, which says when it handles Ctrl-C: what comes before that is Python's."""


def whole(command: str, folder: Path) -> tuple[bytes, float]:
    """What a command writes when it is left alone, and how long it takes."""
    start = time.monotonic()
    started(command, folder).wait()
    path = folder / OUT
    return path.read_bytes() if path.exists() else b"", time.monotonic() - start


def started(command: str, folder: Path) -> subprocess.Popen[str]:
    """The command in a folder, from the moment on at which it handles Ctrl-C."""
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
    """End a command after a while: what came of it; AssertionError when it left what it should not."""
    (folder / OUT).write_bytes(BEFORE)
    process = started(command, folder)
    time.sleep(wait)
    process.send_signal(number)
    _, errors = process.communicate()
    case = f"{command}, {number.name} after {wait:.3f} s: {process.returncode} {errors[-300:]}"
    assert "Traceback" not in errors, case
    assert "mistake in archcalc" not in errors, case
    assert process.returncode in ((0, 130) if number is signal.SIGINT else (0, -signal.SIGKILL)), case
    assert (folder / OUT).read_bytes() in (BEFORE, expected), f"half a file: {case}"
    left = sorted(set(os.listdir(folder)) - {OUT, "profiles"})
    assert not left, f"left {left}: {case}"
    return f"{number.name} {process.returncode}"


def main() -> None:
    """End commands for a while, and say what came of them; exit with 1 at the first that went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", type=int, default=random.randrange(1, 2**31))
    asked = parser.parse_args()
    chance, outcomes, end = random.Random(asked.seed), Counter[str](), time.monotonic() + 60 * asked.minutes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = {}
        while time.monotonic() < end:
            command = chance.choice(COMMANDS)
            if command not in known:
                (folder / OUT).unlink(missing_ok=True)
                known[command] = whole(command, folder)
            expected, took = known[command]
            number = chance.choice((signal.SIGINT, signal.SIGKILL))
            outcomes[ended(command, folder, expected, chance.uniform(0, took), number)] += 1
    print(f"{outcomes.total()} commands ended: {dict(outcomes)}")


if __name__ == "__main__":
    main()
