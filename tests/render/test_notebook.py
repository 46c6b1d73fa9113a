"""Tables in a notebook: all that a sanitizer would take out is absent, and every cell is there."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

import archcalc
from archcalc.render.notebook import MOST_ROWS, notebook_html
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
from archcalc.tables.table import COUNT, TEXT, Column, Table

PLAIN = {"div", "p", "strong", "br", "table", "thead", "tbody", "tr", "th", "td"}


class Reader(HTMLParser):
    """Collects the tags, the attributes, and the texts of rows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.rows: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip("\n")


def table(rows: int) -> Table:
    columns = (Column("name", "name", TEXT), Column("count", "count", COUNT))
    return Table("t", (), columns, tuple((f"row {n}", n + 1) for n in range(rows)))


def test_a_table_needs_nothing_that_an_untrusted_notebook_takes_out() -> None:
    analysis = archcalc.analyze(archcalc.load("c3d"))
    read = Reader(analysis._repr_html_())
    assert read.tags <= PLAIN
    assert read.attributes <= {"scope", "style", "colspan"}
    assert len(read.rows) == 1 + len(layer_table(analysis, TableOptions()).rows)
    assert read.rows[1] == ["conv1a", "64x16x112x112", "3x3x3", "5,248", "1.040 G"]


def test_a_long_table_shows_its_ends_and_says_how_much_is_left_out() -> None:
    read = Reader(notebook_html(table(1000)))
    assert len(read.rows) == 1 + MOST_ROWS + 1
    assert read.rows[MOST_ROWS // 2 + 1] == ["… 940 more rows"]
    assert (read.rows[1], read.rows[-1]) == (["row 0", "1"], ["row 999", "1,000"])
    assert len(Reader(notebook_html(table(MOST_ROWS))).rows) == 1 + MOST_ROWS


def test_sections_stand_before_their_first_row() -> None:
    read = Reader(notebook_html(table(3)._replace(sections=((1, "second part"),))))
    assert read.rows[2:4] == [["second part"], ["row 1", "2"]]


@pytest.mark.parametrize("place", ["title", "subtitle", "rows", "remarks"])
def test_text_is_never_markup(place: str) -> None:
    evil = "<img src=x onerror=alert(1)>"
    value: Any = {"title": evil, "subtitle": (evil,), "rows": ((evil, 1),), "remarks": (evil,)}[place]
    html = notebook_html(table(1)._replace(**{place: value}))
    assert "img" not in Reader(html).tags
    assert "&lt;img" in html
