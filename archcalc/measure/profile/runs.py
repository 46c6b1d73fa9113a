"""How often something is run, and the times of the runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.measure.profile.stopwatch import Stopwatch

Timed = TypeVar("Timed")

ROUNDS = 2
"""Number of rounds; the relative difference between them is the spread."""
LEAST_RUNS = 3
"""In each round, however long a run takes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A number of warm-up runs, and the runs of each round: a fixed number, or as many as fit into `seconds`."""

    warmup: int = 3
    runs: int | None = None
    seconds: float = 10.0

    def enough(self, runs: int, seconds: float) -> bool:
        """Return whether a round with a number of runs and a duration is complete."""
        if self.runs is not None:
            return runs >= self.runs
        return runs >= LEAST_RUNS and seconds >= self.seconds / ROUNDS


def rounds_of(run: Callable[[], object], plan: Plan, stopwatch: Stopwatch) -> list[list[float]]:
    """Milliseconds of every run, round by round, warmed up."""
    warm_up(run, plan)
    return [one_round(lambda: stopwatch.milliseconds(run), plan, stopwatch) for _ in range(ROUNDS)]


def warm_up(run: Callable[[], object], plan: Plan) -> None:
    """The runs that do not count: algorithms are chosen, memory is taken, code is compiled."""
    for _ in range(plan.warmup):
        run()


def one_round(timed: Callable[[], Timed], plan: Plan, stopwatch: Stopwatch) -> list[Timed]:
    """Return the times of all runs of a round."""
    found: list[Timed] = []
    start = stopwatch.clock()
    while not plan.enough(len(found), stopwatch.clock() - start):
        found.append(timed())
    return found
