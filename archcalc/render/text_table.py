"""Tables as lines of text that fit a width: columns of words are folded, numbers are never cut."""

from __future__ import annotations

from io import StringIO
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from archcalc.render.cells import cell_text, one_line, total_text
from archcalc.render.screen import BOLD, DIM, UNLIMITED, YELLOW, Screen
from archcalc.tables.table import NUMERIC_KINDS, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.tables.table import Column, Table, Total

WORDS = 12  # a column of words is not made narrower than this
GAP = "   "


class Grid(NamedTuple):
    """A table as texts: its columns, the text of every cell by column, and the widths of the columns."""

    columns: tuple[Column, ...]
    cells: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


def print_table(table: Table, out: Screen) -> None:
    """Print title, inputs, columns and rows, totals and remarks."""
    out.line(one_line(table.title), BOLD)
    for line in table.subtitle:
        _paragraph(line, out, DIM)
    _print_rows(table, _grid(table, out.width), out)
    _print_totals(table.totals, out)
    for remark in table.remarks:
        _paragraph(remark, out, YELLOW)
    if table.command:
        out.line(table.command)


def table_text(table: Table, width: int = UNLIMITED) -> str:
    """A table as plain text of a given width."""
    buffer = StringIO()
    print_table(table, Screen(buffer, width))
    return buffer.getvalue()


def _print_totals(totals: Sequence[Total], out: Screen) -> None:
    width = max((len(total.label) for total in totals), default=0)
    for total in totals:
        line = f"{total.label:<{width}}  {total_text(total)}"
        for part in [line] if len(line) <= out.width else [total.label, f"  {total_text(total)}"]:
            out.line(part)


def _paragraph(text: str, out: Screen, style: str) -> None:
    for line in wrapped(one_line(text), out.width):
        out.line(line, style)


def _print_rows(table: Table, grid: Grid, out: Screen) -> None:
    headings = [column.heading.split("\n") for column in grid.columns]
    lines = max(map(len, headings))
    for line in _aligned([[""] * (lines - len(heading)) + heading for heading in headings], grid):
        out.line(line, BOLD)
    out.line(out.rule * (sum(grid.widths) + len(GAP) * (len(grid.widths) - 1)))
    sections = dict(table.sections)
    for number, row in enumerate(zip(*grid.cells, strict=True)):
        if number in sections:
            _print_section(sections[number], out, first=number == 0)
        for line in _row_lines(row, grid):
            out.line(line)


def _print_section(heading: str, out: Screen, *, first: bool) -> None:
    if not first:
        out.line()
    out.line(heading, BOLD)


def _grid(table: Table, width: int) -> Grid:
    columns = table.columns
    cells = tuple(
        tuple([cell_text(row[number], column.kind) for row in table.rows]) for number, column in enumerate(columns)
    )
    grid = Grid(columns, cells, _natural(columns, cells))
    if _total(_least(grid)) > width:
        columns = tuple(each._replace(heading=each.heading.replace(" of ", "\nof ")) for each in columns)
        grid = Grid(columns, cells, _natural(columns, cells))
    return grid._replace(widths=_fitted(grid, width - _total((0,) * len(columns))))


def _natural(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """The widths at which nothing is folded."""
    headings = (column.heading.split("\n") for column in columns)
    return tuple(
        max(map(cell_width, (*heading, *texts))) for heading, texts in zip(headings, cells, strict=True)
    )  # fmt: skip


def _least(grid: Grid) -> tuple[int, ...]:
    """The widths below which a number would be cut, or words become too narrow to read."""
    words = [column.kind == TEXT for column in grid.columns]
    return tuple(min(width, WORDS) if word else width for width, word in zip(grid.widths, words, strict=True))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _fitted(grid: Grid, room: int) -> tuple[int, ...]:
    """The widths that fit into `room`: the widest columns of words give way first, down to their least."""
    widths, least = list(grid.widths), _least(grid)
    while (excess := sum(widths) - room) > 0:
        shrinking = [number for number, width in enumerate(widths) if width > least[number]]
        if not shrinking:
            break
        widest = max(widths[number] for number in shrinking)
        wide = [number for number in shrinking if widths[number] == widest]
        below = max([least[number] for number in wide] + [w for w in map(widths.__getitem__, shrinking) if w < widest])
        step = max(1, min(widest - below, excess // len(wide)))
        for number in wide[: max(1, excess // step)]:
            widths[number] -= step
    return tuple(widths)


def _row_lines(row: Sequence[str], grid: Grid) -> Iterator[str]:
    if all(cell_width(text) <= width for text, width in zip(row, grid.widths, strict=True)):
        return _aligned([[text] for text in row], grid)
    return _aligned([folded(text, width) for text, width in zip(row, grid.widths, strict=True)], grid)


def _aligned(cells: Sequence[Sequence[str]], grid: Grid) -> Iterator[str]:
    """The lines of cells that have several lines each, every column aligned as its kind is."""
    right = [column.kind in NUMERIC_KINDS for column in grid.columns]
    for texts in zip_longest(*cells, fillvalue=""):
        padded = [
            " " * (width - cell_width(text)) + text if numeric else text + " " * (width - cell_width(text))
            for text, width, numeric in zip(texts, grid.widths, right, strict=True)
        ]
        yield GAP.join(padded).rstrip()


def folded(text: str, width: int) -> list[str]:
    """The lines of a cell of words: a path is broken after its dots, other text between words."""
    if cell_width(text) <= width:
        return [text]
    return wrapped(text, width) if " " in text else fold_path(text, width)


def fold_path(path: str, width: int) -> list[str]:
    """A path over several lines, broken after dots where it is too long for one."""
    lines = [""]
    for segment in path.replace(".", ".\n").splitlines():
        if lines[-1] and cell_width(lines[-1] + segment) > width:
            lines.append("  " if cell_width(segment) + 2 <= width else "")
        lines[-1] += segment
    return [part for line in lines for part in _broken(line, width)]


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters, broken between words, or in a word that is longer than that."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_width(joined) <= width:
            lines[-1] = joined
        else:
            lines += _broken(word, width)
    return lines if lines[0] else lines[1:] or [""]


def _broken(line: str, width: int) -> list[str]:
    parts = [""]
    for letter in line if cell_width(line) > width else ():
        if cell_width(parts[-1] + letter) > width and parts[-1]:
            parts.append("")
        parts[-1] += letter
    return parts if parts != [""] else [line]


def cell_width(text: str) -> int:
    """How many columns of a terminal a text takes: letters of some scripts take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
