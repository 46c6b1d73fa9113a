"""Coverage-guided fuzzing of specs, formats, drawings and command lines.

`make fuzz MINUTES=10`, or `python -m tests.fuzz --minutes 10 --seed 7`.

Every mistake is written once, with the spec that shows it, to the folder given; the run continues.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType
from zlib import crc32

import atheris

with atheris.instrument_imports(include=["archcalc"]):
    from tests.fuzz.command_lines import examine_command_line
    from tests.fuzz.mutations import MOST_BYTES, Mutator, seeds
    from tests.fuzz.target import examine, small_networks

FOUND = Path(__file__).with_name("found")
MEMORY = "/dev/shm"  # every spec is written to a file and read back
SLOW = 5  # seconds of CPU: a busy machine makes nothing slow
COMMAND_LINES = 4  # one case in so many is a command line on the spec
MUCH = 150  # megabytes, for one spec


class TooSlow(Exception):
    """A spec took longer than any should."""


class TooMuch(Exception):
    """A spec took more memory than any should."""


def peak_megabytes() -> int:
    """The most memory this program has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


class Findings:
    """What went wrong, each kind once: by the kind of exception and the line that raised it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kinds: Counter[str] = Counter()

    def note(self, error: BaseException, data: bytes) -> None:
        """Keep the shortest spec that shows a kind of mistake, with its traceback."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__}_{Path(last.filename).stem}_{last.lineno}"
        self.kinds[kind] += 1
        spec = self.folder / f"{kind}.yaml"
        if not spec.exists() or len(data) < spec.stat().st_size:
            spec.write_bytes(data)
            spec.with_suffix(".txt").write_text("".join(traceback.format_exception(error)))


def too_slow(_: int, __: FrameType | None) -> None:
    raise TooSlow


class Run:
    """One run: what is examined until the time is over, and what came of it."""

    def __init__(self, folder: Path, findings: Findings, seconds: float) -> None:
        self.spec = folder / "spec.yaml"
        self.findings = findings
        self.end = time.process_time() + seconds
        self.outcomes: Counter[str] = Counter()

    def examine(self, data: bytes) -> None:
        """Run one spec; the first one after the end of the time ends the program: the fuzzer never returns."""
        if time.process_time() > self.end:
            self._finish()
        before = peak_megabytes()
        signal.setitimer(signal.ITIMER_PROF, SLOW)
        examined = examine if crc32(data) % COMMAND_LINES else examine_command_line
        try:
            self.outcomes[examined(self.spec, data)] += 1
            if peak_megabytes() - before > MUCH:
                raise TooMuch
        except Exception as error:
            self.outcomes["mistakes"] += 1
            self.findings.note(error, data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _finish(self) -> None:
        counts = ", ".join(f"{number:,} {outcome}" for outcome, number in self.outcomes.most_common())
        print(f"{self.outcomes.total():,} cases: {counts}", file=sys.stderr)
        for kind, times in self.findings.kinds.most_common():
            print(f"found {times} times: {self.findings.folder / kind}.yaml", file=sys.stderr)
        sys.stderr.flush()
        shutil.rmtree(self.spec.parent)
        os._exit(1 if self.findings.kinds else 0)


def change(data: bytes, size: int, seed: int) -> bytes:
    """What the fuzzer asks for: another spec out of one, no longer than so many bytes."""
    return Mutator(random.Random(seed)).change(data)[:size]


def main() -> None:
    """Fuzz for a while, say what came of it, and exit with 1 when anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=10, help="minutes of CPU: other work on the machine does not count"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(1, 2**31))
    parser.add_argument("--findings", type=Path, default=Path("build/fuzz"))
    asked = parser.parse_args()
    asked.findings.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=MEMORY if os.path.isdir(MEMORY) else None))
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(seeds(FOUND)):
        (corpus / str(number)).write_bytes(data)
    run = Run(folder, Findings(asked.findings), asked.minutes * 60)
    signal.signal(signal.SIGPROF, too_slow)
    options = [f"-seed={asked.seed}", f"-max_len={MOST_BYTES}", "-rss_limit_mb=4000", "-mutate_depth=1", str(corpus)]
    options.append(f"-artifact_prefix={asked.findings}/")
    atheris.Setup([sys.argv[0], *options], run.examine, custom_mutator=change)
    with small_networks():
        atheris.Fuzz()


if __name__ == "__main__":
    main()
