"""Tables of the layers of one network, in the styles that readers know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.ops.base import View
from archcalc.view.columns import DEFAULT_COLUMNS, FIELD_VIEWS, axes_of, chosen_columns
from archcalc.view.field_units import FieldUnit, extent_in
from archcalc.view.rows import rows_to_depth
from archcalc.view.table import BYTES, COUNT, EXTENT, SHAPE, TEXT, Cell, Column, Table, Total

if TYPE_CHECKING:
    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.graph import NetworkInput

STYLES = ("default", "lecture")


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What a table shows: style, columns, views and unit of the receptive field, depth of the paths."""

    style: str = "default"
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    field_views: tuple[str, ...] = ("full",)
    field_unit: FieldUnit = FieldUnit.FRAMES
    depth: int | None = None


def layer_table(analysis: Analysis, options: TableOptions) -> Table:
    """The table of one network; UsageError for a column, view or unit that cannot be shown."""
    for view in options.field_views:
        if view not in FIELD_VIEWS:
            raise UsageError(f"no receptive field {view!r}; one of {', '.join(FIELD_VIEWS)}")
    if options.style == "lecture":
        return _lecture(analysis, options)
    kinds = chosen_columns(analysis, options.columns, options.field_views, options.field_unit)
    rows = tuple(tuple(kind.show(row) for kind in kinds) for row in rows_to_depth(analysis, options.depth))
    return Table(
        _title(analysis),
        tuple(_input_line(each) for each in analysis.inputs),
        tuple(kind.column for kind in kinds),
        rows,
        _totals(analysis),
        _remarks(analysis),
    )


def _title(analysis: Analysis) -> str:
    return f"{analysis.name}: {analysis.title}" if analysis.title else analysis.name


def _input_line(network_input: NetworkInput) -> str:
    axes = "x".join(network_input.shape.axes)
    rate = f" at {network_input.fps:g} fps" if network_input.fps else ""
    return f"input {network_input.name} {network_input.shape} ({axes}){rate}"


def _totals(analysis: Analysis) -> tuple[Total, ...]:
    totals, unit = analysis.totals, analysis.convention.unit
    lines = [
        Total("layers", totals.layers, COUNT),
        Total("params", totals.params, COUNT),
        Total(unit, totals.cost, COUNT),
    ]
    if analysis.views and totals.cost_per_video is not None:
        clips, crops = analysis.views
        lines.append(Total(f"{unit} per video ({clips} clips x {crops} crops)", totals.cost_per_video, COUNT))
    memory = f"{analysis.dtype}, batch {analysis.batch}"
    lines.append(Total(f"parameters ({analysis.dtype})", totals.parameter_bytes, BYTES))
    lines.append(Total(f"peak activations at inference ({memory})", totals.peak_inference_bytes, BYTES))
    return tuple(lines)


def _remarks(analysis: Analysis) -> tuple[str, ...]:
    missing = dict.fromkeys(reason for layer in analysis.layers for reason in layer.missing)
    remarks = [f"lower bound: leaves out {reason}" for reason in missing]
    if any(not field.aligned for layer in analysis.layers for field in layer.fields.values()):
        remarks.append("branches move at different rates: the field is the largest over the real positions")
    return tuple(remarks)


def _lecture(analysis: Analysis, options: TableOptions) -> Table:
    """Layer with kernel and channels, size and field; rows that would show nothing new are merged into others."""
    axes = axes_of(analysis)
    grid = axes.removeprefix("Cx")
    clipped = options.field_views[0] == "clipped"
    names = [each.name for each in analysis.inputs]
    columns = [Column("layer", "Layer", TEXT), Column("size", f"Size ({axes})", SHAPE)]
    for name in names:
        suffix = f" in {name}" if len(names) > 1 else ""
        columns.append(Column(f"field_{name}", f"Receptive field ({grid}{options.field_unit.remark}){suffix}", EXTENT))
    inputs: list[tuple[Cell, ...]] = [
        ("input" if len(names) == 1 else each.name, each.shape, *(None for _ in names)) for each in analysis.inputs
    ]
    rows: list[tuple[Cell, ...]] = []
    for layer in analysis.layers:
        if _shows_something(analysis, layer, last=layer is analysis.layers[-1]):
            fields = (_lecture_field(analysis, layer, name, options.field_unit, clipped=clipped) for name in names)
            rows.append((layer.label, layer.shape, *fields))
    return Table(_title(analysis), (), tuple(columns), (*inputs, *rows))


def _lecture_field(analysis: Analysis, layer: LayerRecord, name: str, unit: FieldUnit, *, clipped: bool) -> Cell:
    seen = layer.fields.get(name)
    if seen is None:
        return None
    return extent_in(unit, seen.clipped if clipped else seen.full, analysis.graph.inputs[name])


def _shows_something(analysis: Analysis, layer: LayerRecord, *, last: bool) -> bool:
    """Whether a layer computes, or changes size or field; views on the way to a next layer belong to that one."""
    if layer.macs or layer.windows is not None:
        return True
    if isinstance(analysis.graph.nodes[layer.path].operator, View) and not last:
        return False
    source = analysis.graph.nodes.get(layer.inputs[0])
    if source is None:
        return layer.shape != analysis.graph.shape(layer.inputs[0])
    return layer.shape != source.shape or layer.fields != analysis.layer(source.path).fields
