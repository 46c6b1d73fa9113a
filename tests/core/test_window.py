"""Window arithmetic against the plainest possible count of the places where a window fits."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.problem import OperatorError
from archcalc.core.reads import Taps
from archcalc.core.window import (
    TransposedWindow,
    Window,
    adaptive_taps,
    block_taps,
    check_fits,
    linear_taps,
    nearest_taps,
    resolve_padding,
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


def test_a_window_that_does_not_fit_names_the_axis() -> None:
    with pytest.raises(OperatorError, match="kernel of 7 does not fit the 5 positions of axis T"):
        check_fits(Window(7), 5, "T")
