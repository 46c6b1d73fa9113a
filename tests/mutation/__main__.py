"""Runs the quick tests on code with one mistake each: `make mutate`, or `python -m tests.mutation archcalc/core`.

The tree is copied to build/mutate, where cosmic-ray makes the mistakes. Those that the tests do not notice are written
to build/mutate/survivors.diff.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome

ROOT = Path(__file__).parents[2]
COPY = ROOT / "build" / "mutate"
COPIED = ("archcalc", "specs", "tests", "docs", "pyproject.toml", "README.md", "Makefile")
TESTS = {
    "archcalc/core": ("tests/core", "tests/ops/test_cases.py", "tests/spec/test_formula.py"),
    "archcalc/ops": ("tests/ops",),
    "archcalc/analysis": ("tests/analysis", "tests/tables/test_compare.py"),
}
"""The quick tests that cover a directory."""
PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not slow")
UNLIKELY = re.compile(r"_(BitOr|BitXor|BitAnd|LShift|RShift|Pow|Is|IsNot)(_|$)")
"""Exchanges that nobody makes by mistake, and those of types in annotations, which never run."""


def mutants(paths: list[Path]) -> list[MutationSpec]:
    """Every mistake that cosmic-ray can make in these modules, without the unlikely ones."""
    with use_db(str(COPY / "mutants.sqlite"), WorkDB.Mode.create) as database:
        init(paths, database, {})
        specs = [spec for item in database.work_items for spec in item.mutations]
    lines = {path: path.read_text(encoding="utf-8").splitlines() for path in paths}
    return [
        spec
        for spec in specs
        if not UNLIKELY.search(spec.operator_name)
        and "TYPE_CHECKING" not in lines[Path(spec.module_path)][spec.start_pos[0] - 1]
    ]


def modules(target: str) -> list[Path]:
    """The module itself, or all modules of a directory."""
    path = Path(target)
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def tests_of(target: str) -> tuple[str, ...]:
    """The quick tests of the directory that a target is in."""
    return next((tests for directory, tests in TESTS.items() if target.startswith(directory)), ("tests",))


def survivors(specs: list[MutationSpec], command: str, seconds: float) -> Iterator[str]:
    """The mistakes that the tests do not notice, as differences."""
    for number, spec in enumerate(specs, 1):
        result = mutate_and_test([spec], command, seconds)
        if result.test_outcome is TestOutcome.SURVIVED:
            yield result.diff or f"{spec.module_path}: {spec.operator_name}"
        print(f"\r{number} of {len(specs)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def copy_tree() -> None:
    """A tree of its own, in which mistakes can be made."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, COPY / name)
    os.chdir(COPY)
    os.environ["PYTHONPATH"] = str(COPY)


def main() -> None:
    """Copy the tree, draw mistakes, run the tests on each, and print the share that they notice."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("targets", nargs="*", default=list(TESTS), help="directories or modules")
    parser.add_argument("--mutants", type=int, default=100, help="how many to draw for each target; 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=120, help="after which the tests of a mistake are stopped")
    parser.add_argument("--tests", nargs="*", default=[], help="tests in place of the quick ones of the directory")
    asked = parser.parse_args()
    copy_tree()
    for target in asked.targets:
        report(target, asked)


def report(target: str, asked: argparse.Namespace) -> None:
    """Run the mistakes of one target; print how many are noticed, and keep the others."""
    command = [*PYTEST, *(asked.tests or tests_of(target))]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # a failure without a mistake would hide them all
    every = mutants(modules(target))
    drawn = every if asked.mutants in range(1) else Random(asked.seed).sample(every, min(asked.mutants, len(every)))
    alive = list(survivors(drawn, shlex.join(command), asked.seconds))
    with (COPY / "survivors.diff").open("a", encoding="utf-8") as out:
        out.writelines(f"{each}\n" for each in alive)
    killed = len(drawn) - len(alive)
    print(f"{target}: {killed} of {len(drawn)} killed ({killed / len(drawn):.1%}), out of {len(every):,} mutants")


if __name__ == "__main__":
    main()
