"""ClippedExtents and periodic maps against sets of positions kept one by one."""

from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.clipped_extents import ClippedExtents, identity
from archcalc.core.field import merged, of_input, union
from archcalc.core.quasi_affine import IDENTITY, QuasiAffineMap
from archcalc.core.reads import Taps, WholeAxisRead, fixed, share_of_axis
from archcalc.core.smallest_field import smallest_of_input
from archcalc.core.window import Window

phases = st.lists(st.tuples(st.integers(-4, 6), st.integers(0, 4)), min_size=1, max_size=3)
taps = st.builds(
    lambda phases, move, step: Taps.of(
        [range(first, first + count * step, step) for first, count in phases], move
    ),
    phases, st.integers(0, 3), st.integers(1, 3),
)  # fmt: skip
windows = st.builds(
    lambda kernel, stride, before, dilation: Window(kernel, stride, before, 0, dilation).taps(),
    st.integers(1, 5), st.integers(1, 3), st.integers(0, 4), st.integers(1, 3),
)  # fmt: skip
layers = st.lists(st.one_of(windows, taps), min_size=1, max_size=4)


def read_sets(seen: list[set[int]], pattern: Taps, size: int) -> list[set[int]]:
    return [set().union(*(seen[i] for i in pattern.at(out) if 0 <= i < len(seen))) for out in range(size)]


def hull(positions: set[int]) -> tuple[int, int] | None:
    return (min(positions), max(positions)) if positions else None


@given(st.integers(1, 12), layers, st.integers(1, 9))
def test_clipped_hulls_are_those_of_the_sets(n: int, patterns: list[Taps], size: int) -> None:
    hulls, seen = identity(n), [{i} for i in range(n)]
    for pattern in patterns:
        hulls, seen = hulls.read(pattern, size), read_sets(seen, pattern, size)
        assert list(hulls) == [hull(each) for each in seen]
    assert hulls.size == max((max(each) - min(each) + 1 if each else 0) for each in seen)


@given(layers)
def test_unclipped_maps_are_those_of_an_endless_input(patterns: list[Taps]) -> None:
    field = IDENTITY
    for pattern in patterns:
        field = field.read(pattern)

    def seen(position: int, depth: int) -> set[int]:
        if depth == 0:
            return {position}
        return set().union(*(seen(tap, depth - 1) for tap in patterns[depth - 1].at(position)))

    for position in range(-3, 2 * field.period + 3):
        assert field.at(position) == hull(seen(position, len(patterns)))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 4), st.integers(1, 5))
def test_union_of_maps_at_one_rate(first: int, second: int, factor: int, jump: int) -> None:
    one = QuasiAffineMap.of(tuple((i, i + first) for i in range(factor)), jump * factor)
    two = QuasiAffineMap.of(((-second, second),), jump)
    joined = one.union(two)
    for position in range(10):
        spans = (one.at(position), two.at(position))
        assert joined.at(position) == (min(s[0] for s in spans if s), max(s[1] for s in spans if s))


def test_hull_over_real_positions() -> None:
    field = QuasiAffineMap.of(((0, 2),), 2)
    assert field.over(5) == (0, 10)
    assert QuasiAffineMap.of(((0, 0), None), 3).over(4) == (0, 3)


def test_branches_at_two_rates_are_not_aligned() -> None:
    strided = of_input(10).read(Window(2, 2).taps(), 5)
    unstrided = of_input(10).read(Window(6).taps(), 5)
    assert strided is not None
    assert unstrided is not None
    field = union([strided, unstrided])
    assert not field.aligned
    assert field.jump is None
    assert field.full_size == 6  # position 4 sees 8..9 and 4..9; position 0 sees 0..1 and 0..5
    assert field.clipped_size == 6


def test_position_four_of_misaligned_branches_sees_both() -> None:
    far = of_input(20).read(Window(2, 4).taps(), 5)
    near = of_input(20).read(Window(2).taps(), 5)
    assert far is not None
    assert near is not None
    assert union([far, near]).full_size == 14  # position 4 sees 16..17 and 4..5


def test_global_operations_see_the_unclipped_hull_of_real_positions() -> None:
    seen = of_input(16).read(Window(6, 4, 1, 1).taps(), 4)
    assert seen is not None
    pooled = seen.read(WholeAxisRead.ALL, 1)
    assert pooled is not None
    assert (pooled.full_size, pooled.clipped_size, pooled.sees_all) == (6 + 3 * 4, 16, True)


