"""The columns a table of layers can have, and what each shows of the rows."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.analysis.quantities import FIELDS, FLAG, SIZE, WINDOWS, layer_quantities, windows_by_axis
from archcalc.analysis.statuses import STATUSES, status_of
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.core.shape import in_order
from archcalc.tables.field_units import NO_WINDOW, FieldUnit, extent_in
from archcalc.tables.rows import row_values
from archcalc.tables.table import COUNT, EXTENT, SHAPE, TEXT, Cell, Column, Extent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from archcalc.analysis.quantities import FieldQuantity, Quantity, WindowQuantity
    from archcalc.analysis.records import Analysis
    from archcalc.analysis.statuses import Status
    from archcalc.graph import NetworkInput
    from archcalc.tables.rows import Row
    from archcalc.tables.timing import Timing

    Show = Callable[[Sequence[Row]], Iterable[Cell]]


class ColumnKind(NamedTuple):
    """A column, and how its cells are read off the rows."""

    column: Column
    show: Show


FIELD_VIEWS = ("full", "window", "clipped")
DEFAULT_COLUMNS = ("layer", "size", "field", "params", "cost")
TIMED_COLUMNS = (("layer", "size", "params", "cost"), ("layer", "size", "cost"))
"""Columns shown with one kind of times, and with two; more would not fit into 80 characters."""


def field_keys() -> tuple[str, ...]:
    """Keys of columns about receptive fields; `field` stands for the views that were asked for."""
    return ("field", *FIELDS)


def axes_of(analysis: Analysis) -> str:
    """`CxTxHxW`: the axes of the network's inputs, in order."""
    present = {axis for each in analysis.inputs for axis in each.shape.axes}
    return "x".join(in_order(present))


def _grid(analysis: Analysis) -> str:
    present = {axis for each in analysis.inputs for axis in each.shape.grid}
    return "x".join(in_order(present))


def plain_columns(analysis: Analysis) -> dict[str, ColumnKind]:
    """Columns that do not speak of receptive fields, by key."""
    kinds = (
        _column("layer", "layer", TEXT, lambda row: row.name),
        _column("op", "operator", TEXT, lambda row: row.last.op if row.alone else ""),
        _column("label", "operation", TEXT, _label),
        *(_column(each.key, each.heading, EXTENT, _window_cell(each)) for each in WINDOWS.values()),
        _column("groups", "groups", COUNT, lambda row: row.last.groups if row.alone else None),
        _column("size", f"size {axes_of(analysis)}", SHAPE, lambda row: row.last.shape),
        *(_quantity_column(analysis, each) for each in layer_quantities()),
        _column("status", "status", TEXT, lambda row: row.status),
        _notes_column(analysis),
        *(_status_column(analysis, each) for each in STATUSES.values() if analysis.graph.imported is not None),
    )
    return {kind.column.key: kind for kind in kinds}


def _column(key: str, heading: str, kind: str, show: Callable[[Row], Cell]) -> ColumnKind:
    return ColumnKind(Column(key, heading, kind), lambda rows: map(show, rows))


def _quantity_column(analysis: Analysis, quantity: Quantity) -> ColumnKind:
    column = Column(quantity.key, quantity.heading_of(analysis), quantity.kind)
    return ColumnKind(column, lambda rows: row_values(analysis, quantity, rows))


def _status_column(analysis: Analysis, status: Status) -> ColumnKind:
    return _column(status.key, status.heading, TEXT, lambda row: status_of(analysis, row.last.path, status.key))


def _notes_column(analysis: Analysis) -> ColumnKind:
    """Return the codes of the design checks that find something in a row."""

    def show(rows: Sequence[Row]) -> Iterable[Cell]:
        from archcalc.lint.run import lint

        codes: dict[str, dict[str, None]] = {}
        for each in lint(analysis):
            codes.setdefault(each.path, {})[each.code] = None
        for row in rows:
            found = dict.fromkeys(code for layer in row.layers for code in codes.get(layer.path, ()))
            yield " ".join(sorted(found))

    return ColumnKind(Column("notes", "notes", TEXT), show)


