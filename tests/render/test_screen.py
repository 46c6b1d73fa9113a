"""Lines on terminals, in pipes and in encodings that lack a letter."""

from __future__ import annotations

from io import BytesIO, StringIO, TextIOWrapper

import pytest

from archcalc.render.screen import BOLD, UNLIMITED, Screen, screen
from archcalc.render.text_table import table_text, wrapped
from archcalc.tables.table import COUNT, TEXT, Column, Table, Total


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def written(stream: StringIO) -> str:
    screen(stream).line("a title", BOLD)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("stream", "environment", "text"),
    [
        (Terminal, {}, "\x1b[1ma title\x1b[0m\n"),
        (Terminal, {"NO_COLOR": "1"}, "a title\n"),
        (Terminal, {"TERM": "dumb"}, "a title\n"),
        (StringIO, {}, "a title\n"),
    ],
)
def test_styles_are_for_terminals_that_want_them(monkeypatch, stream, environment, text):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert written(stream()) == text


@pytest.mark.parametrize(
    ("columns", "width"), [("60", 60), ("", UNLIMITED), ("0", UNLIMITED), ("-5", UNLIMITED), ("a", UNLIMITED)]
)
def test_lines_in_a_pipe_are_limited_by_columns_alone(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    assert screen(StringIO()).width == width


def test_an_encoding_without_a_letter_replaces_it():
    raw = BytesIO()
    out = screen(TextIOWrapper(raw, encoding="ascii"))
    out.line(f"16\u00d7112{out.rule}")
    out.flush()
    assert raw.getvalue() == b"16?112-\n"
    assert Screen(StringIO()).rule == "\u2500"


def test_columns_are_aligned_where_letters_are_twice_as_wide():
    columns = (Column("name", "name", TEXT), Column("count", "count", COUNT))
    lines = table_text(Table("t", (), columns, (("映像", 1), ("abcd", 22)))).splitlines()
    assert lines[-2:] == ["映像       1", "abcd      22"]


def test_a_total_that_is_too_long_goes_below_its_label():
    table = Table("t", (), (Column("name", "name", TEXT),), (), (Total("multiply-accumulates", 12_345_678, COUNT),))
    assert table_text(table, 30).splitlines()[-2:] == ["multiply-accumulates", "  12,345,678 (12.35 M)"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("arXiv:1705.07750 Table", ["arXiv:17", "05.07750", "Table"]),
        ("", [""]),
        ("映像映像 a", ["映像映像", "a"]),
    ],
)
def test_words_are_wrapped_and_long_ones_broken(text, lines):
    assert wrapped(text, 8) == lines
