"""Counts for people, and tables on terminals of all widths."""

from __future__ import annotations

import pytest

from archcalc.render.cells import one_line, short_bytes, short_count
from archcalc.render.text_table import table_text
from tests.render.networks import table_of
from tests.render.readers import read_terminal


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (999, "999"), (1000, "1.000 K"), (9_999, "9.999 K"), (99_996, "100.0 K"), (999_940, "999.9 K"),
        (999_960, "1.000 M"), (38_548_959_232, "38.55 G"), (1_083_058_913_280, "1.083 T"), (10**16, "10000 T"),
    ],
)  # fmt: skip
def test_counts_have_four_digits(value, text):
    assert short_count(value) == text


@pytest.mark.parametrize(("value", "text"), [(1023, "1023 B"), (1024, "1.000 KiB"), (2**20 * 10 - 1, "10.00 MiB")])
def test_bytes_have_four_digits(value, text):
    assert short_bytes(value) == text


def test_a_line_holds_nothing_that_steers_a_terminal():
    assert one_line("a\nb\t\x1b[31mc\u202ed") == "a b [31mc d"


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
@pytest.mark.parametrize("style", ["default", "full"])
def test_a_narrow_terminal_cuts_no_number_and_no_column(style, width):
    wide, narrow = (table_text(table_of("c3d", style), columns) for columns in (10_000, width))
    numbers = {cell for row in read_terminal(wide).rows for cell in row[3:] if cell[:1].isdigit()}
    assert {cell for cell in numbers if cell not in narrow} == set()
    assert len(read_terminal(wide).headings) == len(table_of("c3d", style).columns)


def test_the_default_style_fits_80_columns():
    for network in ("c3d", "tokens", "recurrent", "slowfast_r50_4x16"):
        assert max(map(len, table_text(table_of(network, "default"), 80).splitlines())) <= 80
