"""Functions kept as runs against lists of their values: joined, sampled, composed, clamped, merged, compared."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.composed import clamped, composed
from archcalc.core.joined import Joined, runs_of
from archcalc.core.merged import merged, widest
from archcalc.core.runs import Runs, back, expanded, line, sampled

Piece = tuple[int, tuple[float, ...], int]
LENGTH = 24


def pieces(nothing: float, least: int = -6) -> st.SearchStrategy[list[Piece]]:
    """A function in pieces: how many positions, values that repeat, and how far each repeat moves."""
    value = st.integers(least, 9) | st.integers(0, 3) | st.just(nothing)
    values = st.lists(value, min_size=1, max_size=4).map(tuple)
    return st.lists(st.tuples(st.integers(1, 9), values, st.integers(0, 4)), min_size=1, max_size=5)


def plain(piece: Piece) -> list[float]:
    count, values, jump = piece
    return [values[at % len(values)] + at // len(values) * jump for at in range(count)]


def joined(found: list[Piece]) -> tuple[Runs, list[float]]:
    """The same function as runs and as a list."""
    runs = Joined()
    for each in found:
        runs.add(*each)
    return runs.runs(), [value for each in found for value in plain(each)]


def stretched(found: list[Piece], length: int) -> list[Piece]:
    """The last piece made longer or shorter, so that the function has so many positions."""
    kept, left = [], length
    for count, values, jump in found:
        kept.append((min(count, left), values, jump))
        left -= min(count, left)
    return [*kept, (left, *found[-1][1:])]


downward, upward = pieces(-inf), pieces(inf)


@given(upward | downward)
def test_pieces_hold_their_values(found: list[Piece]) -> None:
    runs, values = joined(found)
    assert (len(runs), runs.values()) == (len(values), values)
    assert [runs.at(position) for position in range(len(values))] == values
    assert (runs.least, runs.greatest) == (min(values), max(values))
    assert runs.rising == (inf not in map(abs, values) and all(a <= b for a, b in pairwise(values)))
    assert [value for each in runs.counted() for value in plain(each)] == values
    assert list(runs.edges) == sorted(set(runs.edges))
    copied = Joined()
    copied.extend(runs)
    assert copied.runs().values() == values


@pytest.mark.parametrize(
    ("found", "rising"),
    [
        ([(3, (0,), 1), (2, (2,), 0)], True),  # 0 1 2 2 2
        ([(3, (0,), 1), (2, (1,), 0)], False),
        ([(4, (0, 3), 3), (2, (6,), 5)], True),  # 0 3 3 6 6 11
        ([(4, (0, 3), 3), (2, (5,), 5)], False),
        ([(4, (0, 3), 2), (2, (9,), 0)], False),  # 0 3 2 5
        ([(2, (0, 3), 0), (2, (9,), 0)], True),
        ([(3, (0, 3), 0)], False),
        ([(3, (5, 3, 9), 9)], False),
        ([(2, (0,), 1), (2, (inf,), 0)], False),
        ([(2, (-inf,), 0), (2, (1,), 0)], False),
        ([(2, (-inf, 3), 0)], False),
        ([(2, (inf,), 0)], False),
        ([(1, (7,), 0)], True),
    ],
)
def test_a_function_rises_where_no_value_is_below_the_one_before(found: list[Piece], rising: bool) -> None:
    assert joined(found)[0].rising is rising


@given(upward)
def test_values_one_by_one_are_the_same_function(found: list[Piece]) -> None:
    _, values = joined(found)
    assert runs_of(values).values() == values


@pytest.mark.parametrize(
    ("values", "edges", "parts"),
    [
        ([4], (0, 1), [((4,), 0)]),
        ([0, 1, 2, 3], (0, 4), [((0,), 1)]),
        ([5, 5, 5], (0, 3), [((5,), 0)]),
        ([3, 5, 7, 8], (0, 3, 4), [((3,), 2), ((8,), 0)]),
        ([0, 0, 1, 2, 3, 3], (0, 2, 5, 6), [((0,), 0), ((1,), 1), ((3,), 0)]),
        ([3, 2, 1], (0, 1, 2, 3), [((3,), 0), ((2,), 0), ((1,), 0)]),
        ([inf, inf, 2, 2], (0, 2, 4), [((inf,), 0), ((2,), 0)]),
        ([2, inf, inf, 3], (0, 1, 3, 4), [((2,), 0), ((inf,), 0), ((3,), 0)]),
        ([0, 1, 5, 6, 10, 11, 15], (0, 7), [((0, 1), 5)]),
        ([0, 1, 0, 1, 0], (0, 5), [((0, 1), 0)]),
        ([0, 1, 5, 6, 11, 12], (0, 4, 6), [((0, 1), 5), ((11,), 1)]),
        ([5, 6, 0, 1], (0, 2, 4), [((5,), 1), ((0,), 1)]),
        ([inf, 1, inf, 1], (0, 1, 2, 3, 4), [((inf,), 0), ((1,), 0), ((inf,), 0), ((1,), 0)]),
        ([inf, inf, 4, 4, inf, inf], (0, 2, 4, 6), [((inf,), 0), ((4,), 0), ((inf,), 0)]),
        ([-inf, -inf, 1], (0, 2, 3), [((-inf,), 0), ((1,), 0)]),
    ],
)
def test_lines_and_pairs_of_lines_are_one_run(values: list[float], edges: tuple[int, ...], parts: list[object]) -> None:
    runs = runs_of(values)
    assert (tuple(runs.edges), list(runs.parts)) == (edges, parts)


@pytest.mark.parametrize(
    ("found", "runs"),
    [
        ([(6, (0, 2, 4), 6)], [(6, (0,), 2)]),  # a pattern that is a line
        ([(2, (0, 2, 5), 9)], [(2, (0,), 2)]),  # only its first values are there
        ([(3, (0, 2, 5), 9)], [(3, (0, 2, 5), 0)]),  # it does not repeat, so it does not move
        ([(6, (0, 2, 4), 7)], [(6, (0, 2, 4), 7)]),
        ([(6, (0, 3, 4), 6)], [(6, (0, 3, 4), 6)]),
        ([(4, (5, 4), 2)], [(4, (5, 4), 2)]),
        ([(2, (inf,), 1), (2, (inf,), 2)], [(4, (inf,), 0)]),
        ([(2, (-inf,), 1), (2, (-inf,), 2)], [(4, (-inf,), 0)]),
        ([(3, (1,), 2), (3, (7,), 2)], [(6, (1,), 2)]),
        ([(3, (1,), 2), (3, (8,), 2)], [(6, (1, 3, 5), 7)]),  # two lines of one length and slope
        ([(3, (1,), 2), (3, (7,), 1)], [(3, (1,), 2), (3, (7,), 1)]),
        ([(1, (1,), 0), (3, (4,), 3)], [(4, (1,), 3)]),  # one position has any slope
        ([(1, (4,), 0), (3, (3,), 1)], [(1, (4,), 0), (3, (3,), 1)]),
        ([(4, (0, 5), 3), (4, (6, 11), 3)], [(8, (0, 5), 3)]),
        ([(4, (0, 5), 3), (4, (6, 11), 4)], [(4, (0, 5), 3), (4, (6, 11), 4)]),
        ([(4, (0, 5), 3), (4, (6, 12), 3)], [(4, (0, 5), 3), (4, (6, 12), 3)]),
        ([(4, (0, 5), 3), (1, (6,), 0)], [(5, (0, 5), 3)]),
        ([(6, (0, 5, 3), 3), (4, (6, 11), 3)], [(6, (0, 5, 3), 3), (4, (6, 11), 3)]),
        ([(4, (0, 5), 3), (3, (6,), 0)], [(4, (0, 5), 3), (3, (6,), 0)]),
        ([(3, (0, 5), 3), (2, (8, 6), 3)], [(3, (0, 5), 3), (2, (8, 6), 0)]),
        ([(2, (0, 5), 0), (1, (0,), 0)], [(2, (0,), 5), (1, (0,), 0)]),
        ([(6, (4, 4), 0)], [(6, (4,), 0)]),
        ([(6, (4, 4), 1)], [(6, (4, 4), 1)]),
        ([(0, (3,), 1), (2, (4,), 1), (-1, (9,), 0)], [(2, (4,), 1)]),
    ],
)
def test_a_run_that_continues_the_last_one_is_part_of_it(found: list[Piece], runs: list[Piece]) -> None:
    assert list(joined(found)[0].counted()) == runs


@given(upward, upward)
def test_functions_are_equal_where_their_runs_are(found: list[Piece], other: list[Piece]) -> None:
    first, again, second = joined(found), joined(found), joined(other)
    assert first[0] == again[0]
    assert hash(first[0]) == hash(again[0])
    assert first[1] == second[1] or first[0] != second[0]
    assert first[0] != first[1]


parts = st.tuples(st.lists(st.integers(-5, 9) | st.just(inf), min_size=1, max_size=5).map(tuple), st.integers(0, 4))


@given(parts, st.integers(-9, 20), st.integers(0, 12), st.integers(1, 15))
def test_a_sample_is_every_stepth_position(
    part: tuple[tuple[float, ...], int], first: int, step: int, count: int
) -> None:
    values, jump = part
    period = len(values)
    expected = [values[at % period] + at // period * jump for at in (first + out * step for out in range(count))]
    sample = sampled(part, first, step, count)
    assert plain((count, *sample)) == expected
    assert len(sample[0]) <= min(count, period)
    assert list(expanded(sample, count)) == expected


@given(parts, st.integers(1, 15), st.integers(1, 15))
def test_the_last_values_in_reverse_order(part: tuple[tuple[float, ...], int], count: int, wanted: int) -> None:
    values = plain((count, *part))
    assert list(expanded(part, count)) == values
    assert back(part, count, wanted) == values[::-1][:wanted]


@given(upward, st.data())
def test_a_piece_of_a_run(found: list[Piece], data: st.DataObject) -> None:
    runs, values = joined(found)
    run = data.draw(st.integers(0, len(runs.parts) - 1))
    first = data.draw(st.integers(runs.edges[run], runs.edges[run + 1] - 1))
    count = data.draw(st.integers(1, runs.edges[run + 1] - first))
    assert plain((count, *runs.piece(run, first, count))) == values[first : first + count]


@given(upward, st.data())
def test_a_stretch_over_several_runs(found: list[Piece], data: st.DataObject) -> None:
    runs, values = joined(found)
    first = data.draw(st.integers(0, len(values) - 1))
    stop = data.draw(st.integers(first, len(values)))
    assert runs.stretch(first, stop) == values[first:stop]


@given(upward, st.integers(0, 3), st.integers(0, 4), st.integers(1, 12))
def test_a_line_through_a_function(found: list[Piece], first: int, step: int, count: int) -> None:
    runs, values = joined(stretched(found, 3 + 4 * 11 + 1))
    composition = composed(runs, line(count, first, step))
    assert composition.values() == [values[first + out * step] for out in range(count)]
    assert len(composition.parts) <= len(runs.parts)
    if step:
        assert clamped(runs, first, step, count).values() == composition.values()


@given(upward, pieces(inf, 0))
def test_positions_in_patterns_through_a_function(found: list[Piece], index: list[Piece]) -> None:
    positions, wanted = joined(index)
    finite = [int(each) for each in wanted if each != inf]
    runs, values = joined(stretched(found, max(finite, default=0) + 1))
    composition = composed(runs, positions)
    assert composition.values() == [each if each == inf else values[int(each)] for each in wanted]
    if runs.rising and positions.rising:
        assert composition.rising


@given(downward, pieces(-inf, 0))
def test_no_position_through_a_function_is_no_value(found: list[Piece], index: list[Piece]) -> None:
    positions, wanted = joined(index)
    runs, values = joined(stretched(found, 40))
    if max(wanted) < 40:
        assert composed(runs, positions).values() == [each if each == -inf else values[int(each)] for each in wanted]


def test_a_position_that_is_none_stays_the_infinity_it_is() -> None:
    index = Joined()
    index.add(6, (0, inf, -inf), 1)
    assert composed(line(9, -inf, 0), index.runs()).values() == [-inf, inf, -inf] * 2
    assert composed(line(9, 5, 2), index.runs()).values() == [5, inf, -inf, 7, inf, -inf]


def test_a_pattern_of_positions_is_one_run_where_it_is_inside_one() -> None:
    index = Joined()
    index.add(800, (0, 3), 4)
    assert list(composed(line(1600, 5, 2), index.runs()).counted()) == [(800, (5, 11), 8)]
    waves = Joined()
    waves.add(1600, (0, 7, 9), 10)
    found = composed(waves.runs(), index.runs())
    assert [count for count, _, _ in found.counted()] == [800]
    assert found.at(398) == 199 * 4 // 3 * 10 + (0, 7, 9)[199 * 4 % 3]
    halves = Joined()
    halves.add(500, (0,), 1)
    halves.add(1100, (700,), 2)
    assert [count for count, _, _ in composed(halves.runs(), index.runs()).counted()] == [2 * 125, 2 * 275]


@given(upward, st.integers(-12, 30), st.integers(1, 5), st.integers(1, 40))
def test_positions_outside_have_the_nearest_value(found: list[Piece], first: int, step: int, count: int) -> None:
    runs, values = joined(found)
    kept = clamped(runs, first, step, count)
    assert kept.values() == [values[min(max(0, first + out * step), len(values) - 1)] for out in range(count)]
    assert len(kept.parts) <= len(runs.parts) + 2
    assert list(kept.edges) == sorted(set(kept.edges))
    assert kept.edges[-1] == count
    assert all(len(pattern) <= held for held, pattern, _ in kept.counted())


def test_a_border_a_middle_and_a_border() -> None:
    assert list(clamped(line(10), -2, 1, 14).counted()) == [(2, (0,), 0), (10, (0,), 1), (2, (9,), 0)]
    assert list(clamped(line(10, 4, 0), -2, 1, 14).counted()) == [(14, (4,), 0)]
    assert clamped(line(10), -2, 1, 14).rising


@given(upward, upward, st.integers(1, LENGTH))
def test_the_smaller_of_two_functions(found: list[Piece], other: list[Piece], length: int) -> None:
    (first, values), (second, others) = (joined(stretched(each, length)) for each in (found, other))
    assert merged(first, second, min).values() == list(map(min, values, others))
    assert merged(first, first, min) is first


@given(downward, downward, st.integers(1, LENGTH))
def test_the_larger_of_two_functions(found: list[Piece], other: list[Piece], length: int) -> None:
    (first, values), (second, others) = (joined(stretched(each, length)) for each in (found, other))
    assert merged(first, second, max).values() == list(map(max, values, others))


@given(st.data())
def test_long_slopes_that_cross(data: st.DataObject) -> None:
    """Patterns of many repeats whose slopes differ are given in runs before, at and after the crossing."""
    drawn = [data.draw(st.lists(st.integers(0, 300), min_size=1, max_size=3).map(tuple)) for _ in range(2)]
    jumps = [data.draw(st.integers(0, 6)) for _ in range(2)]
    both = [joined([(400, values, jump)]) for values, jump in zip(drawn, jumps, strict=True)]
    for pick in (min, max):
        found = merged(both[0][0], both[1][0], pick)
        assert found.values() == list(map(pick, both[0][1], both[1][1]))
    period = len(drawn[0]) * len(drawn[1])
    spread = max(map(max, drawn)) + period * 6
    assert sum(len(values) for _, values, _ in found.counted()) <= 2 * spread + 6 * period


def test_crossing_lines_are_two_runs() -> None:
    rising, falling_behind = line(1000, 0, 3), line(1000, 500, 2)
    crossing = 500
    smaller, larger = (merged(rising, falling_behind, pick) for pick in (min, max))
    for found, (before, after) in ((smaller, (3, 2)), (larger, (2, 3))):
        counted = list(found.counted())
        assert (counted[0][2], counted[-1][2]) == (before, after)
        assert abs(counted[0][0] - crossing) <= 2
        assert len(counted) <= 3
        assert found.values() == [
            (min if found is smaller else max)(3 * at, 500 + 2 * at) for at in range(1000)
        ]  # fmt: skip


@given(upward, downward, st.integers(1, LENGTH))
def test_the_largest_distance_and_the_first_place_where_it_is(
    found: list[Piece], other: list[Piece], length: int
) -> None:
    (low, lows), (high, highs) = (joined(stretched(each, length)) for each in (found, other))
    distances = [max(-1, b - a) for a, b in zip(lows, highs, strict=True)]
    size, place = widest(low, high)
    assert size == max(distances)
    assert size == -1 or distances[place] == size
    if size >= 0 and all(len(values) == 1 for runs in (low, high) for values, _ in runs.parts):
        assert place == distances.index(size) or size == distances[place]


def test_of_equal_distances_the_first_place_counts() -> None:
    assert widest(line(9, 0, 1), line(9, 4, 1)) == (4, 0)
    assert widest(line(9, 0, 2), line(9, 4, 1)) == (4, 0)
    assert widest(line(9, 0, 1), line(9, 4, 2)) == (4 + 8, 8)
    assert widest(runs_of([0, 0, 0, 5]), runs_of([1, 3, 3, 8])) == (3, 1)
    assert widest(line(2, inf, 0), line(2, -inf, 0)) == (-1, 0)
    waves = Joined()
    waves.add(8, (0, 3, 1), 2)  # 0 3 1 2 5 3 4 7
    assert widest(line(8, 0, 0), waves.runs()) == (7, 7)
    assert widest(line(8, 0, 1), waves.runs()) == (2, 1)


def test_a_line_rises_where_it_has_values_and_never_falls() -> None:
    lines = [line(4, 3, 0), line(4, 3, 2), line(4, -3, 1), line(4, 3, -1), line(4, inf, 0), line(4, -inf, 0)]
    assert [each.rising for each in lines] == [True, True, True, False, False, False]
    assert [(each.least, each.greatest) for each in lines[:3]] == [(3, 3), (3, 9), (-3, 0)]


def test_a_function_says_its_runs() -> None:
    assert repr(runs_of([1, 2])) == "Runs((0, 2), (((1,), 1),))"
