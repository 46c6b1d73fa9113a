"""Costs and parameters in all conventions side by side, and why they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.by_convention import CountedBy, counted_by
from archcalc.analysis.conventions import CONVENTIONS
from archcalc.core.units import SHORT_COUNT
from archcalc.tables.layers import input_line, table_title
from archcalc.tables.rows import rows_to_depth
from archcalc.tables.table import COUNT, SHAPE, TEXT, Cell, Column, Table, Total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.records import Analysis
    from archcalc.tables.rows import Row

MOST_OPERATORS = 5
"""Operators that a remark names; the others are added up."""


def conventions_table(analysis: Analysis, depth: int | None = None) -> Table:
    """Return a row for each convention; with a depth a row for each part, and a column for each convention."""
    kinds = [counted_by(analysis, each) for each in CONVENTIONS.values()]
    head = f"{table_title(analysis)}: its cost in every convention"
    inputs, remarks = tuple(input_line(each) for each in analysis.inputs), _remarks(analysis, kinds)
    if depth is None:
        views = () if analysis.views is None else ("views of a video: {} clips x {} crops".format(*analysis.views),)
        columns, rows = _columns(analysis), tuple(_row(analysis, each) for each in kinds)
        return Table(head, inputs + views, columns, rows, remarks=remarks)
    parts = _Parts(rows_to_depth(analysis, depth), [each for each in kinds if each.convention.counts_cost])
    return Table(head, inputs, parts.columns(), parts.rows(), parts.totals(), remarks)


def _columns(analysis: Analysis) -> tuple[Column, ...]:
    return (
        Column("convention", "convention", TEXT),
        Column("counts", "counts", TEXT),
        Column("cost", "cost", COUNT),
        *((Column("cost_per_video", "per video", SHORT_COUNT),) if analysis.views else ()),
        Column("params", "params", COUNT),
        Column("status", "status", TEXT),
    )


def _row(analysis: Analysis, counted: CountedBy) -> tuple[Cell, ...]:
    clips, crops = analysis.views or (1, 1)
    video = (counted.cost * clips * crops,) if analysis.views else ()
    name, kind = counted.convention.name, counted.convention.unit.partition(" ")[0]
    return (name, kind, counted.cost, *video, counted.params, "lower bound" if counted.missing else "complete")


class _Parts(NamedTuple):
    """Costs by part of the network, of which those that cost nothing are left out."""

    parts: Sequence[Row]
    kinds: Sequence[CountedBy]

    def columns(self) -> tuple[Column, ...]:
        named = (Column(each.convention.name, each.convention.name, SHORT_COUNT) for each in self.kinds)
        return (Column("layer", "layer", TEXT), Column("size", "size", SHAPE), *named)

    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        return tuple(self._row(part, costs) for part in self.parts if any(costs := self._costs(part)))

    def _costs(self, part: Row) -> list[int]:
        return [each.of(part.paths) for each in self.kinds]

    @staticmethod
    def _row(part: Row, costs: Sequence[int]) -> tuple[Cell, ...]:
        return (part.path, part.last.shape, *costs)

    def totals(self) -> tuple[Total, ...]:
        return tuple(Total(each.convention.name, each.cost, COUNT) for each in self.kinds)


def _remarks(analysis: Analysis, kinds: Sequence[CountedBy]) -> tuple[str, ...]:
    remarks = []
    for counted in kinds:
        convention = counted.convention
        tool = f" ({convention.tool})" if convention.tool else ""
        remarks.append(f"{convention.name}{tool}: {convention.meaning}{_difference(counted)}")
        if convention.params is not None and counted.params != analysis.totals.params:
            remarks.append(f"{convention.name}: params are {convention.params_meaning}")
        remarks += [f"{convention.name} is a lower bound here: it leaves out {each}" for each in counted.missing]
    return tuple(remarks)


def _difference(counted: CountedBy) -> str:
    """Return what a convention adds to its multiply-accumulates in this network, by operator, the largest first."""
    added = sorted(counted.added.items(), key=lambda item: -abs(item[1]))
    if not added:
        return ""
    shown = [f"{value:,} for {op}{_note(counted, op)}" for op, value in added[:MOST_OPERATORS]]
    others = sum(value for _, value in added[MOST_OPERATORS:])
    return "; here " + "; ".join(shown) + (f"; {others:,} for others" if others else "")


def _note(counted: CountedBy, op: str) -> str:
    rule = counted.convention.rules.get(op)
    return f" ({rule.note})" if rule is not None and rule.note else ""
