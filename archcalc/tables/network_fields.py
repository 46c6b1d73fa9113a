"""The receptive fields of networks side by side, as Distill's table has them: field, effective stride and padding."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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


class NetworkField(NamedTuple):
    """A network and its last layer before a global operation; None where the first layer is global already."""

    name: str
    analysis: Analysis
    layer: LayerRecord | None

    @property
    def stage(self) -> str | None:
        """The top-level part of the network that the layer is in."""
        return None if self.layer is None else self.analysis.graph.part(self.layer.path, 1).path


def network_field(name: str) -> NetworkField:
    """Return what a bundled network sees through windows; SpecError when its spec cannot be used."""
    analysis = analyze_graph(load_spec(name, {}, {}).graph, Settings())
    return NetworkField(name, analysis, last_of_windows(analysis))


def fields_table(networks: Iterable[NetworkField]) -> Table:
    """Return a row for each network: its inputs, and the field in the first input that reaches its layer."""
    return Table("receptive fields of networks", (SUBTITLE,), COLUMNS, tuple(map(_row, networks)))


def _row(one: NetworkField) -> tuple[Cell, ...]:
    inputs = ", ".join(str(each.shape) for each in one.analysis.inputs)
    if one.layer is None or one.layer.field is None:
        return (one.name, inputs, None, None, None, None)
    seen = one.layer.field
    places = (_by_axis(each) for each in (seen.full, seen.jump, seen.effective_padding))
    return (one.name, inputs, *places, one.stage)


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
