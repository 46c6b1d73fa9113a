"""What a box contains, in a few lines: equal neighbors are counted, equal iterations of a repeat are written once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.core.scopes import Scope

FEW, MOST, MOST_FOLDED = 4, 6, 8
"""Lines that are always written in full, that are if nothing repeats, and with a repeat."""

LONGEST_PERIOD = 4
"""The largest number of different iterations that are repeated together."""


class Content(NamedTuple):
    """A layer in a box: its label, and the iterations that contain it, the outermost first."""

    label: str
    iterations: tuple[Scope, ...] = ()


class Piece(NamedTuple):
    """Labels of one iteration of a repeat; `repeat` is None for layers outside."""

    repeat: Scope | None
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces from `start` to `end`: the first `period` of them, repeated `times` times, have `covers` labels in all."""

    start: int
    period: int
    times: int
    covers: int

    @property
    def end(self) -> int:
        """Return the number of the first piece after the run."""
        return self.start + self.period * self.times


def contents(layers: Sequence[Content]) -> tuple[str, ...]:
    """Return all labels if they are few, else with the longest repeat written once, else the first of them."""
    texts = _counted(each.label for each in layers)
    if len(texts) <= FEW:
        return texts
    folded = _folded(layers)
    if len(folded) <= MOST_FOLDED and len(folded) < len(texts):
        return folded
    if len(texts) <= MOST:
        return texts
    return (*texts[: FEW - 1], f"and {len(texts) - FEW + 1} more")


def _counted(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the labels, each run of equal ones as `label xN`."""
    counts = ((label, len(list(group))) for label, group in groupby(labels))
    return tuple(f"{label} x{times}" if times > 1 else label for label, times in counts)


def _folded(layers: Sequence[Content]) -> tuple[str, ...]:
    """Return the labels with the run of equal iterations that covers most of them written once."""
    levels = [_pieces(layers, level) for level in range(max(len(each.iterations) for each in layers))]
    runs = [(pieces, run) for pieces in levels for run in _runs(pieces)]
    if not runs:
        return _counted(each.label for each in layers)
    pieces, run = max(runs, key=lambda each: each[1].covers)
    after = _counted(_labels(pieces[run.end :]))
    iteration = _counted(_labels(pieces[run.start : run.start + run.period]))
    return (
        *_counted(_labels(pieces[: run.start])),
        f"{run.times} times:",
        *iteration,
        *(f"then {text}" for text in after),
    )


def _labels(pieces: Iterable[Piece]) -> list[str]:
    return [label for piece in pieces for label in piece.labels]


def _pieces(layers: Sequence[Content], level: int) -> list[Piece]:
    """Return the layers by the iteration that contains them, at one level of nested repeats."""
    grouped = groupby(layers, key=lambda each: each.iterations[level] if level < len(each.iterations) else None)
    return [
        Piece(iteration.parent if iteration else None, tuple(each.label for each in group))
        for iteration, group in grouped
    ]


def _runs(pieces: Sequence[Piece]) -> list[Run]:
    """Return the runs of equal iterations of a repeat, several together if they alternate.

    A run ends with the last complete repetition, because the first iteration often differs in its input.
    """
    found = []
    for period in range(1, LONGEST_PERIOD + 1):
        same = [one == other and one.repeat is not None for one, other in zip(pieces, pieces[period:], strict=False)]
        start = 0
        for equal, group in groupby(same):
            count = len(list(group))
            times = count // period + 1
            if equal and times > 1:
                first = start + count % period
                covers = len(_labels(pieces[first : first + period * times]))
                found.append(Run(first, period, times, covers))
            start += count
    return found
