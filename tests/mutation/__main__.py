"""Runs the quick tests on code with one mistake each: `make mutate`, or `python -m tests.mutation archcalc/core`.

The tree is copied to build/mutate, where cosmic-ray makes the mistakes. One run of the tests under coverage says which
tests run which line; of a mistake, those of its line are run. The mistakes that they do not notice are written to
build/mutate/survivors.diff.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from random import Random

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_item import MutationSpec

from tests.mutation.covering import Covering
from tests.mutation.mutants import modules, mutants
from tests.mutation.trial import fails, preload

ROOT = Path(__file__).parents[2]
COPY = ROOT / "build" / "mutate"
COPIED = ("archcalc", "specs", "tests", "docs", "reports", "pyproject.toml", "README.md", "Makefile")
TARGETS = ("archcalc/core", "archcalc/ops", "archcalc/analysis")
TESTS = ("tests/core", "tests/ops", "tests/analysis", "tests/tables", "tests/explain", "tests/reference",
         "tests/networks", "tests/results", "tests/spec/test_formula.py", "tests/measure/test_memory.py")  # fmt: skip
"""The quick tests that look at numbers."""


def copy_tree() -> None:
    """Make a tree of its own, in which mistakes can be made, and enter it."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, COPY / name)
    os.chdir(COPY)


def covering(tests: list[str]) -> Covering:
    """Run the tests once on the code as it is, and return which of them run which line."""
    output = COPY / "covering.json"
    path = os.pathsep.join([str(COPY), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.mutation.covering", str(output), *tests]
    subprocess.run(command, check=True, stdout=sys.stderr, env=environment)
    return Covering.read(output)


@contextmanager
def mistaken(spec: MutationSpec) -> Iterator[str]:
    """Make one mistake in its module as long as the block runs; yield it as a difference, empty if there is none."""
    path = Path(spec.module_path)
    code, times = path.read_text(encoding="utf-8"), path.stat()
    operator = get_operator(spec.operator_name)(**dict(spec.operator_args))
    changed = mutate_code(code, operator, spec.occurrence) or code
    before, after = (each.splitlines(keepends=True) for each in (code, changed))
    path.write_text(changed, encoding="utf-8")
    try:
        yield "".join(unified_diff(before, after, str(path), str(path), n=1))
    finally:
        path.write_text(code, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # what is compiled is that of the code again


def survives(spec: MutationSpec, tests: Covering) -> str | None:
    """Return the mistake as a difference where no test notices it."""
    chosen = tests.of_line(str(spec.module_path), spec.start_pos[0])
    with mistaken(spec) as difference:
        seconds = 10 + 3 * sum(tests.tests[each] for each in chosen)
        noticed = not difference or (chosen and fails(chosen, COPY, seconds))
    return None if noticed else f"# {len(chosen)} tests\n{difference}\n"


def report(target: str, asked: argparse.Namespace, tests: Covering) -> None:
    """Run the mistakes of one target; print how many are noticed, and keep the others."""
    every = mutants(modules(target), COPY / "mutants.sqlite")
    drawn = every if asked.mutants in range(1) else Random(asked.seed).sample(every, min(asked.mutants, len(every)))
    end = time.monotonic() + asked.minutes * 60
    tried = alive = 0
    for spec in drawn:
        if time.monotonic() > end:
            break
        found = survives(spec, tests)
        tried += 1
        if found:
            alive += 1
            with (COPY / "survivors.diff").open("a", encoding="utf-8") as out:
                out.write(found)
        print(f"\r{target}: {tried} of {len(drawn)}, {alive} not noticed", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    killed = tried - alive
    print(
        f"{target}: {killed} of {tried} killed ({killed / max(1, tried):.1%}), out of {len(every):,} mutants",
        flush=True,
    )


def main() -> None:
    """Copy the tree, draw mistakes, run the tests on each, and print the share that they notice."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("targets", nargs="*", default=list(TARGETS), help="directories or modules")
    parser.add_argument("--mutants", type=int, default=100, help="how many to draw for each target; 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60, help="after which no more of a target are tried")
    parser.add_argument("--tests", nargs="*", default=list(TESTS), help="tests in place of the quick ones")
    asked = parser.parse_args()
    copy_tree()
    tests = covering(asked.tests)
    preload()
    for target in asked.targets:
        report(target, asked, tests)


if __name__ == "__main__":
    main()
