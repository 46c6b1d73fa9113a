"""What a search or a sweep found: designs with their figures, complete before anything is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Figure = int | float | None | dict[str, Any]
"""A number, None where a design has none, or a number for each axis of a receptive field."""


ALL, DRAWN, EVOLVED = "all", "drawn", "evolved"
"""How the designs that are tried are chosen: all of them, some at random, some by evolution."""


class FigureKind(NamedTuple):
    """What results call a figure, its kind as tables have it, the axes of a field, and its unit in words."""

    label: str
    heading: str
    kind: str
    axes: tuple[str, ...] = ()


class FoundDesign(NamedTuple):
    """A design: what it sets, in the order of the space, what follows from that, and its figures by label."""

    values: Mapping[str, object]
    derived: Mapping[str, object]
    quantities: Mapping[str, Figure]


class TriedDesign(NamedTuple):
    """A design that was tried: whether it is an answer, and why it cannot be built."""

    design: FoundDesign
    answers: bool
    error: str


class NearMiss(NamedTuple):
    """The design that comes nearest to one requirement among those that meet all others."""

    requirement: str
    required: str
    design: FoundDesign


class Point(NamedTuple):
    """A design in a plot."""

    across: float
    up: float
    group: str
    answers: bool


@dataclass(frozen=True)
class SearchResult:
    """The answers of a search.

    `best` is the first of `front`; `by` is the best design of each group; `ruled_out` counts designs at the first
    requirement that they miss. `chosen` is how the designs were chosen. `command` shows the best design. `points` and
    `tried` are there if a plot or all designs were asked for. `remarks` say under which conditions figures hold.
    """

    name: str
    title: str
    spec: str
    inputs: tuple[str, ...]
    combinations: int
    designs: int
    answers: int
    chosen: str
    names: tuple[str, ...]
    figures: tuple[FigureKind, ...]
    goals: tuple[str, ...]
    group: str | None
    best: FoundDesign | None
    front: tuple[FoundDesign, ...]
    by: Mapping[str, FoundDesign]
    ruled_out: Mapping[str, int]
    requirements: Mapping[str, str]
    not_built: int
    example: str
    nearest: tuple[NearMiss, ...]
    command: str
    points: tuple[Point, ...] = ()
    remarks: tuple[str, ...] = ()
    tried: tuple[TriedDesign, ...] = field(default=(), repr=False)

    @property
    def exhaustive(self) -> bool:
        """Whether every design was tried."""
        return self.chosen == ALL


@dataclass(frozen=True)
class SweepResult:
    """The designs of a sweep in order; those that cannot be built have no quantities, and `errors` say why.

    `rows` and `columns` are the names of the two dimensions of a grid, None for a row for each design.
    """

    name: str
    title: str
    spec: str
    inputs: tuple[str, ...]
    combinations: int
    names: tuple[str, ...]
    figures: tuple[FigureKind, ...]
    shown: tuple[str, ...]
    rows: str | None
    columns: str | None
    designs: tuple[FoundDesign, ...]
    errors: Mapping[int, str]
    remarks: tuple[str, ...] = ()
