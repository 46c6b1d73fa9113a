"""What a search found as tables: the best, the front, the best of each group, what rules designs out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archcalc.core.messages import counted
from archcalc.results.search import ALL, DRAWN, EVOLVED
from archcalc.tables.table import COUNT, NAME, TEXT, Cell, Column, Extent, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.results.search import Figure, FigureKind, FoundDesign, SearchResult


def search_tables(result: SearchResult) -> list[Table]:
    """Return a table for each group of designs that was found, and one of what rules designs out."""
    tables = [_answers(result)] if result.front else []
    if result.by and result.group is not None:
        tables.append(_best_of_each(result, result.group))
    if result.ruled_out or result.not_built:
        tables.append(_ruled_out(result))
    if result.nearest:
        tables.append(_nearest(result))
    return tables


def counts_text(result: SearchResult) -> str:
    """Return how many designs were tried, and how many answer."""
    tried = f"{counted(result.combinations, 'combination')}, {counted(result.designs, 'design')}"
    how = {ALL: "", DRAWN: " of them, drawn at random", EVOLVED: " of them, chosen by evolution"}[result.chosen]
    return f"{tried}{how}; {counted(result.answers, 'answer')}"


def _answers(result: SearchResult) -> Table:
    goals = " and ".join(result.goals)
    inputs = f"; input {', '.join(result.inputs)}" if result.inputs else ""
    one = len(result.goals) == 1
    what = f"the best in {goals}" if one else f"the front of {goals}: {counted(len(result.front), 'design')}"
    proof = "every design was tried, so none is better" if result.exhaustive else "not every design was tried"
    rows = tuple(_cells(result, each) for each in result.front)
    heading = f"{result.title or result.name}"
    subtitle = (f"{counts_text(result)}{inputs}", f"{what}; {proof}")
    remarks = (*result.remarks, "the first as a table, layer by layer:")
    return Table(heading, subtitle, _columns(result), rows, (), remarks, command=result.command)


def _best_of_each(result: SearchResult, group: str) -> Table:
    names = [name for name in result.names if name != group]
    columns = (Column(group, group, NAME), *_columns(result, names))
    rows = tuple((name, *_cells(result, each, names)) for name, each in result.by.items())
    return Table(f"best of each {group}", (), columns, rows)


def _ruled_out(result: SearchResult) -> Table:
    columns = (Column("requirement", "requirement", NAME), Column("required", "required", TEXT),
               Column("designs", "designs ruled out", COUNT))  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (_heading(result, label), result.requirements[label], count) for label, count in result.ruled_out.items()
    ]
    if result.not_built:
        rows.append(("cannot be built", f"such as {result.example}", result.not_built))
    return Table("designs ruled out, each at the first requirement that it misses", (), columns, tuple(rows))


def _nearest(result: SearchResult) -> Table:
    columns = (Column("requirement", "misses only", NAME), Column("required", "required", TEXT), *_columns(result))
    rows = tuple(
        (_heading(result, each.requirement), each.required, *_cells(result, each.design)) for each in result.nearest
    )
    remark = "no design meets all requirements; each of these meets all but one, and comes nearest to that one"
    return Table("nearest misses", (), columns, rows, (), (remark, *result.remarks))


def _heading(result: SearchResult, label: str) -> str:
    return next((each.heading for each in result.figures if each.label == label), label)


def _columns(result: SearchResult, names: Sequence[str] | None = None) -> tuple[Column, ...]:
    figures = (Column(each.label, each.heading, each.kind) for each in _shown(result))
    return (*figures, *(Column(name, name, NAME) for name in (result.names if names is None else names)))


def _cells(result: SearchResult, found: FoundDesign, names: Sequence[str] | None = None) -> tuple[Cell, ...]:
    figures = (figure_cell(found.quantities.get(each.label), each) for each in _shown(result))
    return (*figures, *(value_cell(found.values[name]) for name in (result.names if names is None else names)))


def _shown(result: SearchResult) -> list[FigureKind]:
    """Return the figures that are no parameters, which have columns of their own."""
    return [each for each in result.figures if each.label not in result.names]


def figure_cell(figure: Figure, kind: FigureKind) -> Cell:
    """Return a figure as a cell; a field as sizes by axis."""
    if not isinstance(figure, dict):
        return figure
    return Extent({axis: _size(figure.get(axis)) for axis in kind.axes if axis in figure})


def _size(size: float | None) -> int | str:
    if size is None:
        return "-"
    return size if isinstance(size, int) else f"{size:.4g}"


def value_cell(value: object) -> Cell:
    """Return the value of a parameter as a cell."""
    if isinstance(value, str):
        return value
    return json.dumps(value)