def _label(row: Row) -> str:
    return row.last.label if len(row.layers) == 1 else f"{len(row.layers)} layers"


def _window_cell(quantity: WindowQuantity) -> Callable[[Row], Cell]:
    def cell(row: Row) -> Cell:
        by_axis = windows_by_axis(row.last.windows, quantity) if row.alone else None
        return None if by_axis is None else Extent({axis: _sides(value) for axis, value in by_axis.items()})

    return cell


def _sides(value: int | tuple[int, int]) -> int | str:
    """A number, or two that differ: `1+2`."""
    if isinstance(value, int):
        return value
    before, after = value
    return before if before == after else f"{before}+{after}"


def _timed_columns(timings: Sequence[Timing]) -> dict[str, ColumnKind]:
    return {
        column.key: _column(column.key, column.heading, column.kind, show)
        for timing in timings
        for column, show in timing.columns
    }


def chosen_columns(
    analysis: Analysis, keys: Sequence[str], views: Sequence[str], unit: FieldUnit, timings: Sequence[Timing] = ()
) -> tuple[ColumnKind, ...]:
    """Return the columns for some keys; `field` is one column for each selected kind of receptive field and input.

    Raises UsageError with the nearest key for an unknown key.
    """
    known = {**plain_columns(analysis), **_timed_columns(timings)}
    columns: list[ColumnKind] = []
    for key in keys:
        if key in known:
            columns.append(known[key])
        elif key in field_keys():
            shown = views if key == "field" else (key,)
            columns += [each for view in shown for each in _field_columns(analysis, view, unit)]
        else:
            hint = did_you_mean(key, (*known, *field_keys()))
            raise UsageError(
                f"no column {key!r}; expected one of {', '.join((*known, *field_keys()))}"
                + (f" ({hint})" if hint else "")
            )
    if len(columns) > MOST_COLUMNS:
        found = f"a table of {len(columns)} columns; expected at most {MOST_COLUMNS}"
        raise UsageError(f"{found}: --columns without fields, which have one for each input, or --format json")
    return tuple(columns)


MOST_COLUMNS = 100


def _field_columns(analysis: Analysis, view: str, unit: FieldUnit) -> list[ColumnKind]:
    names, quantity = [each.name for each in analysis.inputs], FIELDS[view]
    heading = quantity.heading.format(grid=_grid(analysis)) + (unit.remark if quantity.kind == SIZE else "")
    columns = []
    for name in names:
        key, suffix = (view, "") if len(names) == 1 else (f"{view}_{name}", f" of {name}")
        columns.append(_column(key, heading + suffix, EXTENT, _field_cell(analysis, name, quantity, unit)))
    return columns


def _field_cell(analysis: Analysis, name: str, quantity: FieldQuantity, unit: FieldUnit) -> Callable[[Row], Cell]:
    network_input = analysis.graph.inputs[name]

    def cell(row: Row) -> Cell:
        if name not in row.last.fields:
            return None
        return _field_text(quantity, quantity.value(analysis, row.last, name), unit, network_input)

    return cell


def _field_text(quantity: FieldQuantity, value: Any, unit: FieldUnit, network_input: NetworkInput) -> Cell:
    if quantity.kind == SIZE:
        return extent_in(unit, value, network_input)
    if quantity.kind == FLAG:
        return ",".join(axis for axis, holds in value.items() if holds) if quantity.by_axis else bool(value)
    return Extent({axis: NO_WINDOW if place is None else _number(place) for axis, place in value.items()})


def _number(value: int | Fraction) -> str:
    """Return a fraction as text, a half with a decimal point: `1/3`, `7.5`."""
    return f"{float(value):g}" if Fraction(value).denominator == 2 else str(value)
