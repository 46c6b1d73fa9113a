"""Collects the problems of one stage, each once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcalc.core.problem import MOST_PROBLEMS, Location, Problem, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable


MOST_TIMES = 10_000


class Diagnostics:
    """Problems by location and message; a repeated problem, as in a block with many calls, is only counted."""

    def __init__(self) -> None:
        self._problems: dict[tuple[Location, str], Problem] = {}
        self._counts: dict[tuple[Location, str], int] = {}

    def __len__(self) -> int:
        return len(self._problems)

    def add(
        self,
        location: Location,
        found: str,
        expected: str = "",
        hint: str = "",
        related: tuple[tuple[Location, str], ...] = (),
    ) -> None:
        """Add a problem; raise SpecError immediately if there are too many."""
        key = (location, found)
        if key not in self._problems and len(self._problems) == MOST_PROBLEMS:
            raise SpecError(self.problems())
        self._problems.setdefault(key, Problem(location, found, expected, hint, related))
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] == MOST_TIMES:
            raise SpecError(self.problems())

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add problems that another stage found."""
        for problem in problems:
            self.add(problem.location, problem.found, problem.expected, problem.hint, problem.related)

    def problems(self) -> list[Problem]:
        """Return all problems in the order of the text, with the number of repetitions."""
        counted = [
            replace(problem, found=f"{problem.found} ({self._counts[key]} times)") if self._counts[key] > 1 else problem
            for key, problem in self._problems.items()
        ]
        return sorted(counted, key=lambda each: (each.location.source.name, each.location.line, each.location.column))

    def raise_any(self) -> None:
        """Raise SpecError with all problems, if there are any."""
        if self._problems:
            raise SpecError(self.problems())
