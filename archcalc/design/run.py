"""Runs searches and sweeps: every design, or some that are drawn, in one process or several."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from itertools import count as count_from
from itertools import islice
from typing import TYPE_CHECKING

from archcalc.core.problem import Problem, SpecError, UsageError, did_you_mean
from archcalc.design.describing import Describer
from archcalc.design.designs import INSTEAD, MOST_DESIGNS, Designs
from archcalc.design.evolution import Evolution
from archcalc.design.journal import Journal, fingerprint
from archcalc.design.options import Options
from archcalc.design.outcomes import OutcomeFinder
from archcalc.design.parts import Here, Part
from archcalc.design.tally import Tally
from archcalc.design.workers import Processes
from archcalc.results.search import ALL, DRAWN, EVOLVED, SearchResult, SweepResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archcalc.design.designs import Design
    from archcalc.design.model import SearchFile
    from archcalc.design.outcomes import Outcome
    from archcalc.design.parts import Done, Workers

PART, FEW = 50, 5
"""Designs that are evaluated, and written to a journal, together; fewer of those that evolution chooses."""
TRIED = 20
"""Designs in which a layer that a search names is looked for before the search begins."""


def _ignored(*_: object) -> None:
    """Take the progress of a run and show none of it."""


@dataclass(frozen=True)
class Reports:
    """What is called while a search runs: once with the number of designs, and with the designs that are done.

    `refused` is called with why a worker of a cluster gets no designs.
    """

    counted: Callable[[int, int], None] = _ignored
    done: Callable[[int], None] = _ignored
    refused: Callable[[str], None] = _ignored


class Plan:
    """The designs that are tried: their numbers alone where all are, so that memory does not grow with them."""

    def __init__(self, search: SearchFile, options: Options) -> None:
        self.designs = Designs(search)
        self.exhaustive = options.draw is None
        self._drawn = {} if options.draw is None else dict(enumerate(self.designs.drawn(options.draw, options.seed)))
        self._numbers = array("q", self._drawn if options.draw is not None else self._all())

    def __len__(self) -> int:
        return len(self._numbers)

    def _all(self) -> Iterator[int]:
        for count, design in enumerate(self.designs.all()):
            if count == MOST_DESIGNS:
                raise UsageError(
                    f"more than {MOST_DESIGNS:,} designs of {self.designs.search.combinations:,} combinations, too"
                    f" many to try all; {INSTEAD}"
                )
            yield design.number

    def __iter__(self) -> Iterator[Design]:
        return map(self.design, self._numbers)

    def design(self, number: int) -> Design:
        """Return a design by its number."""
        return self._drawn[number] if self._drawn else self.designs.numbered(number)


def run_search(search: SearchFile, options: Options, reports: Reports) -> SearchResult:
    """Return the answers of a search.

    Raises:
        OutputError: the journal cannot be written.
        SpecError: a formula has no value, or no design has a layer that is named.
        Unavailable: a worker process ended, a cluster cannot be used, or pymoo is not installed.
        UsageError: there are too many designs, or the journal is that of another search.
    """
    if options.evaluations is not None:
        return _run_evolution(search, options, options.evaluations, reports)
    plan = _planned(search, options, reports)
    tally = Tally(search, plan.designs, points=options.points, keep=options.keep)
    with _Evaluation(search, options, reports) as evaluation:
        for part, outcomes in evaluation.run(_parts(plan, "all", complete=False)):
            for design, outcome in zip(part.designs, outcomes, strict=True):
                tally.add(design, outcome)
            reports.done(tally.designs)
        if tally.over and (options.points or options.keep or not tally.answers):
            rest = map(plan.design, tally.over)
            for part, outcomes in evaluation.run(_parts(rest, "over", complete=True)):
                for design, outcome in zip(part.designs, outcomes, strict=True):
                    tally.complete(design, outcome)
    return Describer(search, plan.designs).search_result(tally, ALL if plan.exhaustive else DRAWN)


def _run_evolution(search: SearchFile, options: Options, count: int, reports: Reports) -> SearchResult:
    """Return the answers among designs that evolution chooses; where there are no more than those, all are tried."""
    designs = Designs(search)
    if designs.at_most(count):
        return run_search(search, replace(options, evaluations=None), reports)
    evolution = Evolution(search, designs, count, options.seed)
    reports.counted(search.combinations, count)
    check_measures(search, designs.drawn(TRIED, options.seed))
    tally = Tally(search, designs, points=options.points, keep=options.keep)
    with _Evaluation(search, options, reports) as evaluation:
        for generation in count_from(1):
            chosen = evolution.ask()
            if not chosen:
                break
            found: list[tuple[Design, Outcome]] = []
            for part, outcomes in evaluation.run(_parts(chosen, f"generation {generation}", FEW, complete=True)):
                found += zip(part.designs, outcomes, strict=True)
            for design, outcome in found:
                tally.add(design, outcome)
            evolution.tell(found)
            reports.done(tally.designs)
    _check_any(search, tally.designs)
    return Describer(search, designs).search_result(tally, EVOLVED)


def run_sweep(search: SearchFile, options: Options, reports: Reports) -> SweepResult:
    """Return the designs of a sweep, in order; raises as `run_search` does."""
    plan = _planned(search, options, reports)
    found: list[tuple[Design, Outcome]] = []
    with _Evaluation(search, options, reports) as evaluation:
        for part, outcomes in evaluation.run(_parts(plan, "all", complete=True)):
            found += zip(part.designs, outcomes, strict=True)
            reports.done(len(found))
    return Describer(search, plan.designs).sweep_result(found)


def _planned(search: SearchFile, options: Options, reports: Reports) -> Plan:
    plan = Plan(search, options)
    reports.counted(search.combinations, len(plan))
    _check_any(search, len(plan))
    check_measures(search, plan)
    return plan


def _check_any(search: SearchFile, designs: int) -> None:
    if not designs:
        place = search.where[0].location if search.where else search.location
        raise SpecError([Problem(place, "no design is left", "conditions that hold for some combination")])


def check_search(search: SearchFile) -> int:
    """Return the number of designs; raises what running the search would raise before it begins."""
    return len(_planned(search, Options(), Reports()))


def check_measures(search: SearchFile, designs: Iterable[Design]) -> None:
    """Raise SpecError for a layer that no design has, as far as some are tried."""
    finder = OutcomeFinder(search)
    named = [each for each in search.measures if each.layer is not None]
    if not named:
        return
    missing = {each.layer: each for each in named}
    paths: dict[str, None] = {}
    for design in islice(designs, TRIED):
        try:
            graph = finder.evaluator.graph(finder.designs.parameters(design), finder.designs.inputs(design))
        except (SpecError, UsageError):
            continue
        paths.update(dict.fromkeys(graph.nodes))
        missing = {layer: each for layer, each in missing.items() if layer not in graph.nodes}
        if not missing:
            return
    if paths:
        hints = {layer: did_you_mean(str(layer), paths) for layer in missing}
        raise SpecError(
            Problem(each.location, f"no layer {layer!r} in {search.spec}", "the path of a layer", hints[layer])
            for layer, each in missing.items()
        )


def _parts(designs: Iterable[Design], name: str, size: int = PART, *, complete: bool) -> Iterator[Part]:
    designs = iter(designs)
    number = 0
    while chosen := tuple(islice(designs, size)):
        yield Part(f"{name} {number}", chosen, complete)
        number += 1


class _Evaluation:
    """Evaluates parts, those in the journal excepted, and adds them to it."""

    def __init__(self, search: SearchFile, options: Options, reports: Reports) -> None:
        self._journal = None if options.journal is None else Journal(options.journal, fingerprint(search, options))
        try:
            self._workers = _workers(search, options, reports)
        except BaseException:
            self._close_journal()
            raise

    def __enter__(self) -> _Evaluation:
        return self

    def __exit__(self, *raised: object) -> None:
        try:
            self._workers.close()
        finally:
            self._close_journal()

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def run(self, parts: Iterator[Part]) -> Iterator[Done]:
        """Yield the outcomes of each part, in order."""
        known: list[Done] = []
        for done in self._workers.run(self._unknown(parts, known)):
            yield from _before(known, done)
            if self._journal is not None:
                self._journal.add(done[0].key, done[1])
            yield done
        yield from known

    def _unknown(self, parts: Iterator[Part], known: list[Done]) -> Iterator[Part]:
        """Yield the parts that the journal lacks; the others are put among those that are known."""
        for part in parts:
            outcomes = None if self._journal is None else self._journal.outcomes(part.key)
            if outcomes is None:
                yield part
            else:
                known.append((part, outcomes))


def _workers(search: SearchFile, options: Options, reports: Reports) -> Workers:
    if options.cluster is not None:
        from archcalc.design.cluster import Cluster

        return Cluster(search, options.cluster, reports.refused)
    return Here(search) if options.workers == 1 else Processes(search, options.workers)


def _before(known: list[Done], done: Done) -> Iterator[Done]:
    """Yield, and take from those that are known, the parts before one."""
    number = _number(done)
    while known and _number(known[0]) < number:
        yield known.pop(0)


def _number(done: Done) -> int:
    return int(done[0].key.rpartition(" ")[2])
