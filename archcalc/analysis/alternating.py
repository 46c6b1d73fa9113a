"""Things that follow one another again and again: A, A, A, or A, B, A, B."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def alternating(keys: Sequence[object], periods: Sequence[int], chained: Sequence[bool] | None = None
                ) -> Iterator[tuple[int, int, int]]:  # fmt: skip
    """Yield (start, period, times) of runs that together hold all things, in order.

    Things are alike that have equal keys; one whose key is None is like no other. A run repeats `period` of them, one
    of `periods`, two times or more, and the longest run is taken; what repeats nothing is a run of one thing, once.
    `chained` says of each thing whether it may stand in a run after the one before it; all may without it.
    """
    follows = [True] * len(keys) if chained is None else chained
    start = 0
    while start < len(keys):
        found = [(period, _times(keys, follows, start, period)) for period in periods]
        repeated = [each for each in found if each[1] > 1]
        period, times = max(repeated, key=lambda run: run[0] * run[1], default=(1, 1))
        yield start, period, times
        start += period * times


def _times(keys: Sequence[object], chained: Sequence[bool], start: int, period: int) -> int:
    """Return how often the `period` things from `start` follow one another; 1 where they may not."""
    first = keys[start : start + period]
    if None in first or len(first) < period or not all(chained[start + 1 : start + period]):
        return 1
    times, at = 1, start + period
    while keys[at : at + period] == first and all(chained[at : at + period]):
        times, at = times + 1, at + period
    return times
