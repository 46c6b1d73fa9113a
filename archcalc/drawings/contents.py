"""What a box holds, in a few lines: equal neighbors counted, runs that repeat written once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FEW, MOST, MOST_FOLDED = 4, 6, 8
LONGEST_RUN = 8


@dataclass(frozen=True, slots=True)
class Run:
    """Texts from `start` on, `length` of them, which are repeated `times` times."""

    start: int
    length: int
    times: int

    @property
    def covers(self) -> int:
        """Return the number of texts that it replaces."""
        return self.length * self.times


def contents(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels in full where they are few; else with their longest repeat folded, else the first of them."""
    texts = [f"{label} x{times}" if times > 1 else label
             for label, times in ((label, len(list(group))) for label, group in groupby(labels))]  # fmt: skip
    if len(texts) <= FEW:
        return tuple(texts)
    folded = _folded(texts)
    if len(folded) <= MOST_FOLDED and len(folded) < len(texts):
        return folded
    if len(texts) <= MOST:
        return tuple(texts)
    return (*texts[: FEW - 1], f"and {len(texts) - FEW + 1} more")


def _folded(texts: Sequence[str]) -> tuple[str, ...]:
    run = longest_run(texts)
    if run is None:
        return tuple(texts)
    end = run.start + run.covers
    iteration = texts[run.start : run.start + run.length]
    return (*texts[: run.start], f"{run.times} times:", *iteration, *(f"then {text}" for text in texts[end:]))


def longest_run(texts: Sequence[str]) -> Run | None:
    """Return the run of at most 8 texts that covers the most texts with its repetitions.

    It ends with the last complete repetition, because the first iteration of a stage often differs in its input.
    """
    best = None
    for length in range(2, LONGEST_RUN + 1):
        for start, equal in _equal_from(texts, length):
            run = Run(start + equal % length, length, equal // length + 1)
            if run.times > 1 and (best is None or run.covers > best.covers):
                best = run
    return best


def _equal_from(texts: Sequence[str], length: int) -> list[tuple[int, int]]:
    """Where texts begin to be those of `length` places further on, and how many of them are."""
    found = []
    start = 0
    same = (one == other for one, other in zip(texts, texts[length:], strict=False))
    for equal, group in groupby(same):
        count = len(list(group))
        if equal:
            found.append((start, count))
        start += count
    return found
