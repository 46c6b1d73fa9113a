"""Tables inside a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from archcalc.render.html import html_text

if TYPE_CHECKING:
    from archcalc.tables.table import Table

MOST_PIXELS = 700
ROW_PIXELS = 30
HEAD_PIXELS = 330


def notebook_html(table: Table) -> str:
    """Return the page of a table in an iframe, so that its style and script affect nothing else."""
    height = min(MOST_PIXELS, HEAD_PIXELS + ROW_PIXELS * len(table.rows))
    return f'<iframe srcdoc="{escape(html_text(table))}" style="width: 100%; height: {height}px; border: 0"></iframe>'
