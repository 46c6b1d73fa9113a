"""Runs of things that repeat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.analysis.alternating import alternating


@pytest.mark.parametrize(
    ("keys", "periods", "runs"),
    [
        ("aaab", (1, 2), [(0, 1, 3), (3, 1, 1)]),
        ("ababab", (1, 2, 3), [(0, 2, 3)]),
        ("xabcabcy", (2, 3), [(0, 1, 1), (1, 3, 2), (7, 1, 1)]),
        ("aabaab", (1, 2, 3), [(0, 3, 2)]),
        ("abab", (1,), [(0, 1, 1), (1, 1, 1), (2, 1, 1), (3, 1, 1)]),
        ("", (1, 2), []),
    ],
)
def test_the_longest_run_is_taken(keys: str, periods: tuple[int, ...], runs: list[tuple[int, int, int]]) -> None:
    assert list(alternating(list(keys), periods)) == runs


def test_nothing_is_like_what_has_no_key_and_chains_end() -> None:
    assert list(alternating([None, None], (1, 2))) == [(0, 1, 1), (1, 1, 1)]
    assert list(alternating(list("aaaa"), (1,), [False, True, False, True])) == [(0, 1, 2), (2, 1, 2)]
    assert list(alternating(list("abab"), (2,), [False, False, True, True])) == [
        (0, 1, 1),
        (1, 1, 1),
        (2, 1, 1),
        (3, 1, 1),
    ]


@given(st.lists(st.sampled_from("abc")))
def test_runs_hold_all_things_and_repeat_what_they_say(keys: list[str]) -> None:
    runs = list(alternating(keys, (1, 2, 3)))
    written = [key for start, period, times in runs for key in keys[start : start + period] * times]
    assert written == keys
