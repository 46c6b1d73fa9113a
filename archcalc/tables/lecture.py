"""The lecture style: layer with kernel and channels, size, receptive field."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from archcalc.ops.traits import Storage
from archcalc.tables.columns import axes_of
from archcalc.tables.field_units import extent_in
from archcalc.tables.options import Body
from archcalc.tables.table import EXTENT, SHAPE, TEXT, Cell, Column

if TYPE_CHECKING:
    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.tables.options import TableOptions


def lecture_body(analysis: Analysis, options: TableOptions) -> Body:
    """Rows that would show nothing new are left out; with a depth, deeper layers are put together."""
    names = [each.name for each in analysis.inputs]
    inputs: list[tuple[Cell, ...]] = [
        ("input" if len(names) == 1 else each.name, each.shape, *(None for _ in names)) for each in analysis.inputs
    ]
    rows: list[tuple[Cell, ...]] = []
    labeled = _labeled(analysis, options.depth)
    for label, layers in labeled:
        fields = (_field(analysis, layers[-1], name, options) for name in names)
        rows.append((label, layers[-1].shape, *fields))
    paths = [tuple(layer.path for layer in layers) for _, layers in labeled]
    return Body(_columns(analysis, options), (*inputs, *rows), (*(() for _ in inputs), *paths))


def _columns(analysis: Analysis, options: TableOptions) -> tuple[Column, ...]:
    axes = axes_of(analysis)
    field = f"Receptive field ({axes.removeprefix('Cx')}{options.field_unit.remark})"
    names = [each.name for each in analysis.inputs]
    fields = (Column(f"field_{name}", field + (f" in {name}" if len(names) > 1 else ""), EXTENT) for name in names)
    return Column("layer", "Layer", TEXT), Column("size", f"Size ({axes})", SHAPE), *fields


def _labeled(analysis: Analysis, depth: int | None) -> list[tuple[str, list[LayerRecord]]]:
    """Each layer worth a row with its label; with a depth, those under one path with that path."""
    shown = _worth_a_row(analysis)
    if depth is None:
        return [(layer.label, [layer]) for layer in shown]
    found = []
    for part, group in groupby(shown, key=lambda layer: analysis.graph.part(layer.path, depth)):
        layers = list(group)
        found.append((layers[0].label if len(layers) == 1 else part.path, layers))
    return found


def _worth_a_row(analysis: Analysis) -> list[LayerRecord]:
    """Layers that compute, or change size or field; views on the way to a next layer belong to that one."""
    records = {layer.path: layer for layer in analysis.layers}
    last = analysis.layers[-1]
    return [layer for layer in analysis.layers if _shows_something(analysis, layer, records, last=layer is last)]


def _shows_something(analysis: Analysis, layer: LayerRecord, records: dict[str, LayerRecord], *, last: bool) -> bool:
    if layer.macs or layer.windows is not None:
        return True
    if analysis.graph.nodes[layer.path].operator.traits.storage is Storage.ALIAS and not last:
        return False
    source = records.get(layer.inputs[0])
    if source is None:
        return layer.shape != analysis.graph.shape(layer.inputs[0])
    return layer.shape != source.shape or layer.fields != source.fields


def _field(analysis: Analysis, layer: LayerRecord, name: str, options: TableOptions) -> Cell:
    seen = layer.fields.get(name)
    if seen is None:
        return None
    return extent_in(options.field_unit, seen.sizes(options.field_views[0]), analysis.graph.inputs[name])
