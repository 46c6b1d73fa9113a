"""What is fuzzed: the whole way from bytes to numbers and tables, and what may be raised and said on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch
from zlib import crc32

import archcalc
from archcalc.core.problem import Problem, SpecError, Unavailable, UsageError
from archcalc.explain.layer import explain
from archcalc.render.diagram import Asked, drawn
from archcalc.render.formats import TABLE_FORMATS, table_format
from archcalc.render.json import analysis_object, object_json
from archcalc.render.problems import print_problems
from archcalc.render.screen import Screen
from archcalc.render.text_table import print_table
from archcalc.results.audit import audit
from archcalc.spec import expand, work
from archcalc.tables.layers import STYLES, layer_table
from archcalc.tables.options import TableOptions

LONGEST_MESSAGE = 800
MOST_LINES = 200
MOST_TABLED = 30  # layers: longer tables only take longer
DRAWINGS = (("graph", ".dot"), ("graph", ".mmd"), ("kernels", ".svg"), ("unroll", ".svg"), ("volume", ".svg"))
Choice = TypeVar("Choice")
CONVENTIONS = ("macs", "flops", "torch", "fvcore", "fvcore-train", "ptflops", "thop", "ultralytics", "keras")


@contextmanager
def small_networks(layers: int = 1_000) -> Iterator[None]:
    """Specs may expand to so many layers only: what takes long is not what is looked for."""
    with patch.object(expand, "MOST_LAYERS", layers), patch.object(work, "ALLOWED", 100 * layers):
        yield


def examine(path: Path, data: bytes) -> str:
    """Take bytes for a spec, written to `path`: what came of them, in a word. Whatever else is raised is a mistake."""
    path.write_bytes(data)
    try:
        spec = archcalc.load(path)
        analysis = archcalc.analyze(spec, convention=_one_of(CONVENTIONS, data))
    except SpecError as error:
        _check_problems(error.problems)
        return "problems"
    except UsageError as error:
        if "has no default" not in str(error):
            raise
        return "usage"
    assert analysis.totals.params == sum(layer.params for layer in analysis.layers)
    assert analysis.totals.cost == sum(layer.cost for layer in analysis.layers) >= 0
    if len(spec.graph.nodes) <= MOST_TABLED:
        _print_everything(analysis, _one_of(tuple(STYLES), data), data)
    if spec.published:
        audit(str(path))
    return "analysis"


def _one_of(choices: tuple[Choice, ...], data: bytes) -> Choice:
    """One of several things to try, always the same for the same bytes: all at once would take too long."""
    return choices[crc32(data) % len(choices)]


def _check_problems(problems: tuple[Problem, ...]) -> None:
    assert problems, "refused without a problem"
    for problem in problems:
        assert problem.found
        assert len(problem.message) <= LONGEST_MESSAGE, problem.message
        assert not re.search(r"<[\w.]+ object|Traceback|object at 0x", problem.message), problem.message
        if problem.location.line and problem.location.source.lines:
            line = problem.location.source.line(problem.location.line)
            assert 1 <= problem.location.column <= len(line) + 1, problem
    out = StringIO()
    print_problems(problems, Screen(out, 200))
    assert out.getvalue().count("\n") <= MOST_LINES


def _print_everything(analysis: archcalc.Analysis, style: str, data: bytes) -> None:
    object_json(analysis_object(analysis))
    print_table(layer_table(analysis, TableOptions(style=style)), Screen(StringIO(), 80))
    for layer in analysis.layers[:5]:
        explain(analysis, layer.path)
    shown = layer_table(analysis, TableOptions())
    name = _one_of(tuple(TABLE_FORMATS), data)
    if table_format(name)(shown).count("\x1b"):
        raise AssertionError(f"control characters in {name}")
    _draw(analysis, *_one_of(DRAWINGS, data))


def _draw(analysis: archcalc.Analysis, kind: str, ending: str) -> None:
    try:
        assert drawn(kind, [analysis], Asked(), f"a{ending}")
    except (UsageError, Unavailable):  # some networks cannot be drawn so, and say why
        return
