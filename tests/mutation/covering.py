"""Which tests run a line of the code, and how long they take: one run of the tests under coverage."""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

OPTIONS = ("-q", "-p", "no:cacheprovider", "-m", "not slow", "-W", "ignore::pytest.PytestAssertRewriteWarning")
MOST_SEEDS = 40
"""Random networks of a test of tests/reference; the others are left out, for time."""
BUDGET = 20.0
"""Seconds of CPU that the tests of one line may take together, the fastest first."""


class Observer:
    """A plugin of pytest that says to coverage which test runs, and keeps how long each took."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out most of many seeds."""
        kept, counts = list[pytest.Item](), dict[str, int]()
        for item in items:
            name = item.nodeid.partition("[")[0]
            counts[name] = counts.get(name, 0) + 1
            if counts[name] <= MOST_SEEDS or not name.startswith("tests/reference"):
                kept.append(item)
        items[:] = kept

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Lines that run from now on are run by this test; seconds are of CPU, whatever else the machine does."""
        self.coverage.switch_context(item.nodeid)
        start = time.process_time()
        yield
        self.seconds[item.nodeid] += time.process_time() - start
        self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep which tests failed or were skipped."""
        if not report.passed:
            self.failed.add(report.nodeid)


def repeatable() -> None:
    """Let Hypothesis draw the same examples in every run, however busy the machine is."""
    settings.register_profile(
        "mutate", derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    settings.load_profile("mutate")


def observe(tests: list[str], output: Path) -> None:
    """Run the tests and write which of them run each line; tests that fail or are skipped are left out."""
    repeatable()
    coverage = Coverage(data_file=None, source=["archcalc"], config_file=False)
    observer = Observer(coverage)
    coverage.start()
    pytest.main([*OPTIONS, *tests], plugins=[observer])
    coverage.stop()
    data = coverage.get_data()
    kept = {each: seconds for each, seconds in observer.seconds.items() if each not in observer.failed}
    numbers = {each: number for number, each in enumerate(kept)}
    lines = {
        str(Path(file).relative_to(Path.cwd())): {
            line: [numbers[each] for each in contexts if each in numbers]
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    written: dict[str, Any] = {"tests": kept, "lines": lines}
    output.write_text(json.dumps(written), encoding="utf-8")


@dataclass(frozen=True)
class Covering:
    """Seconds of each test, and the tests that run each line of each module, by their numbers."""

    tests: dict[str, float]
    lines: dict[str, dict[str, list[int]]]

    @classmethod
    def read(cls, path: Path) -> Covering:
        """Read what `observe` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def of_line(self, module: str, line: int) -> list[str]:
        """Return the tests that run a line, the fastest first; those of the module where it runs on import only."""
        lines = self.lines.get(module, {})
        numbers = set(lines.get(str(line), ())) or {each for found in lines.values() for each in found}
        names = list(self.tests)
        chosen, left = list[str](), BUDGET
        for each in sorted((names[number] for number in numbers), key=lambda name: self.tests[name]):
            left -= self.tests[each]
            if left < 0 and chosen:
                break
            chosen.append(each)
        return chosen


if __name__ == "__main__":
    observe(sys.argv[2:], Path(sys.argv[1]))
