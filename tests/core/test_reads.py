"""Patterns of taps, and what they touch of a tensor, against the positions of every output one by one."""

from __future__ import annotations

from itertools import product
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.joined import runs_of
from archcalc.core.reads import POINTWISE, Taps, fixed
from archcalc.core.runs import Runs
from archcalc.core.searched import searched
from archcalc.core.touched import first_touched, last_touched
from archcalc.core.window import Window

positions = st.integers(-7, 12)
phases = st.lists(st.tuples(positions, st.integers(0, 4)), min_size=1, max_size=4)


def pattern(phases: list[tuple[int, int]], move: int, step: int) -> Taps:
    return Taps.of([range(first, first + count * step, step) for first, count in phases], move)


patterns = st.builds(pattern, phases, st.integers(0, 5), st.integers(1, 4))
windows = st.builds(
    lambda kernel, stride, before, dilation: Window(kernel, stride, before, dilation=dilation).taps(),
    st.integers(1, 5), st.integers(1, 6), st.integers(-9, 9), st.integers(1, 5),
)  # fmt: skip
sizes = st.integers(1, 20)


def inside(taps: Taps, out: int, n: int) -> list[int]:
    """What an output reads of a tensor of `n` positions."""
    repeat, phase = divmod(out, len(taps.first))
    read, last = taps.first[phase] + repeat * taps.move, taps.last[phase] + repeat * taps.move
    found = []
    while read <= last:
        found.append(read)
        read += taps.step
    return [each for each in found if 0 <= each < n]


@given(patterns | windows, sizes, sizes)
def test_first_and_last_touched(taps: Taps, n: int, size: int) -> None:
    read = [inside(taps, out, n) for out in range(size)]
    assert first_touched(taps, n, size).values() == [min(each, default=inf) for each in read]
    assert last_touched(taps, n, size).values() == [max(each, default=-inf) for each in read]


