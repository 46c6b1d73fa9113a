"""Printed figures: what their digits promise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.published_value import RoundedValue


@pytest.mark.parametrize(
    ("printed", "value", "equal"),
    [
        ("31505325", 31_505_325, True),
        ("31,505,325", 31_505_325, True),
        ("31505325", 31_505_326, False),
        ("40.519 G", 40_519_080_960, True),
        ("40.519 G", 40_519_500_000, True),  # cut off
        ("40.519 G", 40_520_000_000, False),
        ("33.3 M", 33_344_679, True),
        ("33.4M", 33_344_679, False),
        ("33.4 M", 33_350_000, True),  # rounded half up
        ("79 M", 79_634_576, True),
        ("0.60 G", 605_256_512, True),
        *((f"2 {unit}", 2 * 10**power, True) for unit, power in {"K": 3, "M": 6, "G": 9, "B": 9, "T": 12}.items()),
        *((f"2 {unit}", 10**power, False) for unit, power in {"K": 3, "M": 6, "G": 9, "B": 9, "T": 12}.items()),
        ("0.6 G", 605_256_512, True),
        ("0.59 T", 595_000_000_000, True),
        ("1.970 T", 1_971_349_585_920, False),
    ],
)
def test_digits_are_the_tolerance(printed: str, value: int, equal: bool) -> None:
    assert RoundedValue.parse(printed).matches(value) is equal


@given(st.integers(0, 10**15), st.integers(0, 3), st.sampled_from(["", "K", "M", "G", "T"]))
def test_what_is_printed_of_a_number_matches_it(value: int, places: int, unit: str) -> None:
    size = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}[unit]
    whole, rest = divmod(value * 10**places, size)
    for digits in (whole, whole + (2 * rest >= size)):  # cut off, and rounded half up
        text = str(digits).rjust(places + 1, "0")
        printed = f"{text[:-places]}.{text[-places:]}{unit}" if places else f"{text}{unit}"
        assert RoundedValue.parse(printed).matches(value)
        assert not RoundedValue.parse(printed).matches(value + 2 * max(1, size // 10**places) + 1)


def test_as_many_digits_as_anybody_prints() -> None:
    digits = "1234567890123456789012345"
    assert RoundedValue.parse(digits).matches(int(digits))
    for longer in (f"{digits}6", f"{digits}.6", f"{digits}67"):
        with pytest.raises(ValueError, match="no printed number"):
            RoundedValue.parse(longer)


@pytest.mark.parametrize("text", ["", "many", "1.2.3 M", "12 X", "-3", "1e9", "NaN"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no printed number"):
        RoundedValue.parse(text)
