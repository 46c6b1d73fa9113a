"""The values style: the values that a forward pass keeps and the weights, as in CS231n's table of VGG-16."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.memory import Memory
from archcalc.analysis.quantities import QUANTITIES
from archcalc.analysis.values import all_values
from archcalc.tables.columns import axes_of
from archcalc.tables.options import Body
from archcalc.tables.rows import row_values, rows_to_depth
from archcalc.tables.table import BYTES, COUNT, SHAPE, TEXT, Cell, Column, Total

if TYPE_CHECKING:
    from archcalc.analysis.records import Analysis
    from archcalc.tables.options import TableOptions


def values_body(analysis: Analysis, options: TableOptions) -> Body:
    """The inputs, and the rows that hold values or weights; layers that work in place hold none."""
    columns = (
        Column("layer", "layer", TEXT),
        Column("size", f"size {axes_of(analysis)}", SHAPE),
        Column("held", "values", COUNT),
        Column("weights", "weights", COUNT),
    )
    inputs: list[tuple[Cell, ...]] = [(each.name, each.shape, each.shape.elements, 0) for each in analysis.inputs]
    rows = rows_to_depth(analysis, options.depth)
    held, weights = (row_values(analysis, QUANTITIES[key], rows) for key in ("held", "weights"))
    kept = [(row, counts) for row, *counts in zip(rows, held, weights, strict=True) if any(counts)]
    shown: list[tuple[Cell, ...]] = [(row.name, row.last.shape, *counts) for row, counts in kept]
    return Body(columns, (*inputs, *shown), (*(() for _ in inputs), *(row.paths for row, _ in kept)))


def values_totals(analysis: Analysis) -> tuple[Total, ...]:
    """Sums of both columns, and the bytes of the values."""
    values = all_values(analysis.graph)
    held = Memory(analysis.dtype, analysis.batch).activation(values)
    return (
        Total("values of one sample", values, COUNT),
        Total(f"values ({analysis.dtype}, batch {analysis.batch})", held, BYTES),
        Total("weights without biases", QUANTITIES["weights"].total(analysis), COUNT),
    )
