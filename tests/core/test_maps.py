"""Maps from outputs to intervals of inputs: when they are equal, and what they say of themselves."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import inf
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core import quasi_affine, smallest_field
from archcalc.core.interval import Interval, interval, join, length
from archcalc.core.pattern import Joint, Pattern, Woven, taps_rise
from archcalc.core.quasi_affine import IDENTITY, QuasiAffineMap, widest, widest_position
from archcalc.core.reads import Taps, WholeAxisRead, fixed
from archcalc.core.smallest_field import SmallestField, smallest_of_input
from archcalc.core.window import TransposedWindow, Window, adaptive_taps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.core.runs import Value

spans = st.lists(st.tuples(st.integers(-6, 9), st.integers(0, 5)) | st.none(), min_size=1, max_size=4)


def of(drawn: list[tuple[int, int] | None], jump: int) -> QuasiAffineMap:
    return QuasiAffineMap.of([None if each is None else (each[0], each[0] + each[1]) for each in drawn], jump)


maps = st.builds(of, spans, st.integers(0, 6))


@given(maps, st.integers(1, 5), st.integers(-4, 4), st.integers(0, 3), st.integers(-6, 12), st.integers(1, 14))
def test_a_view_of_a_map_is_the_map_at_every_stepth_position(
    base: QuasiAffineMap, step: int, lo: int, more: int, first: int, count: int
) -> None:
    view = QuasiAffineMap(base.base, step, lo, lo + more)
    lows = [base.base.low(step * out + lo, 1, 1)[0] for out in range(first, first + count)]
    highs = [base.base.high(step * out + lo + more, 1, 1)[0] for out in range(first, first + count)]
    assert [list(each) for each in view.ends(first, count)] == [lows, highs]
    assert [view.at(out) for out in range(first, first + count)] == [
        interval(*each) for each in zip(lows, highs, strict=True)
    ]


@given(maps, st.integers(1, 6))
def test_a_map_repeats_after_its_period_moved_by_its_jump(base: QuasiAffineMap, step: int) -> None:
    view = QuasiAffineMap(base.base, step)
    for out in range(-5, 9):
        now, then = view.at(out), view.at(out + view.period)
        assert then == (None if now is None else (now[0] + view.jump, now[1] + view.jump))
    assert view.rate == Fraction(view.jump, view.period)
    assert view.spans == tuple(view.at(phase) for phase in range(view.period))
    for size in range(1, 8):
        assert view.widest_of(size) == max(length(view.at(out)) for out in range(min(size, view.period)))


def test_maps_that_see_the_same_are_equal() -> None:
    conv = IDENTITY.read(Window(3, 2, 1).taps())
    assert conv == QuasiAffineMap.of([(-1, 1)], 2)
    assert hash(conv) == hash(QuasiAffineMap.of([(-1, 1)], 2))
    others = [QuasiAffineMap.of([each], jump) for each, jump in (((-1, 2), 2), ((-2, 1), 2), ((-1, 1), 3))]
    assert conv not in [*others, None, "a map"]
    up = IDENTITY.read(TransposedWindow(2, 2).taps())
    assert up == QuasiAffineMap.of([(0, 0), (0, 0)], 1)
    assert hash(up) == hash(QuasiAffineMap.of([(0, 0), (0, 0)], 1))
    assert up != QuasiAffineMap.of([(0, 0), (0, 1)], 1)
    assert up != QuasiAffineMap.of([(0, 0), (0, 0)], 2)
    assert up != QuasiAffineMap.of([(0, 0), (0, 0), (0, 0)], 1)
    four = QuasiAffineMap.of([(0, 1), (0, 3), (2, 2), (3, 5)], 4)
    every_second = QuasiAffineMap(four.base, 2)
    assert every_second == QuasiAffineMap.of([(0, 1), (2, 2)], 4)
    assert hash(every_second) == hash(QuasiAffineMap.of([(0, 1), (2, 2)], 4))
    phased = QuasiAffineMap.of([(0, 0), (2, 5)], 4)
    assert phased != QuasiAffineMap(phased.base, 1, 1, 1)
    assert phased == QuasiAffineMap(phased.base, 1, 0, 0)


def test_maps_too_long_to_be_written_are_equal_to_themselves_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quasi_affine, "MOST_PHASES", 4)
    one, two = (IDENTITY.read(adaptive_taps(7, 5)) for _ in range(2))
    assert not one.written
    assert one == one.read(Window(1).taps())
    assert one != two
    written = QuasiAffineMap.of([(0, 0), (0, 1)], 1)
    assert written.written
    assert written != one


def test_unions_of_views_of_one_base_are_views_of_it() -> None:
    up = IDENTITY.read(TransposedWindow(2, 2).taps())
    one, two = up.read(Window(3, 1, 1).taps()), up.read(Window(1, 1, 2, 2).taps())
    both = one.union(two)
    assert both.base is up.base
    assert [both.at(out) for out in range(4)] == [join(one.at(out), two.at(out)) for out in range(4)]
    assert IDENTITY.union(IDENTITY) == IDENTITY


@given(maps, st.lists(st.tuples(st.integers(-20, 30), st.integers(1, 12), st.integers(0, 4)), min_size=1, max_size=6))
def test_ends_worked_out_on_demand_are_those_written_down(
    other: QuasiAffineMap, asked: list[tuple[int, int, int]]
) -> None:
    """Whatever was asked for before, in whatever order."""
    taps = adaptive_taps(9, 4)
    woven, plain = Woven(IDENTITY, taps), IDENTITY.read(taps)
    joint = Joint((plain, other), plain.rate)
    for first, count, step in asked:
        places = range(first, first + count * step, step) if step else [first] * count
        for end, ends in enumerate((woven.low, woven.high)):
            assert list(ends(first, step, count)) == [(plain.at(out) or (0, 0))[end] for out in places]
        for end, (ends, pick) in enumerate(((joint.low, min), (joint.high, max))):
            both = [pick(plain.ends(out, 1)[end][0], other.ends(out, 1)[end][0]) for out in places]
            assert list(ends(first, step, count)) == both


class Asked(QuasiAffineMap):
    """The identity; keeps how many positions it was asked for."""

    def __init__(self) -> None:
        super().__init__(IDENTITY.base)
        self.counts: list[int] = []

    def ends(self, first: int, count: int) -> tuple[Sequence[Value], Sequence[Value]]:
        self.counts.append(count)
        return super().ends(first, count)


def test_a_chain_of_long_patterns_computes_no_more_than_is_asked_for() -> None:
    asked = Asked()
    chain: QuasiAffineMap = asked
    for _ in range(20):
        chain = QuasiAffineMap(Woven(chain, Window(1).taps()))
    for count in (100, 110, 120, 200):
        assert list(chain.ends(0, count)[1]) == list(range(count))
    assert max(asked.counts) == 200


def test_periods_of_patterns_of_patterns() -> None:
    up = IDENTITY.read(TransposedWindow(1, 3).taps())  # three phases on one position
    woven = Woven(QuasiAffineMap.of([(0, 0), (0, 1)], 3), Window(1, 2).taps())
    assert (woven.period, woven.jump) == (1, 3)
    woven = Woven(QuasiAffineMap.of([(0, 0), (0, 1)], 3), adaptive_taps(5, 3))
    assert (woven.period, woven.jump) == (3 * 2, 5 * 3)
    assert (Woven(IDENTITY, fixed(2)).period, Woven(IDENTITY, fixed(2)).jump) == (1, 0)
    joint = Joint((up, QuasiAffineMap.of([(0, 0), (0, 0)], 1)), Fraction(1, 5))
    assert (joint.period, joint.jump) == (2 * 3 * 5, 6)


@given(spans, st.integers(0, 6))
def test_a_pattern_rises_where_no_end_moves_back(drawn: list[tuple[int, int] | None], jump: int) -> None:
    ends = [(inf, -inf) if each is None else (each[0], each[0] + each[1]) for each in drawn]
    lows, highs = zip(*ends, strict=True)
    seen = [(lo + repeat * jump, hi + repeat * jump) for repeat in range(2) for lo, hi in ends]
    rises = None not in drawn and all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(seen))
    assert Pattern(tuple(lows), tuple(highs), jump).rising == rises


@given(st.lists(st.tuples(st.integers(-3, 6), st.integers(0, 3)), min_size=1, max_size=4), st.integers(0, 5))
def test_taps_rise_where_no_output_reads_further_back(drawn: list[tuple[int, int]], move: int) -> None:
    taps = Taps.of([range(first, first + count) for first, count in drawn], move)
    read = [taps.at(out) for out in range(2 * taps.period)]
    rises = all(read) and all(a[0] <= b[0] and a[-1] <= b[-1] for a, b in pairwise(read))
    assert taps_rise(taps) == rises


def test_the_widest_place_of_several_maps() -> None:
    near, far = QuasiAffineMap.of([(0, 0)], 1), QuasiAffineMap.of([(0, 2)], 3)
    assert [widest((near, far), count) for count in (1, 2, 5)] == [3, 5, 4 * 3 + 2 - 4 + 1]
    assert [widest_position((near, far), count) for count in (1, 2, 5)] == [0, 1, 4]
    phased = QuasiAffineMap.of([(0, 0), (0, 3), (1, 4)], 4)
    assert (widest((phased,), 1), widest_position((phased,), 1)) == (4, 1)
    nothing = QuasiAffineMap.of([None, None], 1)
    assert (widest((nothing,), 4), nothing.size, nothing.over(4)) == (0, 0, None)


def test_a_pattern_says_its_phases() -> None:
    assert repr(Pattern((0, inf), (1, -inf), 3)) == "Pattern((0, inf), (1, -inf), 3)"
    assert repr(QuasiAffineMap.of([(0, 2)], 2)) == "QuasiAffineMap(Pattern((0,), (0,), 1), 2, 0, 2)"


def test_intervals() -> None:
    assert [interval(*each) for each in ((2, 5), (3, 3), (3, 2), (inf, -inf))] == [(2, 5), (3, 3), None, None]
    assert join((2, 5), (4, 9)) == join((4, 9), (2, 5)) == (2, 9)
    assert [join(None, (1, 2)), join((0, 0), None), join(None, None)] == [(1, 2), (0, 0), None]
    assert [length(each) for each in ((2, 5), (3, 3), None)] == [4, 1, 0]


# The smallest field over paths.


def chain(*windows: Window, size: int = 20) -> SmallestField:
    field = smallest_of_input(size)
    for window in windows:
        read = field.read(window.taps(), size)
        assert read is not None
        field = read
    return field


def test_the_smaller_of_two_paths_counts_and_a_path_around_another_is_dropped() -> None:
    short, long = chain(Window(3, 1, 1)), chain(Window(3, 1, 1), Window(5, 1, 2))
    assert (short.size, long.size, len(short)) == (3, 7, 20)
    both = short.union([long])
    assert (both.size, len(both.maps), both.known) == (3, 1, True)
    assert long.union([short]).maps == short.maps
    moved = short.union([chain(Window(3, 1, 5))])
    assert (len(moved.maps), moved.size) == (1, 3), "shifted, it is inside the other"
    strided = short.union([chain(Window(2, 2))])
    assert (len(strided.maps), strided.size) == (2, 2)


def test_the_smallest_field_is_that_of_the_widest_position_of_its_path() -> None:
    # Phases see 1 or 4 positions: the path has 4, and the other one 3.
    phased = SmallestField(4, (QuasiAffineMap.of([(0, 0), (0, 3)], 2), QuasiAffineMap.of([(0, 2)], 2)))
    assert phased.size == 3
    assert SmallestField(4, (QuasiAffineMap.of([(0, 0), (0, 3)], 2), QuasiAffineMap.of([(0, 4)], 2))).size == 4
    assert SmallestField(1, (QuasiAffineMap.of([(0, 0), (0, 3)], 2), QuasiAffineMap.of([(0, 4)], 2))).size == 1
    uneven, even = QuasiAffineMap.of([(0, 0), (0, 8)], 2), QuasiAffineMap.of([(0, 4)], 2)
    assert [SmallestField(count, (uneven, even)).size for count in (1, 2)] == [1, 5]
    nothing = QuasiAffineMap.of([None, None], 1)
    assert SmallestField(2, (nothing, QuasiAffineMap.of([(0, 2)], 1))).size == 3
    assert SmallestField(2, (nothing, QuasiAffineMap.of([(0, 2)], 1), QuasiAffineMap.of([(0, 1)], 3))).size == 2
    assert SmallestField(2, (nothing,)).size == 0


def test_paths_that_read_at_different_positions_are_kept() -> None:
    one, two = QuasiAffineMap.of([(0, 0), None], 2), QuasiAffineMap.of([None, (0, 5)], 2)
    assert len(SmallestField(4, (one,)).union([SmallestField(4, (two,))]).maps) == 2
    inner, outer = QuasiAffineMap.of([(1, 2), None], 2), QuasiAffineMap.of([(0, 2), None], 2)
    assert SmallestField(4, (outer,)).union([SmallestField(4, (inner,))]).maps == (inner,)
    crooked, straight = QuasiAffineMap.of([(0, 1), (3, 4)], 2), QuasiAffineMap.of([(0, 1), (1, 2)], 2)
    assert len(SmallestField(4, (crooked,)).union([SmallestField(4, (straight,))]).maps) == 2


def test_too_many_paths_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [SmallestField(9, (QuasiAffineMap.of([(0, 2)], rate),)) for rate in range(1, 5)]
    monkeypatch.setattr(smallest_field, "MOST_PATHS", 4)
    known = fields[0].union(fields[1:])
    assert (known.known, known.size, len(known.maps)) == (True, 3, 4)
    monkeypatch.setattr(smallest_field, "MOST_PATHS", 3)
    unknown = fields[0].union(fields[1:])
    assert (unknown.known, unknown.size, len(unknown.maps)) == (False, None, 3)
    assert not fields[0].union([SmallestField(9, (IDENTITY,), known=False)]).known
    read = unknown.read(Window(3).taps(), 7)
    assert read is not None
    assert (read.known, len(read)) == (False, 7)


def test_global_operations_end_a_path_of_windows() -> None:
    field = smallest_of_input(6)
    assert field.read(WholeAxisRead.SELF_AND_ALL, 6) is field
    assert [field.read(each, 6) for each in (WholeAxisRead.ALL, WholeAxisRead.PAST, WholeAxisRead.NOTHING)] == [
        None
    ] * 3


@given(st.integers(0, 2**30))
def test_a_dropped_path_contains_another_one_shifted(seed: int) -> None:
    """By brute force over all shifts: of two paths one is dropped exactly if it holds the other at some distance."""
    rng = Random(seed)
    both = [_random_map(rng) for _ in range(2)]
    kept = SmallestField(3, (both[0],)).union([SmallestField(3, (both[1],))]).maps
    assert (len(kept) == 2) == (not _holds(both[0], both[1]) and not _holds(both[1], both[0]))


def _random_map(rng: Random) -> QuasiAffineMap:
    seen: list[Interval | None] = []
    for _ in range(2):
        lo = rng.randint(-2, 3)
        seen.append(None if rng.random() < 0.2 else (lo, lo + rng.randint(0, 4)))
    return QuasiAffineMap.of(seen, rng.randint(1, 2))


def _holds(outer: QuasiAffineMap, inner: QuasiAffineMap) -> bool:
    pairs = [(outer.at(out), inner.at(out)) for out in range(4)]
    if outer.rate != inner.rate or any((a is None) != (b is None) for a, b in pairs):
        return False
    real = [(a, b) for a, b in pairs if a is not None and b is not None]
    return any(all(a[0] <= b[0] + by and b[1] + by <= a[1] for a, b in real) for by in range(-9, 10))
