"""Which tests run a line of the code, and how long they take: one run of the tests under coverage."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from coverage import Coverage

BUDGET = 20.0
"""Seconds of CPU under coverage that the tests of one line may take together, the fastest first."""


class Outcomes:
    """A plugin of pytest that keeps which tests failed or were skipped."""

    def __init__(self) -> None:
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what did not pass."""
        if not report.passed:
            self.failed.add(report.nodeid)


def record(items: list[pytest.Item], output: Path) -> None:
    """Run tests and write which of them run each line; tests that fail or are skipped are left out."""
    coverage = Coverage(data_file=None, source=["archcalc"], config_file=False)
    outcomes, seconds = Outcomes(), dict[str, float]()
    items[0].config.pluginmanager.register(outcomes)
    coverage.start()
    for item, following in zip(items, [*items[1:], None], strict=True):
        coverage.switch_context(item.nodeid)
        start = time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        seconds[item.nodeid] = time.process_time() - start
        coverage.switch_context("")
    coverage.stop()
    kept = {each: spent for each, spent in seconds.items() if each not in outcomes.failed}
    output.write_text(json.dumps({"tests": kept, "lines": _lines(coverage, list(kept))}), encoding="utf-8")


def _lines(coverage: Coverage, kept: list[str]) -> dict[str, dict[int, list[int]]]:
    """By module and line the numbers of the tests that run it."""
    data, numbers = coverage.get_data(), {each: number for number, each in enumerate(kept)}
    return {
        str(Path(file).relative_to(Path.cwd())): {
            line: [numbers[each] for each in contexts if each in numbers]
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }


def _file(test: str) -> str:
    return test.partition("::")[0]


@dataclass(frozen=True)
class Covering:
    """Seconds of each test, and the tests that run each line of each module, by their numbers."""

    tests: dict[str, float]
    lines: dict[str, dict[str, list[int]]]

    @classmethod
    def read(cls, path: Path) -> Covering:
        """Read what `record` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def of_lines(self, module: str, lines: Iterable[int]) -> list[str]:
        """Return the tests that run one of the lines, the fastest first.

        A line that runs on import only, such as an attribute of a class, is seen by tests that run no line of its
        module: all tests are returned that lie in a file with one that does.
        """
        known, names = self.lines.get(module, {}), list(self.tests)
        numbers = {each for line in lines for each in known.get(str(line), ())}
        if not numbers:
            files = {_file(names[each]) for found in known.values() for each in found}
            numbers = {number for number, name in enumerate(names) if _file(name) in files}
        chosen, left = list[str](), BUDGET
        for each in sorted((names[number] for number in numbers), key=lambda name: self.tests[name]):
            left -= self.tests[each]
            if left < 0 and chosen:
                break
            chosen.append(each)
        return chosen
