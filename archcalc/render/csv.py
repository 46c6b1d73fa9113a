"""Tables as CSV, for other programs: keys as the header, whole numbers, a row each and nothing else."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.view.table import Cell, Table


def csv_text(table: Table) -> str:
    """Header and rows; totals are left out, since a reader would take them for rows."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(column.key for column in table.columns)
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return buffer.getvalue()


def _plain(cell: Cell) -> str:
    """Numbers without separators or units; nothing for a cell without a value; true and false as in JSON."""
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
