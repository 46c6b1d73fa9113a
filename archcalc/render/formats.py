"""The formats of a table, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render.csv import csv_text
from archcalc.render.html import html_text
from archcalc.render.latex import latex_text
from archcalc.render.markdown import markdown_text
from archcalc.render.terminal import table_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.view.table import Table

TABLE_FORMATS: dict[str, Callable[[Table], str]] = {
    "terminal": table_text,
    "markdown": markdown_text,
    "latex": latex_text,
    "csv": csv_text,
    "html": html_text,
}
