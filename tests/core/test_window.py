"""Window arithmetic against the plainest possible count of the places where a window fits."""

import re
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.problem import OperatorError
from archcalc.core.reads import Taps
from archcalc.core.window import (
    LONGEST_PATTERN,
    TransposedWindow,
    Window,
    adaptive_taps,
    block_taps,
    block_window,
    check_fits,
    linear_taps,
    nearest_taps,
    part_window,
    resolve_padding,
    rolled_taps,
    scaled_size,
)

windows = st.builds(
    Window,
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
    before=st.integers(0, 4),
    after=st.integers(0, 4),
    dilation=st.integers(1, 3),
    ceil_mode=st.just(False),
)


def evaluated(formula: str) -> int:
    """The value of a printed formula; its divisions are exact."""
    exact = re.sub(r"\b(\d+)\b", r"Fraction(\1)", formula)
    return int(eval(exact, {"Fraction": Fraction, "floor": floor, "ceil": ceil, "min": min}))


@given(windows, st.integers(1, 30), st.booleans())
def test_the_formula_of_a_size_is_the_size(window: Window, n: int, ceil_mode: bool) -> None:
    rounded = window._replace(ceil_mode=ceil_mode)
    if rounded.size(n) > 0:
        assert evaluated(rounded.size_formula(n)) == rounded.size(n)
    last = ceil(Fraction(window.padded(n) - window.extent, window.stride)) * window.stride  # where the last one starts
    dropped = ceil_mode and last >= n + window.before
    assert rounded.drops_last(n) == dropped == rounded.size_formula(n).startswith("min")


@pytest.mark.parametrize(
    ("window", "formula"),
    [
        (Window(3), "floor((8 - 1*(3 - 1) - 1) / 1) + 1"),
        (Window(3, 2, 1, 1), "floor((8 + 1 + 1 - 1*(3 - 1) - 1) / 2) + 1"),
        (Window(3, 2, 0, 1), "floor((8 + 0 + 1 - 1*(3 - 1) - 1) / 2) + 1"),
        (Window(3, 2, 1, 0, 2), "floor((8 + 1 + 0 - 2*(3 - 1) - 1) / 2) + 1"),
        (Window(3, 2, ceil_mode=True), "ceil((8 - 1*(3 - 1) - 1) / 2) + 1"),
        (Window(2, 5, 2, 2, ceil_mode=True), "min(ceil((8 + 2 + 2 - 1*(2 - 1) - 1) / 5) + 1, ceil((8 + 2) / 5))"),
        (Window(1, 9, ceil_mode=True), "min(ceil((8 - 1*(1 - 1) - 1) / 9) + 1, ceil((8) / 9))"),
    ],
)
def test_formulas_name_what_there_is(window: Window, formula: str) -> None:
    assert window.size_formula(8) == formula
    assert evaluated(formula) == window.size(8)


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), st.integers(0, 1), st.integers(1, 3))
def test_a_transposed_window_ends_where_its_last_input_writes(
    n: int, kernel: int, stride: int, padding: int, more: int, dilation: int
) -> None:
    window = TransposedWindow(kernel, stride, padding, more, dilation)
    written = [i * stride + j * dilation for i in range(n) for j in range(kernel)]
    assert window.size(n) == max(written) + 1 - 2 * padding + more
    assert evaluated(window.size_formula(n)) == window.size(n)


def phases(taps: Taps) -> list[tuple[int, ...]]:
    return [tuple(taps.at(phase)) for phase in range(taps.period)]


@given(windows, st.integers(1, 30))
def test_size_is_the_number_of_places_where_the_window_fits(window: Window, n: int) -> None:
    padded = n + window.before + window.after
    starts = [
        start for start in range(0, padded, window.stride) if start + window.dilation * (window.kernel - 1) < padded
    ]
    assert window.size(n) == len(starts)


