"""The columns a table of layers can have, and what each shows of a row."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError, did_you_mean
from archcalc.core.shape import AXES, GRID_AXES
from archcalc.core.window import Window
from archcalc.tables.field_units import FieldUnit, extent_in
from archcalc.tables.table import BYTES, COUNT, EXTENT, SHAPE, SHORT_COUNT, TEXT, Cell, Column, Extent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.analysis.records import Analysis, InputField
    from archcalc.core.window import TransposedWindow
    from archcalc.tables.rows import Row
    from archcalc.tables.timing import Timing


@dataclass(frozen=True, slots=True)
class ColumnKind:
    """A column, and how its cell is read off a row."""

    column: Column
    show: Callable[[Row], Cell]


FIELD_VIEWS = ("full", "window", "clipped")
FIELD_PLACES = ("jump", "offset", "center", "effective_padding")
FIELD_KEYS = ("field", *FIELD_VIEWS, "smallest", *FIELD_PLACES, "sees_all", "aligned")
DEFAULT_COLUMNS = ("layer", "size", "field", "params", "cost")
TIMED_COLUMNS = (("layer", "size", "params", "cost"), ("layer", "size", "cost"))
"""Beside one kind of times, and beside two: with more, a table would not fit into 80 characters."""


def axes_of(analysis: Analysis) -> str:
    """`CxTxHxW`: the axes of the network's inputs, in order."""
    present = {axis for each in analysis.inputs for axis in each.shape.axes}
    return "x".join(axis for axis in AXES if axis in present)


def _grid(analysis: Analysis) -> str:
    present = {axis for each in analysis.inputs for axis in each.shape.grid}
    return "x".join(axis for axis in GRID_AXES if axis in present)


def plain_columns(analysis: Analysis) -> dict[str, ColumnKind]:
    """Columns that do not speak of receptive fields, by key."""
    unit = analysis.convention.unit
    return {
        kind.column.key: kind
        for kind in (
            ColumnKind(Column("layer", "layer", TEXT), lambda row: row.path),
            ColumnKind(Column("op", "operator", TEXT), lambda row: row.op),
            ColumnKind(Column("label", "operation", TEXT), lambda row: row.label),
            ColumnKind(Column("kernel", "kernel", EXTENT), lambda row: _window(row, _kernel)),
            ColumnKind(Column("stride", "stride", EXTENT), lambda row: _window(row, _stride)),
            ColumnKind(Column("padding", "padding", EXTENT), lambda row: _window(row, _padding)),
            ColumnKind(Column("dilation", "dilation", EXTENT), lambda row: _window(row, _dilation)),
            ColumnKind(Column("groups", "groups", COUNT), lambda row: row.groups),
            ColumnKind(Column("size", f"size {axes_of(analysis)}", SHAPE), lambda row: row.shape),
            ColumnKind(Column("params", "params", COUNT), lambda row: row.params),
            ColumnKind(Column("weights", "weights", COUNT), lambda row: row.weights),
            ColumnKind(Column("buffers", "buffers", COUNT), lambda row: row.buffers),
            ColumnKind(Column("macs", "MACs", COUNT), lambda row: row.macs),
            ColumnKind(Column("flops", "FLOPs", COUNT), lambda row: row.flops),
            ColumnKind(Column("cost", unit, SHORT_COUNT), lambda row: row.cost),
            ColumnKind(Column("cumulative_cost", f"{unit} so far", SHORT_COUNT), lambda row: row.cumulative_cost),
            ColumnKind(Column("values", "values", COUNT), lambda row: row.values),
            ColumnKind(Column("held", "values in place", COUNT), lambda row: row.held),
            ColumnKind(Column("activation_bytes", "activation", BYTES), lambda row: row.activation_bytes),
            ColumnKind(Column("saved_bytes", "saved", BYTES), lambda row: row.saved_bytes),
            ColumnKind(Column("status", "status", TEXT), lambda row: row.status),
        )
    }


def _timed_columns(timings: Sequence[Timing]) -> dict[str, ColumnKind]:
    return {column.key: ColumnKind(column, show) for timing in timings for column, show in timing.columns}


