"""Sets of positions as progressions, against sets of numbers."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.positions import SHORT, Positions
from archcalc.core.reached import ReachedAxis, image
from archcalc.core.reads import Taps, WholeAxisRead, fixed
from archcalc.core.window import TransposedWindow, Window, adaptive_taps

SIZE = 400


@st.composite
def progressions(draw: st.DrawFn) -> range:
    start, step = draw(st.integers(0, SIZE - 1)), draw(st.sampled_from((1, 1, 2, 3, 4, 6, 7)))
    return range(start, draw(st.integers(start, SIZE)), step)


@given(st.lists(progressions(), max_size=6))
def test_a_union_holds_each_position_once(ranges: list[range]) -> None:
    positions, expected = Positions.of(ranges), {position for each in ranges for position in each}
    assert sorted(positions) == sorted(expected)
    assert positions.count == len(expected)
    assert bool(positions) == bool(expected)
    if expected:
        assert (positions.first, positions.last) == (min(expected), max(expected))
    assert all((position in positions) == (position in expected) for position in range(SIZE))
    starts = [run.start for run in positions.runs]
    assert starts == sorted(starts)
    assert all(run.step > 0 and len(run) for run in positions.runs)


def test_unions_of_long_progressions_stay_short() -> None:
    many = 10**9
    assert Positions.of([range(0, many, 2), range(1, many, 2)]).runs == (range(many),)
    assert Positions.of([range(0, many, 4), range(2, many, 4)]).runs == (range(0, many, 2),)
    assert Positions.of([range(0, many, 2), range(10, 20)]).count == many // 2 + 5
    assert len(Positions.of([range(0, many, 2), range(0, many, 3)]).runs) < SHORT


def test_lone_positions_at_equal_distances_are_one_run() -> None:
    assert str(Positions.of(range(at, at + 1) for at in (3, 7, 11, 15))) == "3 to 15 by 4"
    assert str(Positions.of([range(2, 3), range(5, 9)])) == "2, 5 to 8"
    assert str(Positions(())) == "none"


patterns = st.one_of(
    st.builds(Window, st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), dilation=st.integers(1, 4)),
    st.builds(TransposedWindow, st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), dilation=st.integers(1, 3)),
).map(lambda window: window.taps()) | st.builds(adaptive_taps, st.integers(1, 40), st.integers(1, 40))
anything = st.builds(
    lambda phases, move, step: Taps.of(
        [range(first, first + count * step, step) for first, count in phases], move
    ),
    st.lists(st.tuples(st.integers(-6, 20), st.integers(0, 4)), min_size=1, max_size=4), st.integers(0, 9),
    st.sampled_from((1, 1, 2, 3)),
)  # fmt: skip


def read(taps: Taps, output: int) -> set[int]:
    return set(taps.at(output))


@given(st.lists(progressions(), max_size=4), patterns | anything, st.integers(1, SIZE))
def test_an_image_is_what_reads_any_of_the_positions(ranges: list[range], taps: Taps, size: int) -> None:
    positions = Positions.of(ranges)
    expected = {output for output in range(size) if read(taps, output) & set(positions)}
    assert set(image(positions, taps, size)) == expected


@pytest.mark.parametrize("phases", [[(0, 3), (1, 4)], [(0, 4), (4, 8)], [(0, 2, 4), (1, 3, 5)]])
def test_an_image_through_phases_with_holes(phases: list[tuple[int, ...]]) -> None:
    """Their ends never move back, but what lies between them is not all read."""
    for move, held, size in product((2, 5), (range(2, 3), range(5, 7), range(1, 9, 4)), (1, 2, 7)):
        taps = Taps.of(phases, move)
        expected = {output for output in range(size) if read(taps, output) & set(held)}
        assert set(image(Positions.of([held]), taps, size)) == expected


@pytest.mark.parametrize("taps", [fixed(4), Taps.of([[3, 4], [9], [1, 2]], 0), Taps.of([[0, 3], [2, 5]], 0)])
def test_an_image_through_reads_that_do_not_move(taps: Taps) -> None:
    """Broadcasting and selection: outputs read the same positions again and again."""
    for held in (range(3, 6), range(9, 10), range(0, 12, 3), range(2), range(100)):
        for size in (1, 2, 7):
            expected = {output for output in range(size) if read(taps, output) & set(held)}
            assert set(image(Positions.of([held]), taps, size)) == expected


@pytest.mark.parametrize("step", [2, 3, 4, 6])
@pytest.mark.parametrize("move", [1, 2, 3, 4, 5])
def test_an_image_of_a_long_progression(step: int, move: int) -> None:
    """Too long to be split into lone positions: outputs are found by congruences."""
    positions = Positions.of([range(7, 7 + 90 * step, step)])
    assert positions.runs == (range(7, 7 + 89 * step + 1, step),)
    held = set(positions)
    for first in (-9, 0, 5, 7, 8, 30):
        for taps in (Taps((first,), (first,), move), Taps((first, first + 1), (first + 2, first + 1), move, 2)):
            for size in (1, 50, 400):
                expected = {output for output in range(size) if read(taps, output) & held}
                assert set(image(positions, taps, size)) == expected, (first, taps, size)


def test_whole_axes_and_the_past() -> None:
    one = ReachedAxis(8, Positions.of([range(3, 4)]))
    assert one.read(WholeAxisRead.NOTHING, 8) is None
    assert one.read(WholeAxisRead.ALL, 5) == ReachedAxis(5, Positions.of([range(5)]))
    assert one.read(WholeAxisRead.PAST, 8) == ReachedAxis(8, Positions.of([range(3, 8)]))
    assert one.read(WholeAxisRead.FUTURE, 8) == ReachedAxis(8, Positions.of([range(4)]))
    assert one.read(Window(1, before=-4).taps(), 4) is None


def test_an_image_of_a_long_axis_is_worked_out_from_its_ends() -> None:
    many = 6 * 10**11
    whole = Positions.of([range(many)])
    assert image(whole, Window(3, 2).taps(), many // 2).runs == (range(many // 2),)
    assert image(whole, TransposedWindow(1, 2).taps(), 2 * many).runs == (range(0, 2 * many, 2),)
    assert image(whole, adaptive_taps(6, 4), many).runs == (range(many // 6 * 4),)


def test_what_two_paths_reach_is_united() -> None:
    one, two = (ReachedAxis(8, Positions.of([range(at, at + 2)])) for at in (0, 5))
    assert one.union([two]) == ReachedAxis(8, Positions.of([range(2), range(5, 7)]))
    assert one.positions.union(one.positions) is one.positions
    assert len(one) == 8


@given(st.integers(0, 3), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3)), min_size=2, max_size=3))
def test_unions_of_sparse_progressions_of_a_thousand(first: int, others: list[tuple[int, int]]) -> None:
    """Longer than what is split into lone positions, with starts and steps that interleave."""
    ranges = [range(first, 1000, 2), *(range(start, 1000 - 7 * step, 2 * step) for start, step in others)]
    positions, expected = Positions.of(ranges), sorted({position for each in ranges for position in each})
    assert sorted(positions) == expected
    assert positions.count == len(expected)
    assert len(positions.runs) <= 40


def test_progressions_that_touch_are_one_run() -> None:
    assert Positions.of([range(4), range(4, 6)]).runs == (range(6),)
    assert Positions.of([range(4), range(5, 6)]).runs == (range(4), range(5, 6))
    assert Positions.of([range(0, 10, 5), range(10, 30, 5)]).runs == (range(0, 26, 5),)
    assert Positions.of([range(3, 3), range(5, 9, 3)]).runs == (range(5, 9, 3),)
    assert Positions.of([range(9), range(2, 4), range(8, 12)]).runs == (range(12),)
    assert Positions.of([range(0, 300, 3), range(1, 300, 3), range(2, 300, 3)]).runs == (range(300),)
    assert len(Positions.of([range(0, 300, 3), range(1, 300, 3)]).runs) == 3
    assert Positions.of([range(0, 300, 2), range(300, 600)]).runs == (range(0, 299, 2), range(300, 600))
    assert [Positions.of([range(0, 128, 2), range(at, at + 1)]).count for at in (0, 1, 126, 127, 128)] == [
        64, 65, 64, 65, 65]  # fmt: skip
