"""Tables as LaTeX: a tabular with the rules of booktabs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.render.cells import cell_text, one_line, total_text
from archcalc.tables.table import NUMERIC_KINDS, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
        "|": r"\textbar{}", "`": "{`}", "×": r"$\times$", "²": "$^2$", "→": r"$\to$", DASH: "--",
        "∥": r"$\parallel$",
    }
)  # fmt: skip


def latex_text(table: Table) -> str:
    """A complete tabular: rows, then totals below a rule; inputs and remarks in small print under it."""
    count = len(table.columns)
    positions = [_position(table, number) for number in range(count)]
    array = r" and \usepackage{array}" if "paragraph" in positions else ""
    cells = ([_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows)
    lines = [
        f"% {escape(table.title)}",
        rf"% needs \usepackage{{booktabs}}{array}",
        rf"\begin{{tabular}}{{{_alignment(positions)}}}",
        r"\toprule",
        _row(column.heading for column in table.columns),
        r"\midrule",
        *map(_row, cells),
        *_total_lines(table),
        r"\bottomrule",
        r"\end{tabular}",
        *_note_lines((*table.subtitle, *table.notes)),
    ]
    return "\n".join(lines) + "\n"


def _alignment(positions: Sequence[str]) -> str:
    width = f"{PARAGRAPHS / max(1, positions.count('paragraph')):.2g}"
    paragraph = rf">{{\raggedright\arraybackslash}}p{{{width}\linewidth}}"
    return "".join({"paragraph": paragraph, "right": "r", "left": "l"}[each] for each in positions)


def _row(cells: Iterable[str]) -> str:
    return " & ".join(map(escape, cells)) + r" \\"


def _total_lines(table: Table) -> list[str]:
    """Totals below a rule, label and value close together; in one cell where there is one column."""
    shown = min(len(table.columns), TOTAL_COLUMNS)
    values = 2 if shown > 3 else min(1, len(table.columns) - 1)
    labels = max(1, shown - (2 if shown > 3 else 1))
    lines = []
    for total in table.totals:
        label, value = escape(total.label), escape(total_text(total))
        if values:
            lines.append(rf"\multicolumn{{{labels}}}{{l}}{{{label}}} & \multicolumn{{{values}}}{{r}}{{{value}}} \\")
        else:
            lines.append(rf"{label}: {value} \\")
    return [r"\midrule", *lines] if lines else []


def _note_lines(notes: Sequence[str]) -> list[str]:
    small = (rf"{{\footnotesize {escape(note)}\par}}" for note in notes)
    return [rf"\par{'' if number else SKIP}{note}" for number, note in enumerate(small)]


SKIP = r"\smallskip"


LIGATURES = re.compile(r"(?<=-)(?=-)|(?<=,)(?=,)|(?<=')(?=')")
"""Between signs that TeX would join to another one."""


def escape(value: object) -> str:
    """Text as LaTeX prints it; sizes such as 3x3x3 get their signs."""
    text = LIGATURES.sub("\0", one_line(str(value)).replace("->", "→"))
    text = SIZES.sub(lambda sizes: sizes[0].replace("x", "×"), text).translate(CHARACTERS).replace("\0", r"\/")
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
