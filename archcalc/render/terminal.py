"""Tables and problems on a terminal, through rich."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from archcalc.core.problem import MOST_PROBLEMS
from archcalc.core.words import counted
from archcalc.render.cells import cell_text, one_line, total_text
from archcalc.view.table import NUMERIC_KINDS, TEXT, Column, Table

if TYPE_CHECKING:
    from archcalc.core.problem import Problem

UNLIMITED = 10_000
WORDS = 12  # a column of words is not made narrower than this
GAP = 3  # between two columns


def console(stream: TextIO | None = None) -> Console:
    """A console as wide as the terminal; in a pipe lines are as long as they need to be, unless COLUMNS is set."""
    stream = stream or sys.stdout
    wide = None if stream.isatty() or os.environ.get("COLUMNS", "").isdigit() else UNLIMITED
    return Console(file=stream, width=wide, highlight=False, emoji=False, soft_wrap=False)


def print_table(table: Table, out: Console) -> None:
    """Title, inputs, columns and rows, totals, remarks."""
    out.print(Text(one_line(table.title), style="bold"))
    for line in table.subtitle:
        out.print(Text(one_line(line), style="dim"))
    table = _with_short_headings(table, out.width)
    grid, least = _grid(table, out.width), _least_width(table)
    if least > out.width:
        grid.width = least
    out.print(grid, crop=False)
    width = max((len(total.label) for total in table.totals), default=0)
    for total in table.totals:
        out.print(Text(f"{total.label:<{width}}  {total_text(total)}"))
    for remark in table.remarks:
        out.print(Text(one_line(remark), style="yellow"))


def table_text(table: Table, width: int = UNLIMITED) -> str:
    """The same as plain text of a given width."""
    buffer = StringIO()
    print_table(table, Console(file=buffer, width=width, highlight=False, emoji=False, no_color=True))
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _with_short_headings(table: Table, width: int) -> Table:
    """The table as it is where there is room, else with `field TxHxW of clip` over two lines."""
    if _least_width(table) <= width:
        return table
    columns = (replace(column, heading=column.heading.replace(" of ", "\nof ")) for column in table.columns)
    return replace(table, columns=tuple(columns))


def _least_width(table: Table) -> int:
    """The width at which nothing but words has to break: rich would cut numbers short, and leave out columns."""
    widths = [_width(table, number) for number in range(len(table.columns))]
    return sum(widths) + GAP * (len(widths) - 1)


def _width(table: Table, number: int) -> int:
    column = table.columns[number]
    above = [title for _, title in table.sections] if number == 0 else []
    texts = (*column.heading.split("\n"), *above, *(cell_text(row[number], column.kind) for row in table.rows))
    natural = max(cell_len(text) for text in texts)
    return min(natural, WORDS) if column.kind == TEXT else natural


def _room_for_words(table: Table, width: int) -> int:
    """What the other columns leave of the width, shared by the columns of words."""
    words = [number for number, column in enumerate(table.columns) if column.kind == TEXT]
    others = sum(_width(table, number) for number in range(len(table.columns)) if number not in words)
    return max(WORDS, (width - others - GAP * (len(table.columns) - 1)) // max(1, len(words)))


def fold_path(path: str, room: int) -> str:
    """A path over several lines, broken behind dots where it is too long for one."""
    if cell_len(path) <= room or " " in path:
        return path
    lines = [""]
    for segment in path.replace(".", ".\n").splitlines():
        if lines[-1] and cell_len(lines[-1] + segment) > room:
            lines.append("  " if cell_len(segment) + 2 <= room else "")
        lines[-1] += segment
    return "\n".join(lines)


def _grid(table: Table, width: int) -> RichTable:
    room = _room_for_words(table, width)
    grid = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1), expand=False)
    for number, column in enumerate(table.columns):
        _add_column(grid, column, _width(table, number))
    sections = dict(table.sections)
    for at, row in enumerate(table.rows):
        if at in sections:
            grid.add_section()
            grid.add_row(Text(sections[at], style="bold"))
        texts = ((cell_text(cell, column.kind), column) for cell, column in zip(row, table.columns, strict=True))
        grid.add_row(*(Text(fold_path(text, room) if column.kind == TEXT else text) for text, column in texts))
    return grid


def _add_column(grid: RichTable, column: Column, least: int) -> None:
    numeric = column.kind in NUMERIC_KINDS
    grid.add_column(
        Text(column.heading, style="bold"),
        justify="right" if numeric else "left",
        no_wrap=column.kind != TEXT,
        overflow="fold",
        min_width=least,
    )


def print_problems(problems: tuple[Problem, ...], out: Console, limit: int = 20) -> None:
    """Each problem with its line and a caret; the rest is only counted when there are very many."""
    for problem in problems[:limit]:
        out.print(Text(f"{problem.location}: ", style="bold") + Text(problem.message), soft_wrap=True)
        _print_place(problem, out)
        _print_related(problem, out)
    if len(problems) > limit:
        least = "at least " if len(problems) >= MOST_PROBLEMS else ""
        out.print(Text(f"and {least}{counted(len(problems) - limit, 'more problem')}"))


def _print_related(problem: Problem, out: Console, limit: int = 5) -> None:
    """The places that led to a problem, the nearest first; of a long way only the ends."""
    lines = [f"  {location}: {what}" for location, what in problem.related]
    if len(lines) > limit:
        lines[limit - 2 : -1] = [f"  and {len(lines) - limit + 1} places between"]
    for line in lines:
        out.print(Text(line, style="dim"), soft_wrap=True)


def _print_place(problem: Problem, out: Console, width: int = 120) -> None:
    location = problem.location
    line = location.source.line(location.line)
    if not line.strip():
        return
    start = max(0, location.column - 1 - width // 2)
    shown = "".join(char if char.isprintable() else " " for char in line[start : start + width])
    shown = ("..." + shown[3:] if start else shown) + ("..." if len(line) > start + width else "")
    caret = " " * (location.column - 1 - start) + "^"
    out.print(Text(f"    {shown}"), soft_wrap=True)
    out.print(Text(f"    {caret}", style="red"), soft_wrap=True)
