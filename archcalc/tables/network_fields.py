"""The receptive fields of networks side by side, as Distill's table has them: field, effective stride and padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.spec.load import load_spec
from archcalc.tables.table import EXTENT, NAME, TEXT, Cell, Column, Extent, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.analysis.records import Analysis, InputField, LayerRecord

COLUMNS = (
    Column("name", "network", NAME),
    Column("input", "input", TEXT),
    Column("field", "field", EXTENT),
    Column("stride", "stride", EXTENT),
    Column("padding", "padding", EXTENT),
    Column("layer", "after layer", TEXT),
)
SUBTITLE = "after the last layer before any that is global along an axis; one number where all axes agree"


def fields_table(names: Iterable[str]) -> Table:
    """A row for each bundled network; SpecError when one cannot be used."""
    rows = tuple(network_row(name, analyze_graph(load_spec(name, {}, {}).graph, Settings())) for name in names)
    return Table("receptive fields of networks", (SUBTITLE,), COLUMNS, rows)


def network_row(name: str, analysis: Analysis) -> tuple[Cell, ...]:
    """Name, inputs, and what the last layer before a global operation sees of the first input that reaches it."""
    inputs = ", ".join(str(each.shape) for each in analysis.inputs)
    layer = last_of_windows(analysis)
    if layer is None or layer.field is None:
        return (name, inputs, None, None, None, None)
    seen = layer.field
    places = (_by_axis(each) for each in (seen.full, seen.jump, seen.effective_padding))
    return (name, inputs, *places, analysis.graph.part(layer.path, 1).path)


def last_of_windows(analysis: Analysis) -> LayerRecord | None:
    """The last layer that sees the input through windows alone, or None."""
    layers = (layer for layer in reversed(analysis.layers) if layer.field is not None and _local(layer.field))
    return next(layers, None)


def _local(seen: InputField) -> bool:
    return not any(seen.sees_all.values())


def _by_axis(values: Mapping[str, object]) -> Extent:
    """One number where all axes agree, as in a spec, else one for each."""
    texts = {axis: "-" if value is None else str(value) for axis, value in values.items()}
    return Extent(dict(list(texts.items())[:1]) if len(set(texts.values())) == 1 else texts)
