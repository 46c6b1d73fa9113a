"""The first and the last position of a tensor that each output of a pattern of taps touches."""

from __future__ import annotations

from functools import lru_cache
from math import gcd, inf
from typing import TYPE_CHECKING

from archcalc.core.joined import Joined
from archcalc.core.runs import Runs, back
from archcalc.core.work import spend

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.core.reads import Taps
    from archcalc.core.runs import Value

MOST_KEPT = 4096
ONE_BY_ONE = 20
"""An output that is looked at alone takes as much work as so many values of a pattern."""


@lru_cache(maxsize=MOST_KEPT)
def first_touched(taps: Taps, n: int, size: int) -> Runs:
    """The first of `n` positions that each of `size` outputs reads; infinity for outputs that read none of them."""
    if taps.single and taps.move:
        return _slid(taps.first[0], taps.last[0], taps.move, taps.step, n, size)
    return _pattern(taps, taps.first, n, size, lambda read: _first(read, n))


@lru_cache(maxsize=MOST_KEPT)
def last_touched(taps: Taps, n: int, size: int) -> Runs:
    """The last of `n` positions that each of `size` outputs reads; minus infinity for outputs that read none."""
    if taps.single and taps.move:
        end = n - 1 - (size - 1) * taps.move
        return _mirrored(_slid(end - taps.last[0], end - taps.first[0], taps.move, taps.step, n, size), n)
    return _pattern(taps, taps.last, n, size, lambda read: _last(read, n))


def _slid(first: int, last: int, move: int, step: int, n: int, size: int) -> Runs:
    """Return the first position that each sliding window touches: in the padding before, in the tensor, or after it."""
    touching = min(size, max(0, -(last // move)))
    inside = min(size, max(0, -(first // move)))
    after = min(size, max(0, -((first - n) // move)))
    if last < first:
        touching = inside = after = size
    joined = Joined()
    joined.add(touching, (inf,), 0)
    _add_holes(joined, first + touching * move, move, step, n, inside - touching)
    joined.add(after - inside, (first + inside * move,), move)
    joined.add(size - after, (inf,), 0)
    return joined.runs()


def _add_holes(joined: Joined, first: int, move: int, step: int, n: int, count: int) -> None:
    """Add the first taps after the padding in which windows begin; taps with holes may skip the first position."""
    period = step // gcd(step, move)
    if count > 0 and (move >= step or count * move // step > period):
        spend(min(period, count))
        found = [(first + out * move) % step for out in range(min(period, count))]
        joined.add(count, tuple([value if value < n else inf for value in found]), 0)
        return
    while count > 0:
        start = first % step
        before_wrap = min(count, -((start - step) // move))
        real = min(before_wrap, max(0, -((start - n) // move)))
        joined.add(real, (start,), move)
        joined.add(before_wrap - real, (inf,), 0)
        first += before_wrap * move
        count -= before_wrap


def _mirrored(runs: Runs, n: int) -> Runs:
    """The last positions touched, from the first ones of the same in a mirror."""
    joined = Joined()
    for count, values, jump in reversed(list(runs.counted())):
        joined.add(count, tuple([n - 1 - value for value in back((values, jump), count, len(values))]), jump)
    return joined.runs()


def _pattern(taps: Taps, ends: tuple[int, ...], n: int, size: int, touched: Callable[[range], Value]) -> Runs:
    """Return the touched position of a pattern with phases; repeats that are inside are computed together."""
    period, move = taps.period, taps.move
    spend(3 * period)
    joined = Joined()
    reading = [end for end, first, last in zip(ends, taps.first, taps.last, strict=True) if first <= last]
    low, high = (min(reading), max(reading)) if reading else (0, 0)
    whole = _blocks_inside(low, high, move, n, -(-size // period)) if move else range(0)
    if not move:
        joined.add(size, tuple([touched(taps.at(phase)) for phase in range(min(period, size))]), 0)
        return joined.runs()
    nothing = touched(range(0))
    for block in (*range(whole.start),):
        _add_block(joined, taps, block, size, touched)
    if len(whole):
        moved = tuple([
            end + whole.start * move if first <= last else nothing
            for end, first, last in zip(ends, taps.first, taps.last, strict=True)
        ])  # fmt: skip
        joined.add(min(size, whole.stop * period) - whole.start * period, moved, move)
    for block in range(whole.stop, -(-size // period)):
        _add_block(joined, taps, block, size, touched)
    return joined.runs()


def _blocks_inside(low: int, high: int, move: int, n: int, blocks: int) -> range:
    first = min(blocks, max(0, -(low // move)))
    return range(first, max(first, min(blocks, (n - 1 - high) // move + 1)))


def _add_block(joined: Joined, taps: Taps, block: int, size: int, touched: Callable[[range], Value]) -> None:
    outputs = range(block * taps.period, min(size, (block + 1) * taps.period))
    spend(ONE_BY_ONE * len(outputs))
    joined.add(len(outputs), tuple([touched(taps.at(out)) for out in outputs]), 0)


def _first(read: range, n: int) -> Value:
    if not read:
        return inf
    first = read.start if read.start >= 0 else read.start % read.step
    return first if first < min(read.stop, n) else inf


def _last(read: range, n: int) -> Value:
    if not read:
        return -inf
    last = read[-1] if read[-1] < n else n - 1 - (n - 1 - read[-1]) % read.step
    return last if last >= max(read.start, 0) else -inf
