"""Counts and ranks the outcomes of a search one by one: answers, the front, the best of each group, near misses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from archcalc.design.outcomes import watched
from archcalc.design.ranking import Vector, dominates, misses_of, vector_of
from archcalc.results.search import Point

if TYPE_CHECKING:
    from archcalc.design.designs import Design, Designs
    from archcalc.design.model import SearchFile
    from archcalc.design.outcomes import Outcome


class Ranked(NamedTuple):
    """A design with its figures; less is better, in the order of the goals."""

    vector: Vector
    number: int
    design: Design
    outcome: Outcome


class Tally:
    """What is known of the designs so far."""

    def __init__(self, search: SearchFile, designs: Designs, *, points: bool, keep: bool = False) -> None:
        self._search = search
        self._designs = designs
        self._watched = watched(search)
        self._labels = _plotted(search)
        self.front: list[Ranked] = []
        self.by: dict[str, Ranked] = {}
        self.near: dict[str, tuple[float, Ranked]] = {}
        self.ruled_out = dict.fromkeys((each.measure.label for each in search.requirements), 0)
        self.designs = self.answers = self.not_built = 0
        self.example = ""
        self.over: list[int] = []
        self.points: list[Point] | None = [] if points else None
        self.tried: dict[int, tuple[Design, Outcome, bool]] | None = {} if keep else None

    def add(self, design: Design, outcome: Outcome) -> None:
        """Count a design that was expanded as far as the bounds allow."""
        self.designs += 1
        self._keep(design, outcome, answers=False)
        if outcome.error:
            self.not_built += 1
            self.example = self.example or outcome.error
        elif outcome.over:
            self.over.append(design.number)
            self.ruled_out[outcome.over] += 1
        else:
            self._rank(design, outcome)

    def complete(self, design: Design, outcome: Outcome) -> None:
        """Add the figures of a design that was ruled out by a bound before they were known."""
        self._keep(design, outcome, answers=False)
        if outcome.figures is None:
            return
        ranked = self._ranked(design, outcome)
        self._note_near(ranked, self._misses(design, outcome))
        self._plot(ranked, answers=False)

    def _rank(self, design: Design, outcome: Outcome) -> None:
        ranked, misses = self._ranked(design, outcome), self._misses(design, outcome)
        if misses:
            self.ruled_out[self._first(misses)] += 1
            self._note_near(ranked, misses)
        else:
            self.answers += 1
            self._keep(design, outcome, answers=True)
            self._add_to_front(ranked)
            group = group_of(self._search, design)
            if group is not None and (group not in self.by or ranked[:2] < self.by[group][:2]):
                self.by[group] = ranked
        self._plot(ranked, answers=not misses)

    def _keep(self, design: Design, outcome: Outcome, *, answers: bool) -> None:
        if self.tried is not None:
            self.tried[design.number] = (design, outcome, answers)

    def _first(self, misses: dict[str, float]) -> str:
        """The requirement that rules a design out: the bound that ends its expansion, else the first it misses."""
        label = self._watched.measure.label if self._watched is not None else ""
        return label if label in misses else next(iter(misses))

    def _misses(self, design: Design, outcome: Outcome) -> dict[str, float]:
        return misses_of(self._search, self._designs, design, outcome)

    def _ranked(self, design: Design, outcome: Outcome) -> Ranked:
        return Ranked(vector_of(self._search, outcome), design.number, design, outcome)

    def _add_to_front(self, ranked: Ranked) -> None:
        """Keep the designs that no other is better than; those with equal goals are all kept."""
        if any(dominates(each.vector, ranked.vector) for each in self.front):
            return
        self.front = [each for each in self.front if not dominates(ranked.vector, each.vector)]
        self.front.append(ranked)

    def _note_near(self, ranked: Ranked, misses: dict[str, float]) -> None:
        if len(misses) != 1:
            return
        ((label, short),) = misses.items()
        if label not in self.near or (short, *ranked[:2]) < (self.near[label][0], *self.near[label][1][:2]):
            self.near[label] = (short, ranked)

    def _plot(self, ranked: Ranked, *, answers: bool) -> None:
        if self.points is None:
            return
        figures = ranked.outcome.figures or {}
        across, up = (_number(figures.get(label)) for label in self._labels)
        if across is not None and up is not None:
            group = group_of(self._search, ranked.design) or ""
            self.points.append(Point(across, up, group, answers))


def _number(figure: object) -> float | None:
    if isinstance(figure, dict):
        figure = next(iter(figure.values()), None)
    return figure if isinstance(figure, (int, float)) else None


def group_of(search: SearchFile, design: Design) -> str | None:
    """Return the group of a design as text, None without groups."""
    if search.by is None:
        return None
    value = design.values[[each.name for each in search.space].index(search.by)]
    return value if isinstance(value, str) else json.dumps(value)


def _plotted(search: SearchFile) -> tuple[str, str]:
    return plotted_labels([each.measure.label for each in search.goals])


def plotted_labels(goals: list[str]) -> tuple[str, str]:
    """Return the figures of the two axes of a plot: the first two goals; one goal is plotted against params or MACs."""
    if len(goals) > 1:
        return goals[0], goals[1]
    return goals[0], "macs" if goals[0] == "params" else "params"
