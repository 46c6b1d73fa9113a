"""A sweep as tables: a row for each design, or a grid for each quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.messages import counted
from archcalc.tables.search import figure_cell, value_cell
from archcalc.tables.table import NAME, Cell, Column, Table

if TYPE_CHECKING:
    from archcalc.results.search import FigureKind, FoundDesign, SweepResult


def sweep_tables(result: SweepResult) -> list[Table]:
    """Return one table of all designs, or one of each quantity where the sweep names rows and columns."""
    if result.rows is None:
        return [sweep_rows(result)]
    shown = [each for each in result.figures if each.label in result.shown]
    return [_grid(result, each, first=place == 0) for place, each in enumerate(shown)]


def sweep_rows(result: SweepResult) -> Table:
    """Return one table with a row for each design, as programs read it."""
    shown = [each for each in result.figures if each.label in result.shown]
    columns = (
        *(Column(name, name, NAME) for name in result.names),
        *(Column(each.label, each.heading, each.kind) for each in shown),
    )
    rows = tuple(
        (
            *(value_cell(each.values[name]) for name in result.names),
            *(figure_cell(each.quantities.get(kind.label), kind) for kind in shown),
        )
        for each in result.designs
    )
    return Table(result.title or result.name, (_subtitle(result),), columns, rows, (), _remarks(result))


def _grid(result: SweepResult, kind: FigureKind, *, first: bool) -> Table:
    """Return a table of one quantity: a row for each value of one dimension, a column for each value of another."""
    assert result.rows is not None
    across = list(dict.fromkeys(_key(result, each, result.columns) for each in result.designs))
    down = dict.fromkeys(_key(result, each, result.rows, rest=True) for each in result.designs)
    cells: dict[tuple[str, str], Cell] = {
        (_key(result, each, result.rows, rest=True), _key(result, each, result.columns)): figure_cell(
            each.quantities.get(kind.label), kind
        )
        for each in result.designs
    }
    heading = f"{result.rows} \\ {result.columns}" if result.columns else result.rows
    columns = (
        Column(result.rows, heading, NAME),
        *(Column(name or kind.label, name or kind.heading, kind.kind) for name in across),
    )
    rows = tuple((name, *(cells.get((name, each)) for each in across)) for name in down)
    title = f"{result.title or result.name}: {kind.heading}"
    return Table(title, (_subtitle(result),) if first else (), columns, rows, (), _remarks(result) if first else ())


def _key(result: SweepResult, design: FoundDesign, name: str | None, *, rest: bool = False) -> str:
    """Return the value of a dimension as text; with `rest`, those of all that is neither rows nor columns too."""
    others = [each for each in result.names if rest and each not in (result.rows, result.columns)]
    texts = [str(value_cell(design.values[each])) for each in [name, *others] if each is not None]
    return ", ".join(texts)


def _subtitle(result: SweepResult) -> str:
    inputs = f"; input {', '.join(result.inputs)}" if result.inputs else ""
    return f"{counted(len(result.designs), 'design')} of {result.spec}{inputs}"


def _remarks(result: SweepResult) -> tuple[str, ...]:
    if not result.errors:
        return result.remarks
    place, error = next(iter(result.errors.items()))
    values = ", ".join(f"{name} {value_cell(value)}" for name, value in result.designs[place].values.items())
    return (f"{counted(len(result.errors), 'design')} cannot be built, such as {values}: {error}", *result.remarks)