def test_long_windows_touch_in_few_runs() -> None:
    many = 10**6
    for taps in (Window(3, 2, 1).taps(), Window(5, 1, 8, dilation=4).taps(), Window(2, 7, 3, dilation=3).taps()):
        for found in (first_touched(taps, many, many // 7), last_touched(taps, many, many // 7)):
            assert sum(len(values) for _, values, _ in found.counted()) <= 10


def test_a_long_pattern_is_one_run_where_it_lies_inside() -> None:
    taps = pattern([(-4, 3), (0, 1), (5, 0)], 2, 1)
    first = first_touched(taps, 1000, 3 * 400)
    borders = [(3, (inf, 0, inf), 0), (3, (0, 2, inf), 0)]
    assert list(first.counted()) == [*borders, (3 * 398, (0, 4, inf), 2)]
    last = list(last_touched(taps, 30, 3 * 400).counted())
    assert last[1:3] == [(3 * 14, (0, 2, -inf), 2), (3, (28, -inf, -inf), 0)]


@given(patterns | windows, st.lists(st.integers(-5, 9) | st.just(inf), min_size=1, max_size=12), sizes)
def test_searched_is_the_least_and_the_greatest_of_what_is_read(taps: Taps, values: list[float], size: int) -> None:
    below = [-value for value in values]
    read = [inside(taps, out, len(values)) for out in range(size)]
    least = [min((values[at] for at in each), default=inf) for each in read]
    assert searched(runs_of(values), taps, size, min).values() == least
    assert searched(runs_of(below), taps, size, max).values() == [-value for value in least]


def test_windows_of_different_lengths_are_searched_in_parts() -> None:
    values = [5, 3, 9, 1, 7, 8, 0, 2]
    taps = Taps((0, 1, 3), (6, 1, 5), 1)
    assert searched(runs_of(values), taps, 3, min).values() == [0, 3, 1]
    assert searched(runs_of(values), taps, 6, min).values() == [0, 3, 1, 0, 9, 0]
    assert searched(runs_of([2, 1]), Taps((0,), (-1,), 1), 3, max) == Runs((0, 3), (((-inf,), 0),))


@given(patterns | windows, st.integers(-9, 30))
def test_an_output_reads_from_the_first_tap_to_the_last(taps: Taps, out: int) -> None:
    repeat, phase = out // taps.period, out % taps.period
    read = taps.at(out)
    assert list(read) == list(range(taps.first[phase], taps.last[phase] + 1, taps.step)) or repeat
    assert [at - repeat * taps.move for at in read] == list(taps.at(phase))


@given(patterns | windows, st.integers(0, 30))
def test_taps_are_counted(taps: Taps, size: int) -> None:
    lengths = [len(list(taps.at(out))) for out in range(size)]
    assert taps.count(size) == sum(lengths)
    assert taps.longest == max(len(list(taps.at(phase))) for phase in range(taps.period))
    assert taps.single == (taps.period == 1)


@given(patterns | windows, sizes, sizes)
def test_windows_that_are_always_inside_touch_the_tensor(taps: Taps, n: int, size: int) -> None:
    read = [list(taps.at(out)) for out in range(size)]
    touching = all(each and each[0] < n and each[-1] >= 0 for each in read)
    without_holes = taps.period == 1 and taps.step == 1
    assert taps.always_inside(n, size) == (touching and without_holes and taps.move > 0)


@given(patterns | windows)
def test_what_reads_its_own_position(taps: Taps) -> None:
    outputs = range(-2 * taps.period, 3 * taps.period)
    own = all(set(taps.at(out)) <= {out} for out in outputs)
    assert taps.own_position == own or taps.move != taps.period
    if taps.move != taps.period:
        assert not taps.own_position
    itself = taps.period == taps.move == 1 and all(out in taps.at(out) for out in outputs)
    assert taps.reads_itself == itself


def test_positions_that_are_evenly_spaced() -> None:
    assert Taps.of([(0, 2, 4), (1, 3), (), (7,)], 5) == Taps((0, 1, 0, 7), (4, 3, -1, 7), 5, 2)
    assert Taps.of([()]) == Taps((0,), (-1,), 1, 1)
    assert Taps.of([(3,)]) == Taps((3,), (3,), 1, 1)
    for wrong in ([(0, 1, 3)], [(0, 1), (0, 2)], [(3, 2)], [(1, 1)]):
        with pytest.raises(ValueError, match="after one another"):
            Taps.of(wrong)


def test_outputs_that_read_nothing_have_no_taps_however_far_their_ends_cross() -> None:
    taps = Taps((5, 0), (1, 2), 1)
    assert (taps.longest, taps.count(3), list(taps.at(0))) == (3, 3, [])
    assert Taps((5,), (1,)).longest == 0


def test_pointwise_and_fixed_reads() -> None:
    assert [list(POINTWISE.at(out)) for out in range(3)] == [[0], [1], [2]]
    assert [list(fixed(4).at(out)) for out in range(3)] == [[4], [4], [4]]
    assert POINTWISE.own_position
    assert not fixed(0).own_position


def test_windows_that_miss_a_tensor_with_holes() -> None:
    """Every window of up to 3 taps, at a distance of 3, on up to 4 positions."""
    for kernel, stride, before, dilation, n in product(range(1, 4), range(1, 5), range(9), range(1, 4), range(1, 5)):
        taps = Window(kernel, stride, before, dilation=dilation).taps()
        read = [inside(taps, out, n) for out in range(6)]
        assert first_touched(taps, n, 6).values() == [min(each, default=inf) for each in read]
        assert last_touched(taps, n, 6).values() == [max(each, default=-inf) for each in read]


def test_the_last_position_read_is_one_that_is_read() -> None:
    assert Taps((0, 3), (5, 2), 1, 2).last_read == (4, 1)
    phases = [(first, first + more) for first in (-3, 0, 2) for more in range(7)]
    taps = Taps(tuple(first for first, _ in phases), tuple(last for _, last in phases), 1, 3)
    assert list(taps.last_read) == [taps.at(phase)[-1] for phase in range(taps.period)]


@pytest.mark.parametrize("first", [-7, -4, 0, 3])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_taps_inside_are_those_of_the_first_positions(first: int, step: int) -> None:
    for taps, position, count in product((1, 2, 6), range(3), range(5)):
        reads = Taps((first,), (first + step * (taps - 1),), 2, step)
        assert list(reads.inside(position, count)) == [at for at in reads.at(position) if 0 <= at < count]
