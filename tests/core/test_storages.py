"""Storages of a recorded run against a walk over its calls, one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.storages import StorageLife, peak_bytes

CALLS = 9


@st.composite
def storages(draw: st.DrawFn) -> StorageLife:
    begin = draw(st.integers(0, CALLS))
    end = draw(st.none() | st.integers(begin, CALLS + 1))
    numbers, fixed = draw(st.integers(0, 20)), draw(st.integers(0, 20))
    return StorageLife(begin, end, numbers, draw(st.sampled_from((2, 4, 8))), fixed, draw(st.booleans()))


@given(st.lists(storages(), max_size=7), st.integers(1, 4), st.sampled_from((None, 1, 2, 4)))
def test_the_peak_is_that_of_the_call_with_the_most_bytes(
    found: list[StorageLife], batch: int, itemsize: int | None
) -> None:
    after = [sum(size(each, batch, itemsize) for each in found if is_there(each, call)) for call in range(CALLS + 1)]
    assert peak_bytes(found, batch, itemsize) == max(after)


def size(each: StorageLife, batch: int, itemsize: int | None) -> int:
    width = each.width if itemsize is None else itemsize
    return (batch if each.sampled else 1) * (each.fixed + each.numbers * width)


def is_there(each: StorageLife, call: int) -> bool:
    return each.begin <= call and (each.end is None or call < each.end)


def test_the_last_call_of_a_storage_is_the_one_before_its_end() -> None:
    lives = [StorageLife(0, 2, 10, 4, 0, True), StorageLife(2, None, 5, 4, 3, False)]
    assert peak_bytes(lives, 1, None) == 10 * 4
    assert peak_bytes([*lives, StorageLife(1, 3, 1, 4, 0, False)], 1, None) == 10 * 4 + 4
    assert peak_bytes([], 1, None) == 0
