"""Measures which fraction of mutants the quick tests kill: `make mutate`, or `python -m tests.mutation archcalc/core`.

The tree is copied to build/mutate. The tests are imported there once and run once under coverage, which says which
tests run which line. cosmic-ray makes mutants, code with one mistake each; some are drawn, and the tests that run the
statement of a mutant are run on it, the fastest first, until one fails or takes far more CPU time than on the code as
it is. Where functions alone differ, they are replaced in a fork of the process that has the tests imported; other
mutants, and those that no test noticed, are written into the copy and imported anew. Mutants that change nothing are in
equivalents.yaml with the reason. Those that survive are written to build/mutate/survivors.diff.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.mutation.covering import Covering, record
from tests.mutation.equivalents import reason, stale
from tests.mutation.mutants import Mutant, modules, mutant, specs_of
from tests.mutation.patching import Live
from tests.mutation.trial import Outcome, collected, cpu, fails_anew, fails_patched, forked, preload

ROOT = Path(__file__).parents[2]
COPY = ROOT / "build" / "mutate"
COPIED = ("archcalc", "specs", "tests", "docs", "reports", "pyproject.toml", "README.md", "Makefile")
TARGETS = ("archcalc/core", "archcalc/ops", "archcalc/analysis")
TESTS = ("tests/core", "tests/ops", "tests/analysis", "tests/tables", "tests/explain", "tests/reference",
         "tests/networks", "tests/results", "tests/conventions", "tests/lint/test_padding.py",
         "tests/tracing/test_queries.py", "tests/spec/test_formula.py", "tests/measure/test_memory.py")  # fmt: skip
"""The quick tests that look at numbers."""


@dataclass(frozen=True)
class Trial:
    """A mutant of a target, the tests that run its statement, and what became of it."""

    target: str
    mutant: Mutant
    tests: list[str]
    outcome: Outcome


def copy_tree() -> str:
    """Make a tree of its own, in which mistakes can be made, and enter it; return a digest of what was copied."""
    COPY.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source = ROOT / name
        shutil.rmtree(COPY / name, ignore_errors=True)
        if source.is_dir():
            shutil.copytree(source, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, COPY / name)
    os.chdir(COPY)
    digest = hashlib.sha256()
    for path in sorted(each for name in ("archcalc", "specs", "tests") for each in Path(name).rglob("*.*")):
        if path.is_file() and "mutation" not in path.parts:
            digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def drawn(target: str, asked: argparse.Namespace) -> tuple[list[Mutant], int]:
    """Draw mutants of a target; return them and how many there are."""
    specs = specs_of(modules(target), COPY / "mutants.sqlite")
    few = specs if asked.mutants in range(1) else Random(asked.seed).sample(specs, min(asked.mutants, len(specs)))
    return [each for each in map(mutant, few) if each], len(specs)


def warm_trials(found: dict[str, list[Mutant]], asked: argparse.Namespace, digest: str) -> Iterator[Trial]:
    """Run the tests on mutants of each target in forks of this process; yield what became of them."""
    trials: list[Trial] = []

    def work(items: list[pytest.Item], live: Live) -> None:
        path = COPY / f"covering-{hashlib.sha256((digest + repr(asked.tests)).encode()).hexdigest()[:16]}.json"
        if not path.exists():
            forked(lambda: _recorded(items, path))
        covering, by_name = Covering.read(path), {item.nodeid: item for item in items}
        for target, mutants in found.items():
            trials.extend(_of_target(target, mutants, live, covering, by_name, asked.minutes * 60))

    collected(asked.tests, COPY, work)
    yield from trials


def _recorded(items: list[pytest.Item], path: Path) -> Outcome:
    record(items, path)
    return Outcome.SURVIVED


def _of_target(
    target: str, mutants: list[Mutant], live: Live, covering: Covering, items: dict[str, pytest.Item], seconds: float
) -> Iterator[Trial]:
    counts, end = Counter[Outcome](), cpu() + seconds
    for number, each in enumerate(mutants, start=1):
        if cpu() > end:
            return
        names = covering.of_lines(each.path, each.lines)
        before, chosen = Path(each.path).read_text(encoding="utf-8"), [items[name] for name in names]
        outcome = forked(lambda: fails_patched(live, each, before, chosen, covering)) if chosen else Outcome.SURVIVED  # noqa: B023
        counts[outcome] += 1
        said = ", ".join(f"{count} {outcome.name.lower()}" for outcome, count in counts.items())
        print(f"\r{target}: {number} of {len(mutants)}: {said}", end="", file=sys.stderr, flush=True)
        trial = Trial(target, each, names, outcome)
        _keep([trial], "a")
        yield trial
    print(file=sys.stderr)


@contextmanager
def written(found: Mutant) -> Iterator[None]:
    """Write a mutant into the copy as long as the block runs."""
    path = Path(found.path)
    code, times = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(found.code, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(code, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # what is compiled is that of the code again


def confirmed(trial: Trial, *, quick: bool) -> Trial:
    """Run the tests again with all imported anew, where functions alone do not show the mutant or none noticed it."""
    if trial.outcome in (Outcome.KILLED, Outcome.OUT_OF_TIME) or not trial.tests:
        return trial
    if quick and trial.outcome is Outcome.SURVIVED:
        return trial
    with written(trial.mutant):
        outcome = fails_anew(trial.tests, COPY, 60)
    return Trial(trial.target, trial.mutant, trial.tests, outcome)


def report(trials: list[Trial], equivalent: dict[str, int], totals: dict[str, int]) -> None:
    """Print the fraction killed by module and target, and write the survivors."""
    _keep(trials, "w")
    for target, total in totals.items():
        own = [each for each in trials if each.target == target]
        for path in sorted({each.mutant.path for each in own}):
            print(f"  {path}: {_fraction([each for each in own if each.mutant.path == path])}")
        late = sum(each.outcome is Outcome.OUT_OF_TIME for each in own)
        print(
            f"{target}: {_fraction(own)}, {late} of them by the limit of time; {equivalent[target]} drawn that change "
            f"nothing, out of {total:,} mutants",
            flush=True,
        )


def _keep(trials: list[Trial], mode: str) -> None:
    with (COPY / "survivors.diff").open(mode, encoding="utf-8") as out:
        for each in trials:
            if each.outcome is Outcome.SURVIVED:
                out.write(f"# {len(each.tests)} tests\n{each.mutant.difference()}\n")


def _fraction(trials: list[Trial]) -> str:
    killed = sum(each.outcome is not Outcome.SURVIVED for each in trials)
    return f"{killed} of {len(trials)} killed ({killed / max(1, len(trials)):.1%})"


def main() -> None:
    """Copy the tree, draw mutants, run the tests on each, and print the fraction that they kill."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("targets", nargs="*", default=list(TARGETS), help="directories or modules")
    parser.add_argument("--mutants", type=int, default=100, help="how many to draw for each target; 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60, help="of CPU, after which no more of a target are tried")
    parser.add_argument("--tests", nargs="*", default=list(TESTS), help="tests in place of the quick ones")
    parser.add_argument("--quick", action="store_true", help="do not confirm survivors by a new import")
    asked = parser.parse_args()
    digest = copy_tree()
    for each in stale(COPY):
        print(f"equivalents.yaml lists a line that is gone: {each}", file=sys.stderr)
    (COPY / "survivors.diff").write_text("")
    preload()
    found, totals = dict[str, list[Mutant]](), dict[str, int]()
    for target in asked.targets:
        found[target], totals[target] = drawn(target, asked)
    equivalent = {target: sum(reason(each) is not None for each in mutants) for target, mutants in found.items()}
    tried = {target: [each for each in mutants if reason(each) is None] for target, mutants in found.items()}
    trials = [confirmed(each, quick=asked.quick) for each in warm_trials(tried, asked, digest)]
    report(trials, equivalent, totals)


if __name__ == "__main__":
    main()
