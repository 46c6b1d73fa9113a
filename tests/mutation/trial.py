"""A run of some tests in a process of its own, on code with one mistake."""

from __future__ import annotations

import importlib
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.mutation.covering import OPTIONS, repeatable

MEMORY = 8 * 2**30
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


def preload() -> None:
    """Import once what every run needs; the code and its tests are imported by each run anew."""
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.dont_write_bytecode = True  # of a mistake, which would then be taken for the code
    repeatable()
    for name in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)


def fails(tests: list[str], folder: Path, seconds: float) -> bool:
    """Return whether one of the tests fails in a folder, or does not end within so many seconds of CPU."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _run(tests, folder, seconds)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def _run(tests: list[str], folder: Path, seconds: float) -> int:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    limit = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.chdir(folder)
    sys.path[:] = [str(folder), *(each for each in sys.path if Path(each) != Path(__file__).parents[2])]
    for name in [each for each in sys.modules if each.partition(".")[0] in ("archcalc", "tests")]:
        del sys.modules[name]
    return int(pytest.main([*OPTIONS, "-x", *tests]))
