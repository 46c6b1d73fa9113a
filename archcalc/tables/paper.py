"""The paper style: a row a stage, with kernels `T×S², C`, as Table 1 of the SlowFast paper has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.kernels import output_text, sizes_heading
from archcalc.analysis.stages import stages
from archcalc.core.shape import in_order
from archcalc.tables.options import Body
from archcalc.tables.table import TEXT, Cell, Column

if TYPE_CHECKING:
    from archcalc.analysis.records import Analysis
    from archcalc.tables.options import TableOptions


def paper_body(analysis: Analysis, options: TableOptions) -> Body:
    """Stage, layers and output size: inputs first."""
    present = in_order({axis for each in analysis.inputs for axis in each.shape.grid})
    columns = (
        Column("stage", "stage", TEXT),
        Column("layers", "layers", TEXT),
        Column("output", f"output {sizes_heading(present)}".strip(), TEXT),
    )
    inputs: list[tuple[Cell, ...]] = [(each.name, None, output_text(each.shape)) for each in analysis.inputs]
    rows = stages(analysis, options.depth or 1)
    cells = ((each.name, each.layers, each.output) for each in rows)
    return Body(columns, (*inputs, *cells), (*(() for _ in inputs), *(each.paths for each in rows)))
