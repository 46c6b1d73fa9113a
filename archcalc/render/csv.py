"""Tables as CSV, for other programs: keys as the header, whole numbers, a row each and nothing else."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING

from archcalc.tables.table import Extent

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.tables.table import Cell, Table

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(table: Table) -> str:
    """Header and rows; totals are left out, since a reader would take them for rows.

    A text that a spreadsheet would take for a formula has a ' before it; sizes such as -2x0x0 are no text of a spec.
    """
    return _written(table, _without_formulas)


def raw_csv_text(table: Table) -> str:
    """Return the table as CSV without escaping any cell."""
    return _written(table, str)


def _written(table: Table, shown: Callable[[str], str]) -> str:
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(shown(column.key) for column in table.columns)
    writer.writerows(
        [str(cell) if isinstance(cell, Extent) else shown(_plain(cell)) for cell in row] for row in table.rows
    )
    return buffer.getvalue()


_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+(e[+-]?[0-9]+)?|-")


def _without_formulas(text: str) -> str:
    """A text with a ' before it where it begins as formulas do; numbers, and the - of an empty cell, stay."""
    return f"'{text}" if text[:1] in FORMULA_BEGINS and text and not _NUMBER.fullmatch(text) else text


def _plain(cell: Cell) -> str:
    """Numbers without separators or units; nothing for a cell without a value; true and false as in JSON."""
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
