"""Tables as LaTeX: a tabular with the rules of booktabs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.render.cells import cell_text, one_line, total_text
from archcalc.render.templates import render_template
from archcalc.tables.table import NUMERIC_KINDS, TEXT

if TYPE_CHECKING:
    from archcalc.tables.table import Cell, Column, Table

WIDE = 60
"""Characters beyond which the cells of a column are set as paragraphs."""

PARAGRAPHS = 0.65
"""The part of a line that columns set as paragraphs share."""

TOTAL_COLUMNS = 5
"""Largest number of columns of the lines of totals, so that label and value stay close."""

DASH = "\N{EN DASH}"

SIZES = re.compile(r"(?<![\w.])(\d+|[A-Z])(x(\d+|[A-Z]))+(?!\w)")

CHARACTERS = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
        "|": r"\textbar{}", "×": r"$\times$", "²": "$^2$", "→": r"$\to$", DASH: "--",
    }
)  # fmt: skip


def latex_text(table: Table) -> str:
    """A complete tabular: rows, then totals below a rule; inputs and remarks in small print under it."""
    count = len(table.columns)
    shown = min(count, TOTAL_COLUMNS)
    positions = [_position(table, number) for number in range(count)]
    values = {
        "title": table.title,
        "columns": [(column.heading, position) for column, position in zip(table.columns, positions, strict=True)],
        "paragraph_width": f"{PARAGRAPHS / max(1, positions.count('paragraph')):.2g}",
        "rows": [[_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows],
        "totals": [(total.label, total_text(total)) for total in table.totals],
        "label_columns": max(1, shown - (2 if shown > 3 else 1)),
        "value_columns": 2 if shown > 3 else min(1, count - 1),
        "notes": (*table.subtitle, *table.notes),
    }
    return render_template(
        "table.tex.jinja", values, finalize=escape, block_start_string="<%", block_end_string="%>",
        variable_start_string="<<", variable_end_string=">>", comment_start_string="<#", comment_end_string="#>",
    )  # fmt: skip


def escape(value: object) -> str:
    """Text as LaTeX prints it; sizes such as 3x3x3 get their signs."""
    text = one_line(str(value)).replace("->", "→").replace("--", "-\0-")
    text = SIZES.sub(lambda sizes: sizes[0].replace("x", "×"), text).translate(CHARACTERS).replace("\0", "{}")
    # After the end of a line or a rule, LaTeX would take these for an option of it.
    return "{}" + text if text.startswith(("[", "*")) else text


def _position(table: Table, number: int) -> str:
    column = table.columns[number]
    if column.kind in NUMERIC_KINDS:
        return "right"
    longest = max((len(str(row[number] or "")) for row in table.rows), default=0)
    return "paragraph" if column.kind == TEXT and longest > WIDE else "left"


def _cell(cell: Cell, column: Column) -> str:
    text = cell_text(cell, column.kind)
    return DASH if column.kind in NUMERIC_KINDS and text == "-" else text