def chosen_columns(
    analysis: Analysis, keys: Sequence[str], views: Sequence[str], unit: FieldUnit, timings: Sequence[Timing] = ()
) -> tuple[ColumnKind, ...]:
    """The columns for some keys; `field` stands for the views asked for, once per network input.

    UsageError names the nearest key for one that does not exist.
    """
    known = {**plain_columns(analysis), **_timed_columns(timings)}
    columns: list[ColumnKind] = []
    for key in keys:
        if key in known:
            columns.append(known[key])
        elif key in FIELD_KEYS:
            shown = views if key == "field" else (key,)
            columns += [each for view in shown for each in _field_columns(analysis, view, unit)]
        else:
            hint = did_you_mean(key, (*known, *FIELD_KEYS))
            raise UsageError(
                f"no column {key!r}; one of {', '.join((*known, *FIELD_KEYS))}" + (f" ({hint})" if hint else "")
            )
    if len(columns) > MOST_COLUMNS:
        found = f"a table of {len(columns)} columns; at most {MOST_COLUMNS}"
        raise UsageError(f"{found}: --columns without fields, which have one for each input, or --format json")
    return tuple(columns)


MOST_COLUMNS = 100


def _field_columns(analysis: Analysis, view: str, unit: FieldUnit) -> list[ColumnKind]:
    names = [each.name for each in analysis.inputs]
    grid = _grid(analysis)
    headings = {
        "full": f"field {grid}{unit.remark}",
        "window": f"window {grid}{unit.remark}",
        "clipped": f"clipped {grid}{unit.remark}",
        "smallest": f"smallest {grid}{unit.remark}",
        "jump": f"jump {grid}",
        "offset": f"offset {grid}",
        "center": f"center {grid}",
        "effective_padding": f"effective padding {grid}",
        "sees_all": "sees all of",
        "aligned": "aligned",
    }
    columns = []
    for name in names:
        suffix = f" of {name}" if len(names) > 1 else ""
        column = Column(view if len(names) == 1 else f"{view}_{name}", headings[view] + suffix, EXTENT)
        columns.append(ColumnKind(column, _field_cell(analysis, name, view, unit)))
    return columns


def _field_cell(analysis: Analysis, name: str, view: str, unit: FieldUnit) -> Callable[[Row], Cell]:
    network_input = analysis.graph.inputs[name]

    def cell(row: Row) -> Cell:
        seen = row.fields.get(name)
        if seen is None:
            return None
        if view == "smallest":
            sizes = analysis.smallest_fields[row.paths[-1]].get(name, {})
            known = {axis: size for axis in seen.full if (size := sizes.get(axis)) is not None}
            shown = extent_in(unit, known, network_input).by_axis
            return Extent({axis: shown.get(axis, "-") for axis in seen.full})
        if view in FIELD_VIEWS:
            return extent_in(unit, seen.sizes(view), network_input)
        return _field_fact(seen, view)

    return cell


def _field_fact(seen: InputField, view: str) -> Cell:
    if view in FIELD_PLACES:
        places = getattr(seen, view)
        return Extent({axis: "-" if place is None else _number(place) for axis, place in places.items()})
    if view == "sees_all":
        return ",".join(axis for axis, sees_all in seen.sees_all.items() if sees_all)
    return seen.aligned


def _number(value: int | Fraction) -> str:
    """A fraction as it is, a half with its point: `1/3`, `7.5`."""
    return f"{float(value):g}" if Fraction(value).denominator == 2 else str(value)


def _window(row: Row, show: Callable[[Window | TransposedWindow], int | str]) -> Cell:
    windows: Mapping[str, Window | TransposedWindow] | None = row.windows
    return None if windows is None else Extent({axis: show(window) for axis, window in windows.items()})


def _kernel(window: Window | TransposedWindow) -> int:
    return window.kernel


def _stride(window: Window | TransposedWindow) -> int:
    return window.stride


def _dilation(window: Window | TransposedWindow) -> int:
    return window.dilation


def _padding(window: Window | TransposedWindow) -> int | str:
    if isinstance(window, Window) and window.before != window.after:
        return f"{window.before}+{window.after}"
    return window.before if isinstance(window, Window) else window.padding
