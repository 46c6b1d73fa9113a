"""Chooses designs by evolution, NSGA-II of pymoo: those that were good are crossed and changed.

K. Deb et al. 2002, A fast and elitist multiobjective genetic algorithm: NSGA-II. What is chosen follows from the seed
and the outcomes alone.
"""

from __future__ import annotations

import random
from math import inf
from typing import TYPE_CHECKING, Any

from archcalc.core.extras import install_command
from archcalc.core.problem import Unavailable
from archcalc.design.designs import TRIES, drawn_place
from archcalc.design.ranking import misses_of, vector_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.design.designs import Design, Designs
    from archcalc.design.model import SearchFile
    from archcalc.design.outcomes import Outcome

GENERATION = 20
"""Designs that are chosen together."""
FARTHEST = 1e9
"""How far a design is from the requirements at most; a design that cannot be built is as far."""

Places = tuple[float, ...]


def pymoo_version() -> str:
    """Return the version of pymoo, on which choices depend; Unavailable where it is not installed."""
    try:
        import pymoo
    except ModuleNotFoundError as error:
        if error.name != "pymoo":
            raise
        raise Unavailable(f"--evaluations needs pymoo: {install_command('search')}") from None
    return str(pymoo.__version__)


class Evolution:
    """Asks for generations of designs, each only once, and receives their results."""

    def __init__(self, search: SearchFile, designs: Designs, count: int, seed: int) -> None:
        """Begin an evolution of `count` designs; Unavailable where pymoo is not installed."""
        pymoo_version()
        self._search = search
        self._designs = designs
        self._left = count
        self._chosen: dict[Places, Design] = {}
        self._asked: Any = None
        self._source = random.Random(seed)
        self._algorithm = _algorithm(self, search, min(count, GENERATION), seed)

    def ask(self) -> list[Design]:
        """Return the designs of the next generation; none at the end, or where no new ones are found."""
        if not self._left:
            return []
        offspring = self._algorithm.ask() if self._chosen else None
        if offspring is None:
            offspring = _population(self.drawn(min(self._left, GENERATION)))
        self._asked = offspring[: self._left]
        found = [self._taken(_places(each)) for each in self._asked.get("X")]
        self._left -= len(found)
        return found

    def tell(self, outcomes: Sequence[tuple[Design, Outcome]]) -> None:
        """Take the outcomes of the designs that were asked for."""
        import numpy

        goals, short = zip(*(self._judged(design, outcome) for design, outcome in outcomes), strict=True)
        self._asked.set("F", numpy.array(goals, float))
        self._asked.set("G", numpy.array(short, float)[:, None])
        self._asked.apply(lambda each: each.evaluated.update("FG"))
        self._algorithm.tell(infills=self._asked)

    def drawn(self, count: int) -> list[Places]:
        """Return the places of designs that were not chosen before, drawn at random; fewer where no more are found."""
        found: dict[Places, None] = {}
        for _ in range(TRIES * count):
            if len(found) == count:
                break
            places = self.repaired([drawn_place(each, self._source) for each in self._search.space])
            if places not in found and self.is_new(places):
                found[places] = None
        return list(found)

    def repaired(self, places: Sequence[float]) -> Places:
        """Return the nearest places that a value has, the first where the dimension means nothing."""
        whole = [
            place if each.continuous else min(max(0, round(place)), len(each.values) - 1)
            for each, place in zip(self._search.space, places, strict=True)
        ]
        return self._designs.with_meaning(whole)

    def is_new(self, places: Places) -> bool:
        """Whether a design makes sense and was not chosen before."""
        return places not in self._chosen and self._designs.at(places, 0) is not None

    def _taken(self, places: Places) -> Design:
        design = self._designs.at(places, len(self._chosen))
        assert design is not None
        self._chosen[places] = design
        return design

    def _judged(self, design: Design, outcome: Outcome) -> tuple[Sequence[float], float]:
        """Return the goals of a design, and how far it is from the requirements."""
        nowhere = (0.0,) * len(self._search.goals)
        if outcome.figures is None:
            return nowhere, FARTHEST
        vector = vector_of(self._search, outcome)
        if inf in vector:
            return nowhere, FARTHEST
        return vector, min(FARTHEST, sum(misses_of(self._search, self._designs, design, outcome).values()))


def _places(row: Any) -> Places:
    """Return a row of an array as numbers of Python; whole ones as integers, as places of values are."""
    return tuple(int(each) if each == int(each) else float(each) for each in row)


def _population(places: list[Places]) -> Any:
    import numpy
    from pymoo.core.population import Population

    return Population.new("X", numpy.array(places, float))


def _algorithm(evolution: Evolution, search: SearchFile, size: int, seed: int) -> Any:
    """Return NSGA-II of pymoo over the places of values; its offspring are designs that were not chosen before."""
    import numpy
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.config import Config
    from pymoo.core.duplicate import DuplicateElimination
    from pymoo.core.problem import Problem
    from pymoo.core.repair import Repair
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.termination import get_termination

    class Repaired(Repair):  # type: ignore[misc]
        def _do(self, problem: Any, places: Any, **_: Any) -> Any:
            return numpy.array([evolution.repaired(_places(row)) for row in places], float)

    class New(DuplicateElimination):  # type: ignore[misc]
        def _do(self, population: Any, other: Any, duplicate: Any) -> Any:
            seen = set() if other is None else set(map(_places, other.get("X")))
            for index, row in enumerate(population.get("X")):
                places = _places(row)
                duplicate[index] = places in seen or not evolution.is_new(places)
                seen.add(places)
            return duplicate

    Config.show_compile_hint = False
    ends = [1 if each.continuous else len(each.values) - 1 for each in search.space]
    problem = Problem(n_var=len(ends), n_obj=len(search.goals), n_ieq_constr=1, xl=0.0, xu=numpy.array(ends, float))
    algorithm = NSGA2(
        size, crossover=SBX(eta=3, prob=0.9), mutation=PM(eta=3), repair=Repaired(), eliminate_duplicates=New(),
        seed=seed,
    )  # fmt: skip
    return algorithm.setup(problem, termination=get_termination("n_gen", inf))
