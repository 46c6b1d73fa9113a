"""Tables and problems on a terminal, through rich."""

from __future__ import annotations

import os
import sys
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from archcalc.render.cells import cell_text, short_bytes, short_count
from archcalc.view.table import BYTES, NUMERIC_KINDS, SHORT_COUNT, TEXT, Column, Table, Total

if TYPE_CHECKING:
    from archcalc.core.problem import Problem

UNLIMITED = 10_000


def console(stream: TextIO | None = None) -> Console:
    """A console as wide as the terminal; in a pipe lines are as long as they need to be, unless COLUMNS is set."""
    stream = stream or sys.stdout
    wide = None if stream.isatty() or os.environ.get("COLUMNS", "").isdigit() else UNLIMITED
    return Console(file=stream, width=wide, highlight=False, emoji=False, soft_wrap=False)


def print_table(table: Table, out: Console) -> None:
    """Title, inputs, columns and rows, totals, remarks."""
    out.print(Text(table.title, style="bold"))
    for line in table.subtitle:
        out.print(Text(line, style="dim"))
    out.print(_grid(table), crop=False)
    for total in table.totals:
        out.print(Text(_total_line(total, _label_width(table))))
    for remark in table.remarks:
        out.print(Text(remark, style="yellow"))


def table_text(table: Table, width: int = UNLIMITED) -> str:
    """The same as plain text of a given width."""
    buffer = StringIO()
    print_table(table, Console(file=buffer, width=width, highlight=False, emoji=False, no_color=True))
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _grid(table: Table) -> RichTable:
    grid = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1), expand=False)
    for column in table.columns:
        _add_column(grid, column)
    for row in table.rows:
        cells = zip(row, table.columns, strict=True)
        grid.add_row(*(Text(cell_text(cell, column.kind)) for cell, column in cells))
    return grid


def _add_column(grid: RichTable, column: Column) -> None:
    numeric = column.kind in NUMERIC_KINDS
    words = column.kind == TEXT
    grid.add_column(
        Text(column.heading, style="bold"),
        justify="right" if numeric else "left",
        no_wrap=not words,
        overflow="fold",
        min_width=12 if words else None,
    )


def _label_width(table: Table) -> int:
    return max(len(total.label) for total in table.totals)


def _total_line(total: Total, width: int) -> str:
    text = cell_text(total.value, total.kind)
    if isinstance(total.value, int) and total.kind != SHORT_COUNT and total.value >= 10**6:
        short = f"{total.value:,} bytes" if total.kind == BYTES else short_count(total.value)
        text = f"{short_bytes(total.value)} ({short})" if total.kind == BYTES else f"{text} ({short})"
    return f"{total.label:<{width}}  {text}"


def print_problems(problems: tuple[Problem, ...], out: Console, limit: int = 50) -> None:
    """Each problem with its line and a caret; the rest is only counted when there are very many."""
    for problem in problems[:limit]:
        out.print(Text(f"{problem.location}: ", style="bold") + Text(problem.message), soft_wrap=True)
        _print_place(problem, out)
        for location, what in problem.related:
            out.print(Text(f"  {location}: {what}", style="dim"), soft_wrap=True)
    if len(problems) > limit:
        out.print(Text(f"and {len(problems) - limit} more problems"))


def _print_place(problem: Problem, out: Console, width: int = 120) -> None:
    location = problem.location
    line = location.source.line(location.line)
    if not line.strip():
        return
    start = max(0, location.column - 1 - width // 2)
    shown = "".join(char if char.isprintable() else " " for char in line[start : start + width])
    caret = " " * (location.column - 1 - start) + "^"
    out.print(Text(f"    {shown}"), soft_wrap=True)
    out.print(Text(f"    {caret}", style="red"), soft_wrap=True)
