"""The formats of a table, by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.tables.table import Table

TABLE_FORMATS = {
    "terminal": ("text_table", "table_text"),
    "markdown": ("markdown", "markdown_text"),
    "latex": ("latex", "latex_text"),
    "csv": ("csv", "csv_text"),
    "html": ("html", "html_text"),
}
"""For each format its module in archcalc.render and the function there, which is imported when it is asked for."""


def table_format(name: str, *, formulas: bool = False) -> Callable[[Table], str]:
    """Return the function that writes a table in a format; KeyError when there is no such format.

    With `formulas`, CSV leaves cells as they are that a spreadsheet would take for formulas.
    """
    module, function = TABLE_FORMATS[name]
    function = "raw_csv_text" if formulas and name == "csv" else function
    return cast("Callable[[Table], str]", getattr(import_module(f"archcalc.render.{module}"), function))
