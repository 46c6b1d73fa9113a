"""Parts of a search, and what evaluates them: this process, several processes or a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from archcalc.design.outcomes import Outcome, OutcomeFinder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.design.designs import Design
    from archcalc.design.model import SearchFile


class Part(NamedTuple):
    """Some designs that are evaluated together; `complete` asks for all figures, whatever the bounds are."""

    key: str
    designs: tuple[Design, ...]
    complete: bool


Done = tuple[Part, list[Outcome]]


class Workers(Protocol):
    """What evaluates the parts of one search."""

    def run(self, parts: Iterable[Part]) -> Iterator[Done]:
        """Yield the outcomes of each part, in the order of the parts."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...


class Here:
    """Evaluates parts in this process."""

    def __init__(self, search: SearchFile) -> None:
        self._finder = OutcomeFinder(search)

    def run(self, parts: Iterable[Part]) -> Iterator[Done]:
        """Yield the outcomes of each part."""
        for part in parts:
            yield part, outcomes_of(self._finder, part)

    def close(self) -> None:
        """Do nothing."""


def outcomes_of(finder: OutcomeFinder, part: Part) -> list[Outcome]:
    """Return the outcomes of the designs of a part."""
    return [finder.outcome(each, complete=part.complete) for each in part.designs]