def test_a_share_of_the_axis_is_no_window_and_depends_on_what_its_positions_do() -> None:
    # Frames 0 and 1 of a window of 3 over 16 frames: -1..1 and 0..2, of which -1 is padding.
    seen = of_input(16).read(Window(3, 1, 1, 1).taps(), 16)
    assert seen is not None
    share = seen.read(share_of_axis(range(2)), 1)
    assert share is not None
    assert (share.sees_all, share.window_size, share.full_at(0), list(share.clipped)) == (True, None, (-1, 2), [(0, 2)])
    assert smallest_of_input(16).read(share_of_axis(range(2)), 1) is None


def test_attention_depends_on_everything_and_keeps_the_extent_of_its_windows() -> None:
    seen = of_input(16).read(Window(3, 1, 1, 1).taps(), 16)
    assert seen is not None
    attended = seen.read(WholeAxisRead.SELF_AND_ALL, 16)
    assert attended is not None
    assert (attended.full_size, attended.window_size, attended.clipped_size) == (1 + 16 + 1, 3, 16)
    assert attended.full_at(5) == (-1, 16)
    assert attended.window_at(5) == (4, 6)


def test_windows_after_attention_keep_what_it_depends_on_over_the_ends() -> None:
    seen = of_input(16).read(Window(3, 1, 1, 1).taps(), 16)
    assert seen is not None
    attended = seen.read(WholeAxisRead.SELF_AND_ALL, 16)
    assert attended is not None
    convolved = attended.read(Window(3, 2, 1, 0).taps(), 8)
    assert convolved is not None
    assert [convolved.full_at(position) for position in range(8)] == [(-1, 16)] * 8
    assert list(convolved.clipped) == [(0, 15)] * 8
    assert (convolved.full_size, convolved.window_size, convolved.clipped_size) == (18, 5, 16)


def test_a_pool_depends_on_what_windows_see_over_one_end_alone() -> None:
    for before, after, hull in ((2, 0, (-2, 7)), (0, 2, (0, 9))):
        seen = of_input(8).read(Window(3, 1, before, after).taps(), 8)
        assert seen is not None
        pooled = seen.read(WholeAxisRead.ALL, 1)
        assert pooled is not None
        assert (pooled.full_at(0), pooled.full_size, pooled.clipped_size) == (hull, 10, 8)


def test_windows_after_attention_stay_inside_its_positions() -> None:
    attended = of_input(8).read(WholeAxisRead.SELF_AND_ALL, 8)
    assert attended is not None
    convolved = attended.read(Window(3, 1, 1, 1).taps(), 8)
    assert convolved is not None
    assert (convolved.full_size, convolved.window_size, convolved.clipped_size) == (8, 3, 8)
    assert (convolved.full_at(0), convolved.window_at(0)) == ((0, 7), (-1, 1))


def test_many_windows_after_attention_may_be_larger_than_what_it_reads() -> None:
    field = of_input(4).read(WholeAxisRead.SELF_AND_ALL, 4)
    for _ in range(3):
        assert field is not None
        field = field.read(Window(3, 1, 1, 1).taps(), 4)
    assert field is not None
    assert (field.full_size, field.window_size, field.clipped_size) == (7, 7, 4)


def test_a_pool_of_a_part_and_windows_elsewhere_are_joined_position_by_position() -> None:
    # The first five of 20 positions, pooled and repeated; and a window of 3. Position 19 depends on 0..4 and 18..20.
    part = of_input(20).read(Window(1, after=-15).taps(), 5)
    assert part is not None
    pooled = part.read(WholeAxisRead.ALL, 1)
    assert pooled is not None
    repeated, near = pooled.read(fixed(0), 20), of_input(20).read(Window(3, 1, 1, 1).taps(), 20)
    assert repeated is not None
    assert near is not None
    field = union([repeated, near])
    assert [field.full_at(position) for position in (0, 19)] == [(-1, 4), (0, 20)]
    assert (field.full_size, field.window_size, field.clipped_size) == (21, 3, 20)


