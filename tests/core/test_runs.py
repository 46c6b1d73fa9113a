"""Fields kept as runs against lists with an entry for every position, over random chains of all kinds of reads."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core import quasi_affine
from archcalc.core.clipped_extents import ClippedExtents, identity
from archcalc.core.interval import interval
from archcalc.core.quasi_affine import IDENTITY, QuasiAffineMap, widest, widest_position
from archcalc.core.reads import Taps, fixed
from archcalc.core.window import TransposedWindow, Window, adaptive_taps, block_taps, linear_taps, nearest_taps
from tests.core.lists import Entry, ListHulls, ListMap, joined

LONGEST = 150
seeds = st.integers(0, 2**40)


def window(rng: Random, n: int) -> tuple[Taps, int]:
    kernel, dilation = rng.choice((1, 2, 3, 3, 4, 5, 9, 20)), rng.choice((1, 1, 2, 3, 4, 7))
    before, after = (rng.randint(0, kernel * dilation) for _ in range(2))
    drawn = Window(kernel, rng.choice((1, 1, 1, 2, 3, 5)), before, after, dilation)
    return drawn.taps(), drawn.size(n)


def transposed(rng: Random, n: int) -> tuple[Taps, int]:
    kernel, stride, dilation = rng.randint(1, 6), rng.randint(1, 4), rng.randint(1, 4)
    drawn = TransposedWindow(kernel, stride, rng.randint(0, 4), rng.randint(0, 2), dilation)
    return drawn.taps(), drawn.size(n)


def resampled(rng: Random, n: int) -> tuple[Taps, int]:
    size = rng.randint(1, 40)
    taps = (adaptive_taps(n, size), nearest_taps(n, size), linear_taps(Fraction(n, size)))
    return rng.choice(taps), size


def blocks(rng: Random, n: int) -> tuple[Taps, int]:
    width = rng.randint(1, n)
    return block_taps(width, rng.randint(0, width - 1)), n


def stretched(rng: Random, n: int) -> tuple[Taps, int]:
    return fixed(rng.randrange(n)), rng.randint(1, 20)


def anything(rng: Random, _n: int) -> tuple[Taps, int]:
    step = rng.randint(1, 3)
    phases = [(rng.randint(-6, 9), rng.randint(0, 5)) for _ in range(rng.randint(1, 4))]
    taps = Taps.of([range(first, first + count * step, step) for first, count in phases], rng.randint(0, 4))
    return taps, rng.randint(1, 40)


KINDS = (window, window, window, transposed, resampled, resampled, blocks, stretched, anything)


@given(seeds)
def test_runs_are_the_lists(seed: int) -> None:
    rng = Random(seed)
    n = rng.randint(1, 60)
    runs, entries = identity(n), ListHulls.identity(n)
    seen = [(runs, entries)]
    for _ in range(rng.randint(1, 7)):
        runs, entries = one_more(rng, seen)
        seen.append((runs, entries))
        assert_alike(runs, entries)


def one_more(rng: Random, seen: list[tuple[ClippedExtents, ListHulls]]) -> tuple[ClippedExtents, ListHulls]:
    """The last ones, read by a layer or joined with some before."""
    runs, entries = seen[-1]
    n, kind = len(runs), rng.random()
    if kind < 0.05:
        return runs.read_past(), entries.read_past()
    if kind < 0.1:
        return runs.read_future(), entries.read_future()
    if kind < 0.13:
        return runs.read_all(n), entries.read_all(n)
    if kind < 0.35:
        fitting = [each for each in seen if len(each[0]) in (1, n) or n == 1]
        other, others = rng.choice(fitting)
        return runs.union(other), entries.union(others)
    taps, size = rng.choice(KINDS)(rng, n)
    return (runs.read(taps, size), entries.read(taps, size)) if 1 <= size <= LONGEST else (runs, entries)


def assert_alike(runs: ClippedExtents, entries: ListHulls) -> None:
    lengths = [0 if each is None else each[1] - each[0] + 1 for each in entries.entries]
    assert list(runs) == list(entries.entries)
    assert (runs.size, lengths[runs.widest]) == (entries.size, entries.size)
    assert runs.ends == joined(list(entries.entries))
    lows, highs = runs.ends_by_position()
    assert [interval(*each) for each in zip(lows, highs, strict=True)] == list(entries.entries)
    common = set.intersection(*(set() if each is None else set(range(each[0], each[1] + 1)) for each in runs))
    assert runs.common == ((min(common), max(common)) if common else None)


@pytest.mark.parametrize("written", [10_000, 1], ids=["phases written down", "phases worked out"])
@given(seeds)
def test_maps_are_what_each_position_sees(written: int, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quasi_affine, "MOST_PHASES", written)
        rng = Random(seed)
        seen = [(IDENTITY, ListMap())]
        for _ in range(rng.randint(1, 4)):
            found, plain = further(rng, seen)
            if found.period > 100:
                return
            seen.append((found, plain))
            assert_same_map(found, plain)
            other, others = rng.choice(seen)
            both = [joined([plain.at(position), others.at(position)]) for position in range(9)]
            lengths = [length(each) for each in both]
            for long in (0, 9):  # united as runs, and position by position
                patch.setattr(quasi_affine, "LONG", long)
                assert widest((found, other), 9) == max(lengths)
                assert lengths[widest_position((found, other), 9)] == max(lengths)


def further(rng: Random, seen: list[tuple[QuasiAffineMap, ListMap]]) -> tuple[QuasiAffineMap, ListMap]:
    found, plain = seen[-1]
    if rng.random() < 0.25:
        other, others = rng.choice([each for each in seen if each[0].rate == found.rate])
        return found.union(other), plain.union(others)
    taps, _ = rng.choice(KINDS)(rng, rng.randint(1, 12))
    return (found, plain) if taps.longest > 6 or not taps.move else (found.read(taps), plain.read(taps))


def assert_same_map(found: QuasiAffineMap, plain: ListMap) -> None:
    period = min(found.period, 20)
    entries = {position: plain.at(position) for position in range(-3, period + 12)}
    assert {position: found.at(position) for position in entries} == entries
    for size in (1, 2, 5, 12):
        real = [entries[position] for position in range(size)]
        assert found.over(size) == joined(real)
        assert list(found.hulls(size)) == real
    if found.written and found.period <= 20:
        assert found.size == max(length(entries[phase]) for phase in range(period))


def length(entry: Entry) -> int:
    return 0 if entry is None else entry[1] - entry[0] + 1


def test_the_hull_of_all_positions_after_an_odd_transposed_convolution() -> None:
    # Kernel 3, stride 2, padding 1 on 3 positions gives 5: 0 | 0 1 | 1 | 1 2 | 2; the last phase alone ends at 4 // 2.
    field = IDENTITY.read(TransposedWindow(3, 2, 1).taps())
    assert [field.at(position) for position in range(5)] == [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)]
    assert [field.over(size) for size in (1, 2, 3, 4, 5)] == [(0, 0), (0, 1), (0, 1), (0, 2), (0, 2)]
    # Dilated by 3 on stride 2 phases move back: over(4) ends with position 3, not 4.
    jumbled = IDENTITY.read(TransposedWindow(3, 2, 0, 0, 3).taps())
    sees = [jumbled.at(position) for position in range(5)]
    assert sees == [(-3, 0), (-1, -1), (-2, 1), (0, 0), (-1, 2)]
    assert jumbled.over(4) == (-3, 1)


def test_the_past_of_positions_whose_ends_move_back() -> None:
    # Taps -2 and 2 of 5 positions: 2 | 3 | 0 4 | 1 | 2.
    past = identity(5).read(Window(2, 1, 2, 2, 4).taps(), 5).read_past()
    assert list(past) == [(2, 2), (2, 3), (0, 4), (0, 4), (0, 4)]


def test_a_long_axis_is_a_few_runs() -> None:
    n = 10**7
    hulls = identity(n)
    for dilation in (1, 2, 4, 8):
        hulls = hulls.read(Window(3, 1, dilation, dilation, dilation).taps(), n)
    assert hulls.size == 1 + 2 * 15
    assert [hulls.at(position) for position in (0, 14, 15, 16, n // 2, n - 1)] == [
        (0, 15), (0, 29), (0, 30), (1, 31), (n // 2 - 15, n // 2 + 15), (n - 16, n - 1)]  # fmt: skip
