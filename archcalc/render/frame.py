"""The layers of an analysis as a pandas frame, with typed columns."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc.analysis.quantities import FIELDS, FLAG, FRACTION, layer_quantities, layer_values
from archcalc.analysis.statuses import STATUSES, is_traced, status_of
from archcalc.core.extras import install_command
from archcalc.core.problem import UsageError
from archcalc.core.shape import axes_of, in_order
from archcalc.tables.table import BYTES, COUNT, MEASURED, SECONDS, SHORT_COUNT

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas

    from archcalc.analysis.quantities import FieldQuantity
    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.tables.table import Table


def layers_frame(analysis: Analysis) -> pandas.DataFrame:
    """One row a layer, indexed by path.

    Sizes (`C`, `T`, ...) and what `analysis.quantities` has: receptive fields (`full_T`, `window_T`, `smallest_T`,
    `clipped_T`, `offset_T`, `effective_padding_T`, ...; of the first network input that reaches the layer) and counts.
    They are integers, Int64 where a layer lacks the axis or the window; `jump_T` and `center_T` are Float64,
    `sees_all_T` and `aligned` are boolean. Recorded modules have `traced`, `field_status` and `full_status` too.
    UsageError when pandas is not installed.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise UsageError(f"a frame needs pandas; {install_command('frame')}") from None
    grid = in_order({axis for each in analysis.inputs for axis in each.shape.grid})
    axes = axes_of(layer.shape for layer in analysis.layers)
    fields = [(name, each, axis) for each in FIELDS.values() for name, axis in _names(each, grid)]
    frame = pandas.DataFrame([_row(analysis, *each, axes, fields) for each in layer_values(analysis)])
    types = dict.fromkeys((*axes, "groups"), "Int64") | {name: _type(each) for name, each, _ in fields}
    counts = dict.fromkeys((each.key for each in layer_quantities()), "int64")
    return frame.astype(types | counts).set_index("path")


FieldColumn = tuple[str, "FieldQuantity", str | None]
"""The name of a column, what it shows of a receptive field, and on which axis; None for all."""


def _names(quantity: FieldQuantity, grid: tuple[str, ...]) -> list[tuple[str, str | None]]:
    if not quantity.by_axis:
        return [(quantity.key, None)]
    return [(f"{quantity.key}_{axis}", axis) for axis in grid]


def _type(quantity: FieldQuantity) -> str:
    return {FRACTION: "Float64", FLAG: "boolean"}.get(quantity.kind, "Int64")


def _row(
    analysis: Analysis, layer: LayerRecord, numbers: dict[str, int], axes: tuple[str, ...], fields: list[FieldColumn]
) -> dict[str, Any]:
    name = next(iter(layer.fields), None)
    known = {} if name is None else {key: each.value(analysis, layer, name) for key, each in FIELDS.items()}
    row: dict[str, Any] = {"path": layer.path, "op": layer.op, "label": layer.label}
    row |= {axis: layer.shape.sizes.get(axis) for axis in axes}
    row |= {column: _cell(known.get(each.key), axis) for column, each, axis in fields}
    return row | {"groups": layer.groups, **numbers, "status": layer.status, **_recorded(analysis, layer)}


def _recorded(analysis: Analysis, layer: LayerRecord) -> dict[str, Any]:
    """What recorded modules have in addition: whether a layer is no operator, and what is known of its fields."""
    if analysis.graph.imported is None:
        return {}
    statuses = {key: status_of(analysis, layer.path, key) for key in STATUSES}
    return {"traced": is_traced(analysis, layer.path), **statuses}


def _cell(value: Any, axis: str | None) -> int | float | bool | None:
    found = value if axis is None or value is None else value.get(axis)
    return float(found) if isinstance(found, Fraction) else found


FRAME_TYPES = {COUNT: "Int64", SHORT_COUNT: "Int64", BYTES: "Int64", MEASURED: "Float64", SECONDS: "Float64"}


def table_frame(table: Table) -> pandas.DataFrame:
    """Return the rows of a table under the keys of its columns; counts and bytes are Int64, measured numbers Float64.

    Raises:
        UsageError: pandas is not installed.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise UsageError(f"a frame needs pandas; {install_command('frame')}") from None
    frame = pandas.DataFrame(list(table.rows), columns=[each.key for each in table.columns])
    types = {each.key: FRAME_TYPES[each.kind] for each in table.columns if each.kind in FRAME_TYPES}
    return frame.astype({key: kind if _whole(frame[key]) else "Float64" for key, kind in types.items()})


def _whole(values: Iterable[float | None]) -> bool:
    """Whether a column of counts has no number such as a shift by half a frame."""
    return all(each is None or each != each or float(each).is_integer() for each in values)