def test_one_step_of_a_recurrence_depends_on_its_past_alone() -> None:
    past = of_input(4).read(WholeAxisRead.PAST, 4)
    assert past is not None
    third = past.read(fixed(2), 1)
    assert third is not None
    assert (past.full_size, third.full_size, third.window_size, third.sees_all) == (4, 3, None, True)


def test_positions_that_no_tap_reads_have_a_field_of_size_0() -> None:
    nothing = of_input(4).read(Taps.of([[]]), 2)
    assert nothing is not None
    assert (nothing.full_size, nothing.window_size, nothing.clipped_size) == (0, 0, 0)


def test_the_past_after_padding_is_all_that_its_windows_span_on_an_endless_input() -> None:
    padded = of_input(8).read(Window(3, 1, 2, 2).taps(), 10)
    assert padded is not None
    past = padded.read(WholeAxisRead.PAST, 10)
    assert past is not None
    assert [past.full_at(step) for step in range(10)] == [(-2, step) for step in range(10)]
    assert list(past.clipped) == [(0, min(step, 7)) for step in range(10)]
    assert (past.full_size, past.window_size, past.clipped_size) == (2 + 8 + 2, None, 8)


def test_the_window_of_output_0_says_where_fields_lie() -> None:
    field = of_input(16).read(Window(4, 2, 1).taps(), 7)
    assert field is not None
    assert field.start == (-1, 2)
    assert field.jump == 2
    pooled = field.read(WholeAxisRead.ALL, 1)
    assert pooled is not None
    assert (pooled.start, pooled.jump, pooled.window_size) == (None, None, None)


def test_the_past_grows() -> None:
    past = of_input(4).read(WholeAxisRead.PAST, 4)
    assert past is not None
    assert list(past.clipped) == [(0, 0), (0, 1), (0, 2), (0, 3)]


def test_the_future_shrinks_with_and_without_positions_that_read_nothing() -> None:
    future = of_input(4).read(WholeAxisRead.FUTURE, 4)
    assert future is not None
    assert list(future.clipped) == [(0, 3), (1, 3), (2, 3), (3, 3)]
    padded = of_input(3).read(Window(1, 1, 1, 1).taps(), 5)
    assert padded is not None
    future = padded.read(WholeAxisRead.FUTURE, 5)
    assert future is not None
    assert list(future.clipped) == [(0, 2), (0, 2), (1, 2), (2, 2), None]
    assert [future.full_at(step) for step in range(5)] == [(step - 1, 3) for step in range(5)]


def test_the_future_of_positions_that_move_back() -> None:
    swapped = of_input(6).read(Taps.of([[1], [0]], 2), 6)
    assert swapped is not None
    future = swapped.read(WholeAxisRead.FUTURE, 6)
    assert future is not None
    assert list(future.clipped) == [(0, 5), (0, 5), (2, 5), (2, 5), (4, 5), (4, 4)]


def test_maps_of_one_rate_are_merged() -> None:
    maps = merged([QuasiAffineMap.of(((0, 1),), 2), QuasiAffineMap.of(((0, 4),), 1), QuasiAffineMap.of(((1, 3),), 2)])
    assert [each.rate for each in maps] == [1, 2]
    assert maps[1].at(0) == (0, 3)


def test_reading_only_padding_sees_nothing() -> None:
    hulls = identity(3).read(Taps.of([[-2, -1]]), 1)
    assert hulls.size == 0
    assert list(hulls) == [None]
    assert hulls.ends is None
    assert hulls.union(ClippedExtents.of([(1, 2)])).ends == (1, 2)
    before_the_input = ClippedExtents.of([(-5, -3)])
    assert ClippedExtents.all_alike(None, 1).union(before_the_input).ends == (-5, -3)


def test_edges_are_where_a_run_of_either_end_begins() -> None:
    hulls = identity(10).read(Window(3, 1, 1, 1).taps(), 10)
    assert list(hulls) == [(0, 1), *((at - 1, at + 1) for at in range(1, 9)), (8, 9)]
    assert hulls.edges == [0, 1, 9]
    later = identity(10).read(Window(3, 1, 0, 2).taps(), 10)
    assert (later.edges, repr(identity(2))) == (
        [0, 8],
        "ClippedExtents(Runs((0, 2), (((0,), 1),)), Runs((0, 2), (((0,), 1),)))",
    )