@pytest.mark.parametrize(
    ("n", "kernel", "stride", "padding", "size"),
    [
        (7, 3, 2, 0, 3),
        (8, 3, 2, 0, 4),
        (6, 3, 2, 0, 3),
        (109, 3, 2, 0, 54),
        (5, 2, 3, 1, 2),
        (2, 3, 2, 0, 1),
        (2, 4, 2, 0, 0),
    ],
)
def test_ceil_mode_as_pytorch_documents_it(n: int, kernel: int, stride: int, padding: int, size: int) -> None:
    assert Window(kernel, stride, padding, padding, ceil_mode=True).size(n) == size


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4), st.integers(1, 3))
def test_same_padding_gives_one_output_per_stride(n: int, kernel: int, stride: int, dilation: int) -> None:
    before, after = resolve_padding("same", n, kernel, stride, dilation)
    assert Window(kernel, stride, before, after, dilation).size(n) == -(-n // stride)
    assert 0 <= after - before <= 1


def test_causal_padding_lies_before() -> None:
    assert resolve_padding("causal", 10, kernel=3, stride=1, dilation=2) == (4, 0)


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), st.integers(1, 3))
def test_transposed_taps_are_the_inputs_that_write_there(
    n: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    window = TransposedWindow(kernel, stride, padding, 0, dilation)
    written: dict[int, set[int]] = {}
    for i in range(n):
        for j in range(kernel):
            written.setdefault(i * stride - padding + j * dilation, set()).add(i)
    taps = window.taps()
    for out in range(max(0, window.size(n))):
        read = set(taps.at(out))
        assert {i for i in read if 0 <= i < n} == written.get(out, set())


@given(st.integers(1, 30), st.integers(1, 30))
def test_adaptive_taps_are_pytorchs_windows(n: int, size: int) -> None:
    taps = adaptive_taps(n, size)
    for out in range(size):
        assert list(taps.at(out)) == list(range((out * n) // size, -((-(out + 1) * n) // size)))


def test_resampling_taps() -> None:
    assert phases(nearest_taps(3, 6)) == [(0,), (0,)]
    assert nearest_taps(26, 22).move == 26, "11 * 26/22 is less than 13 in float32, and 0 is 0"
    assert list(nearest_taps(26, 22).at(11)) == [12]
    assert phases(linear_taps(Fraction(1, 2))) == [(-1, 0), (0, 1)]
    assert phases(linear_taps(Fraction(1))) == [(0,)], "a neighbor that weighs nothing is not read"


def test_blocks_start_at_the_shift() -> None:
    taps = block_taps(4, 1)
    assert phases(taps) == [(-3, -2, -1, 0), (1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4)]


@given(st.integers(1, 9), st.integers(-20, 20))
def test_a_roll_reads_around_the_end(n: int, shift: int) -> None:
    rolled = [(position - shift) % n for position in range(n)]
    assert [list(rolled_taps(n, shift).at(out)) for out in range(n)] == [[each] for each in rolled]


@given(st.integers(1, 9), st.integers(0, 8))
def test_blocks_lie_between_borders_at_the_shift(window: int, shift: int) -> None:
    taps = block_taps(window, shift)
    for out in range(-3, 3 * window):
        first = next(each for each in range(out, out - window, -1) if (each - shift) % window == 0)
        assert list(taps.at(out)) == list(range(first, first + window))


@pytest.mark.parametrize(
    ("window", "n", "said"),
    [
        (
            Window(7),
            5,
            "a kernel of 7 does not fit the 5 positions of axis T; a window no larger than its padded input",
        ),
        (Window(7, 1, 1, 0), 5, "a kernel of 7 does not fit the 5 positions of axis T (padded to 6); a window no"),
        (Window(7, 1, 0, 1), 5, "a kernel of 7 does not fit the 5 positions of axis T (padded to 6); a window no"),
        (Window(3, dilation=3), 5, "a kernel of 3 (dilated to 7) does not fit the 5 positions of axis T; a window"),
        (Window(7, 2, ceil_mode=True), 5, "axis T; a window less than one stride larger than its padded input"),
    ],
)
def test_a_window_that_does_not_fit_names_the_axis(window: Window, n: int, said: str) -> None:
    with pytest.raises(OperatorError) as caught:
        check_fits(window, n, "T")
    assert said in str(caught.value)
    assert caught.value.argument == "kernel"


def test_a_window_that_fits_has_a_size() -> None:
    windows = Window(5), Window(5, 2, 1, 0), Window(3, 1)
    assert [check_fits(window, 5, "T") for window in windows] == [1, 1, 3]


@pytest.mark.parametrize(
    ("n", "size"),
    [(8, 16), (7, 5), (5, 7), (26, 22), (22, 26), (100, 41), (41, 100), (299, 300), (1000, 667), (6, 4), (6265, 8733)],
)
def test_nearest_neighbors_are_those_of_pytorch(n: int, size: int) -> None:
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
    positions = torch.arange(float(n)).reshape(1, 1, n)
    read = torch.nn.functional.interpolate(positions, size=size, mode="nearest").flatten().int().tolist()
    taps = nearest_taps(n, size)
    assert [list(taps.at(out)) for out in range(size)] == [[at] for at in read]


def test_patterns_of_nearest_neighbors_are_as_short_as_their_ratio() -> None:
    assert [nearest_taps(n, size).period for n, size in ((8, 16), (16, 8), (7, 5), (200, 300), (2**22, 2**23))] == [
        2, 1, 5, 3, 2]  # fmt: skip
    assert nearest_taps(26, 22).period == 22


@given(st.integers(1, 30), st.integers(1, 30))
def test_linear_resampling_reads_the_neighbors_of_centers(n: int, size: int) -> None:
    taps = linear_taps(Fraction(n, size))
    for out in range(size):
        center = Fraction(2 * out + 1, 2) * Fraction(n, size) - Fraction(1, 2)
        assert (taps.at(out)[0], taps.at(out)[-1]) == (floor(center), ceil(center))


def test_parts_and_blocks_of_an_axis() -> None:
    assert [block_window(n, 4).size(n) for n in (4, 5, 8, 9)] == [1, 2, 2, 3]
    assert [block_window(n, 4).after for n in (4, 5, 8, 9)] == [0, 3, 0, 3]
    for start, size, read in ((2, 3, range(2, 5)), (0, 8, range(8)), (None, 4, range(2, 6)), (None, 3, range(2, 5))):
        window = part_window(8, start, size)
        assert window.size(8) == size
        assert [list(window.taps().at(out)) for out in range(size)] == [[at] for at in read]
    assert [scaled_size(7, scale) for scale in (2, 0.5, 1.5)] == [14, 3, 10]


def test_padding_as_written() -> None:
    resolved = [
        resolve_padding(each, 10, kernel=3, stride=2, dilation=2) for each in ((1, 4), 3, "causal", "valid", "same")
    ]
    assert resolved == [(1, 4), (3, 3), (4, 0), (0, 0), (1, 2)]
    assert resolve_padding("same", 9, kernel=1, stride=4, dilation=1) == (0, 0)


def test_a_window_of_one_position_has_no_holes() -> None:
    assert Window(1, dilation=3).taps() == Taps((0,), (0,), 1, 1)
    assert Window(2, 3, 1, dilation=4).taps() == Taps((-1,), (3,), 3, 4)
    assert (Window(2).stride, Window(2).dilation, Window(2).before, Window(2).after) == (1, 1, 0, 0)
    assert TransposedWindow(2) == TransposedWindow(2, 1, 0, 0, 1)


def test_neighbors_that_rounding_provably_keeps_are_not_tested_one_by_one() -> None:
    """A scale that float32 rounds up, of more positions than are looked at: 2/3 becomes 0.66666669."""
    for n in (2 * 10**5, 2**22 // 3 // 2 * 2):
        taps = nearest_taps(n, n // 2 * 3)
        assert (taps.first, taps.move) == ((0, 0, 1), 2)
    with pytest.raises(OperatorError, match="repeats only after"):
        nearest_taps(2**22 // 3 // 2 * 2 + 2, 2**22 // 3 // 2 * 3 + 3)


def test_a_pattern_that_repeats_too_late_is_refused() -> None:
    for taps in (
        lambda: adaptive_taps(LONGEST_PATTERN, LONGEST_PATTERN + 1),
        lambda: block_taps(LONGEST_PATTERN + 1, 0),
    ):
        with pytest.raises(OperatorError, match="repeats only after 200,001 positions"):
            taps()
    assert block_taps(LONGEST_PATTERN, 0).period == LONGEST_PATTERN
