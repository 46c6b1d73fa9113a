"""Tables as Markdown, in the dialect of GitHub."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.render.cells import cell_text, one_line, total_text
from archcalc.tables.table import NUMERIC_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.tables.table import Table

# An underscore within a word is only that, at its edge it begins emphasis; a bracket by itself is no link.
MARKS = re.compile(r"[\\`*<>|~&]|\](?=[(\[:])|(?<![^\W_])_|_(?![^\W_])")


def markdown_text(table: Table) -> str:
    """Title, inputs, table, totals and remarks, a blank line between them."""
    parts = [f"**{escaped(table.title)}**", *map(escaped, table.subtitle), grid_text(table)]
    if table.totals:
        totals = [[each.label, total_text(each)] for each in table.totals]
        parts.append(_grid(["total", ""], totals, ["left", "right"]))
    return "\n\n".join([*parts, *map(escaped, table.notes)]) + "\n"


def grid_text(table: Table) -> str:
    """Columns and rows alone."""
    kinds = [column.kind for column in table.columns]
    rows = [[cell_text(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in table.rows]
    headings = [column.heading for column in table.columns]
    return _grid(headings, rows, ["right" if kind in NUMERIC_KINDS else "left" for kind in kinds])


def _grid(headings: Iterable[str], rows: Iterable[Iterable[str]], alignment: Sequence[str]) -> str:
    from tabulate import tabulate

    cells = [[escaped(cell) for cell in row] for row in rows]
    names = [escaped(heading) for heading in headings]
    return tabulate(cells, names, tablefmt="pipe", colalign=alignment, disable_numparse=True)


def escaped(text: str) -> str:
    """Text in which nothing is a mark of Markdown."""
    return MARKS.sub(r"\\\g<0>", one_line(text))
