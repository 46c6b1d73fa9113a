"""Rows of a table of layers: a layer each, or everything under one path put together."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from archcalc.graph import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.quantities import Quantity
    from archcalc.analysis.records import Analysis, LayerRecord


class Row(NamedTuple):
    """A row and its layers, the first of them with number `start`; `alone` is one layer under its own path."""

    path: str
    layers: tuple[LayerRecord, ...]
    start: int
    alone: bool

    @property
    def last(self) -> LayerRecord:
        """The layer whose shape and fields the row shows."""
        return self.layers[-1]

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the layers."""
        return tuple(layer.path for layer in self.layers)

    @property
    def name(self) -> str:
        """The path; weights that are those of another layer are marked."""
        owner = self.last.owner if self.alone else None
        return f"{self.path} = {owner}" if owner else self.path

    @property
    def status(self) -> str:
        """Whether the cost is complete or a lower bound."""
        return "lower bound" if any(layer.uncounted for layer in self.layers) else "complete"


def rows_to_depth(analysis: Analysis, depth: int | None) -> list[Row]:
    """Return a row per layer; with a depth, one row for all layers in a scope at this depth."""
    if depth is None:
        return [Row(layer.path, (layer,), start, True) for start, layer in enumerate(analysis.layers)]
    rows: list[Row] = []
    start = 0
    for part, group in groupby(analysis.layers, key=lambda layer: analysis.graph.part(layer.path, depth)):
        layers = tuple(group)
        rows.append(Row(part.path, layers, start, isinstance(part, Node)))
        start += len(layers)
    return rows


def row_values(analysis: Analysis, quantity: Quantity, rows: Sequence[Row]) -> list[int]:
    """Return the number of each row: that of its layer, or those of its layers put together."""
    values = list(quantity.of_layers(analysis))
    if len(rows) == len(values):
        return values
    return [quantity.join(values[row.start : row.start + len(row.layers)]) for row in rows]
