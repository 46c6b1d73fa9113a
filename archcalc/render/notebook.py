"""Tables inside a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from archcalc.render.cells import cell_text, one_line, total_text
from archcalc.tables.table import NUMERIC_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.tables.table import Cell, Column, Table

MOST_ROWS = 60
"""Of more rows the first and the last half are shown: a cell is no place to scroll through hundreds."""


def notebook_html(table: Table) -> str:
    """Return a table without style sheet, script and frame: notebooks show it whether they are trusted or not.

    Colors and letters are those of the notebook, so that it is read in light and in dark.
    """
    parts = [f"<p><strong>{_text(table.title)}</strong>{''.join(f'<br>{_text(each)}' for each in table.subtitle)}</p>"]
    parts += [_table(table)]
    below = [f"{each.label}: {total_text(each)}" for each in table.totals]
    below += table.notes
    if below:
        parts.append(f"<p>{'<br>'.join(map(_text, below))}</p>")
    return f"<div>\n{chr(10).join(parts)}\n</div>"


def _table(table: Table) -> str:
    headings = "".join(f'<th scope="col"{_align(each)}>{_text(each.heading)}</th>' for each in table.columns)
    rows = "\n".join(_rows(table))
    return f"<table>\n<thead><tr>{headings}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _rows(table: Table) -> Iterator[str]:
    sections = dict(table.sections)
    gone = len(table.rows) - MOST_ROWS
    hidden = range(MOST_ROWS // 2, MOST_ROWS // 2 + gone) if gone > 0 else range(0)
    for number, row in enumerate(table.rows):
        if number in sections and number not in hidden:
            yield _across(table, sections[number])
        if hidden and number == hidden.start:
            yield _across(table, f"… {len(hidden):,} more rows")
        if number not in hidden:
            yield _row(row, table.columns)


def _row(row: Sequence[Cell], columns: Sequence[Column]) -> str:
    cells = (
        f"<td{_align(column)}>{_text(cell_text(cell, column.kind))}</td>"
        for cell, column in zip(row, columns, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _across(table: Table, words: str) -> str:
    return f'<tr><td colspan="{len(table.columns)}" style="text-align: left">{_text(words)}</td></tr>'


def _align(column: Column) -> str:
    return f' style="text-align: {"right" if column.kind in NUMERIC_KINDS else "left"}"'


def _text(words: str) -> str:
    return escape(one_line(words))
