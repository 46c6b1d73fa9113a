"""Tables as a page that needs nothing but itself."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from archcalc.core.shape import Shape
from archcalc.render.cells import cell_text, one_line, total_text
from archcalc.render.templates import render_template
from archcalc.tables.table import NUMERIC_KINDS, TEXT, Extent

if TYPE_CHECKING:
    from archcalc.tables.table import Cell, Table


def html_text(table: Table) -> str:
    """Return a complete page; a click on a heading sorts by it, a second click reverses, a third restores the order."""
    kinds = [column.kind for column in table.columns]
    values = {
        "title": one_line(table.title),
        "subtitle": table.subtitle,
        "columns": [(column.heading, _style(column.kind)) for column in table.columns],
        "rows": [
            [(cell_text(cell, kind), sort_value(cell), _style(kind)) for cell, kind in zip(row, kinds, strict=True)]
            for row in table.rows
        ],
        "totals": [(total.label, total_text(total)) for total in table.totals],
        "remarks": table.notes,
    }
    return render_template("table.html.jinja", values, autoescape=True)


def _style(kind: str) -> str:
    if kind in NUMERIC_KINDS:
        return "number"
    return "text" if kind == TEXT else "sizes"


def sort_value(cell: Cell) -> str:
    """Return the sort key of a cell: a number, the volume of a size, or text; nothing without a value."""
    if cell is None:
        return ""
    if isinstance(cell, Shape):
        return str(cell.elements)
    if isinstance(cell, Extent):
        return _volume(cell)
    return str(int(cell)) if isinstance(cell, bool) else str(cell)


def _volume(extent: Extent) -> str:
    """The product over the axes, where uneven padding counts with both its sides; nothing if an axis has no number."""
    try:
        sizes = [sum(Fraction(part) for part in str(size).split("+")) for size in extent.by_axis.values()]
    except ValueError:
        return ""
    return f"{float(prod(sizes)):.15g}"
