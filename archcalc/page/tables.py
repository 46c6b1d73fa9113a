"""Tables as plain data: cells as texts, and the layers that each row stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.page.request import Request, list_of, text_of, whole_of
from archcalc.render.cells import cell_text, total_text
from archcalc.tables.options import TableOptions
from archcalc.tables.table import NUMERIC_KINDS

if TYPE_CHECKING:
    from archcalc.tables.table import Table


def options_of(request: Request) -> TableOptions:
    """Return the options of a table that a page asks for, checked as far as the table itself does not check them."""
    return TableOptions(
        style=text_of(request, "style", "default"),
        columns=list_of(request, "columns"),
        field_views=list_of(request, "rf") or ("full",),
        depth=whole_of(request, "depth"),
    )


def table_data(table: Table) -> dict[str, Any]:
    """Return a table with its cells as `archcalc table` prints them."""
    kinds = [column.kind for column in table.columns]
    paths = table.paths or ((),) * len(table.rows)
    return {
        "title": table.title,
        "subtitle": list(table.subtitle),
        "columns": [
            {"key": each.key, "heading": each.heading, "kind": each.kind, "numeric": each.kind in NUMERIC_KINDS}
            for each in table.columns
        ],
        "rows": [
            {
                "path": own[0] if own else None,
                "paths": list(own),
                "cells": [cell_text(cell, kind) for cell, kind in zip(row, kinds, strict=True)],
            }
            for row, own in zip(table.rows, paths, strict=True)
        ],
        "totals": [{"label": each.label, "text": total_text(each)} for each in table.totals],
        "remarks": list(table.notes),
    }
