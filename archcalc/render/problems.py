"""Problems of a spec as text, each with the line at fault and a caret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.messages import counted
from archcalc.core.problem import MOST_PROBLEMS
from archcalc.render.screen import BOLD, DIM, RED

if TYPE_CHECKING:
    from archcalc.core.problem import Problem
    from archcalc.render.screen import Screen


def print_problems(problems: tuple[Problem, ...], out: Screen, limit: int = 20) -> None:
    """Print each problem with its line and a caret; of more than `limit`, the number of the rest."""
    for problem in problems[:limit]:
        out.line(out.styled(f"{problem.location}: ", BOLD) + problem.message)
        _print_place(problem, out)
        _print_related(problem, out)
    if len(problems) > limit:
        least = "at least " if len(problems) >= MOST_PROBLEMS else ""
        out.line(f"and {least}{counted(len(problems) - limit, 'more problem')}")


def _print_related(problem: Problem, out: Screen, limit: int = 5) -> None:
    """The places that led to a problem, the nearest first; of a long way only the ends."""
    lines = [f"  {location}: {what}" for location, what in problem.related]
    if len(lines) > limit:
        lines[limit - 2 : -1] = [f"  and {len(lines) - limit + 1} places between"]
    for line in lines:
        out.line(line, DIM)


def _print_place(problem: Problem, out: Screen, width: int = 120) -> None:
    location = problem.location
    line = location.source.line(location.line)
    if not line.strip():
        return
    start = max(0, location.column - 1 - width // 2)
    shown = "".join(char if char.isprintable() else " " for char in line[start : start + width])
    shown = ("..." + shown[3:] if start else shown) + ("..." if len(line) > start + width else "")
    caret = " " * (location.column - 1 - start) + "^"
    out.line(f"    {shown}")
    out.line(f"    {caret}", RED)
