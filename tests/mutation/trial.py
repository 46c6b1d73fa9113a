"""Runs of tests on mutants, each in a process of its own.

`Trials` imports the tests and the code once; each mutant is a fork in which the functions that differ are replaced.
`fails_anew` imports the code and its tests again: for mutants that functions do not show, and to confirm survivors.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.mutation.covering import Covering
from tests.mutation.mutants import Mutant
from tests.mutation.patching import Live, patch

OPTIONS = (
    "-q", "-s", "-p", "no:cacheprovider", "-m", "not slow", "--hypothesis-profile", "mutate",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",
)  # fmt: skip
MEMORY = 2 * 2**30
"""Bytes that a test may take in addition to what was there when it began."""
MOST_SEEDS = 40
"""Random networks of a test of tests/reference; the others are left out, for time."""
UNKNOWN = 99
"""The exit status of a process that could not run its tests."""
LIBRARIES = (
    "click",
    "hypothesis.strategies",
    "jinja2",
    "networkx",
    "rich.table",
    "simpleeval",
    "tabulate",
    "torch",
    "yaml",
)


class Outcome(Enum):
    """What became of a mutant."""

    SURVIVED = 0
    KILLED = 1
    OUT_OF_TIME = 2
    NOT_PATCHED = 3


def preload() -> None:
    """Import once what every run needs, and let Hypothesis draw the same examples in every run, without shrinking."""
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.dont_write_bytecode = True  # of a mistake, which would then be taken for the code
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "mutate", derandomize=True, deadline=None, database=None, phases=phases,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for name in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)


def forked(work: Callable[[], Outcome]) -> Outcome:
    """Do something in a process of its own, which is ended when a test takes too much CPU time."""
    child = os.fork()
    if child == 0:
        said, nothing = os.dup(2), os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        try:
            os._exit(work().value)
        except MemoryError:
            os._exit(Outcome.KILLED.value)
        except BaseException:
            os.write(said, traceback.format_exc().encode())
            os._exit(UNKNOWN)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == UNKNOWN:
        raise RuntimeError("the tests could not be run")
    if status == -signal.SIGXCPU:
        return Outcome.OUT_OF_TIME
    return Outcome(status) if status in range(len(Outcome)) else Outcome.KILLED


def limit(seconds: float) -> None:
    """Bound the CPU time of this process from now on, and its memory."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    until = int(own.ru_utime + own.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 2**20
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


class Trials:
    """A plugin of pytest that, in place of running the collected tests once, hands them to a function."""

    def __init__(self, work: Callable[[list[pytest.Item], Live], None]) -> None:
        self._work = work

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out most of many seeds."""
        kept, counts = list[pytest.Item](), dict[str, int]()
        for item in items:
            name = item.nodeid.partition("[")[0]
            counts[name] = counts.get(name, 0) + 1
            if counts[name] <= MOST_SEEDS or not name.startswith("tests/reference"):
                kept.append(item)
        items[:] = kept

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Work with the tests."""
        gc.collect()
        live = Live.of_process(Path.cwd())
        gc.freeze()  # so that forks share what is there
        self._work(session.items, live)
        return True


def collected(tests: list[str], folder: Path, work: Callable[[list[pytest.Item], Live], None]) -> None:
    """Import the code and its tests from a folder, and work with the tests."""
    enter(folder)
    if pytest.main([*OPTIONS, *tests], plugins=[Trials(work)]) == pytest.ExitCode.INTERNAL_ERROR:
        raise SystemExit("the tests could not be run")


def enter(folder: Path) -> None:
    """Import from a folder from now on."""
    os.chdir(folder)
    sys.path[:] = [str(folder), *(each for each in sys.path if Path(each) != Path(__file__).parents[2])]
    for name in [each for each in sys.modules if each.partition(".")[0] in ("archcalc", "tests")]:
        del sys.modules[name]


def fails_patched(live: Live, mutant: Mutant, before: str, chosen: list[pytest.Item], covering: Covering) -> Outcome:
    """Run tests on the imported code with the functions of a mutant, up to the first that fails."""
    if not patch(live, mutant.path, before, mutant.code):
        return Outcome.NOT_PATCHED
    for item, following in zip(chosen, [*chosen[1:], None], strict=True):
        limit(2 + 4 * covering.tests[item.nodeid])
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if item.session.testsfailed:
            return Outcome.KILLED
    return Outcome.SURVIVED


def fails_anew(tests: list[str], folder: Path, seconds: float) -> Outcome:
    """Run tests on the code in a folder, imported anew, up to the first that fails."""

    def work() -> Outcome:
        enter(folder)
        limit(seconds)
        return Outcome.KILLED if pytest.main([*OPTIONS, "-x", *tests]) else Outcome.SURVIVED

    return forked(work)


def cpu() -> float:
    """Return the seconds of CPU that this process and the ended ones that it started have taken."""
    each = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in each)
