"""Windows that the positions of a tensor read, found from where each of them begins and ends."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from archcalc.core.quasi_affine import QuasiAffineMap
from archcalc.tracing.masks import EMPTY

LONGEST_PATTERN = 256
FEWEST = 2
"""So few positions say nothing of how they move."""


class Line(NamedTuple):
    """For each position along an axis minus the first position of an input that it reads, and the last one."""

    first: tuple[int, ...]
    last: tuple[int, ...]


@lru_cache(maxsize=4096)
def pattern(line: Line, extent: int) -> QuasiAffineMap | None:
    """Return the map of a line of positions whose middle lies inside an input of `extent` positions.

    None where too few positions do, or where they do not move evenly. Windows that leave out the last positions of an
    input, as those with a stride and no padding do, end before it does: what is read at all is then what has ends.
    """
    found = _pattern(line, 0, extent - 1)
    if found is not None:
        return found
    read = [(-first, last) for first, last in zip(*line, strict=True) if -first <= last]
    return _pattern(line, min(first for first, _ in read), max(last for _, last in read)) if read else None


def _pattern(line: Line, begins: int, ends: int) -> QuasiAffineMap | None:
    first, last = [-each for each in line.first], list(line.last)
    inside = [low > begins and high < ends and low <= high for low, high in zip(first, last, strict=True)]
    if not any(inside):
        return None
    begin = inside.index(True)
    end = begin
    while end < len(inside) and inside[end]:
        end += 1
    return None if any(inside[end:]) else _regular(first, last, begin, end)


def _regular(first: list[int], last: list[int], begin: int, end: int) -> QuasiAffineMap | None:
    """The map of the positions from `begin` up to `end`; None where they are too few or do not move evenly."""
    count = end - begin if end - begin > FEWEST else 0
    for period in range(1, min(count // 2, LONGEST_PATTERN) + 1):
        jump = first[begin + period] - first[begin]
        if jump > 0 and all(
            side[at + period] - side[at] == jump for side in (first, last) for at in range(begin, end - period)
        ):
            return _map(first, last, begin, period, jump)
    return None


def endless_pattern(line: Line, begin: int = 0, end: int | None = None) -> QuasiAffineMap | None:
    """Return the map of a line whose positions from `begin` up to `end` read as if the input were endless."""
    first, last = [-each for each in line.first], list(line.last)
    end = len(last) if end is None else end
    if any(each <= EMPTY for side in line for each in side[begin:end]):
        return None
    return _regular(first, last, begin, end)


def endless_map(line: Line, extent: int) -> QuasiAffineMap | None:
    """Return the map that repeats a line of a grid over the whole input, read as if the input were endless.

    Windows of a length that is no multiple of the step, or as long as the grid, repeat only after all of it.
    """
    first, last = [-each for each in line.first], list(line.last)
    if extent % len(first) or any(each <= EMPTY for side in line for each in side):
        return None
    rise = all(a <= b for side in (first, last) for a, b in zip(side, [*side[1:], side[0] + extent], strict=True))
    return _map(first, last, 0, len(first), extent) if rise else None


def _map(first: list[int], last: list[int], begin: int, period: int, jump: int) -> QuasiAffineMap:
    spans = []
    for phase in range(period):
        at = begin + (phase - begin) % period
        moved = (at - phase) // period * jump
        spans.append((first[at] - moved, last[at] - moved))
    return QuasiAffineMap.of(spans, jump)


@lru_cache(maxsize=4096)
def explains(window: QuasiAffineMap, line: Line, extent: int) -> bool:
    """Return whether what the positions of a tensor read in the input lies in their windows."""
    lows, highs = window.ends(0, len(line.last))
    return all(
        last <= EMPTY or (low <= max(0, -first) and min(extent - 1, last) <= high)
        for first, last, low, high in zip(line.first, line.last, lows, highs, strict=True)
    )
