"""Costs in all conventions side by side, and where they part."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from archcalc.analysis.conventions import CONVENTIONS, cost, together
from archcalc.tables.layers import input_line, table_title
from archcalc.tables.table import COUNT, SHAPE, TEXT, Cell, Column, Table, Total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.conventions import Convention
    from archcalc.analysis.records import Analysis, LayerRecord


def conventions_table(analysis: Analysis, depth: int | None = None) -> Table:
    """A row a layer, or a stage with a depth, and a column for each convention; only what costs anything is shown."""
    kinds = tuple(CONVENTIONS.values())
    columns = (
        Column("layer", "layer", TEXT),
        Column("size", "size", SHAPE),
        *(Column(kind.name, kind.name, COUNT) for kind in kinds),
    )
    grouped = groupby(analysis.layers, key=lambda layer: analysis.graph.part(layer.path, depth))
    rows = [_row(part.path, list(layers), kinds) for part, layers in grouped]
    return Table(
        f"{table_title(analysis)}: its cost in every convention",
        tuple(input_line(each) for each in analysis.inputs),
        columns,
        tuple(row for row in rows if any(row[2:])),
        _totals(analysis, kinds),
        _remarks(analysis, kinds),
    )


def _cost(layers: Sequence[LayerRecord], kind: Convention) -> int:
    return sum(cost(kind, layer.arithmetic, layer.macs).value for layer in layers)


def _row(path: str, layers: Sequence[LayerRecord], kinds: Sequence[Convention]) -> tuple[Cell, ...]:
    return (path, layers[-1].shape, *(_cost(layers, kind) for kind in kinds))


def _totals(analysis: Analysis, kinds: Sequence[Convention]) -> tuple[Total, ...]:
    totals = [Total(kind.name, _cost(analysis.layers, kind), COUNT) for kind in kinds]
    if analysis.views is None:
        return tuple(totals)
    clips, crops = analysis.views
    per_video = f"per video ({clips} clips x {crops} crops)"
    videos = [Total(f"{kind.name} {per_video}", _cost(analysis.layers, kind) * clips * crops, COUNT) for kind in kinds]
    return (*totals, *videos)


def _remarks(analysis: Analysis, kinds: Sequence[Convention]) -> tuple[str, ...]:
    remarks = []
    for kind in kinds:
        remarks.append(f"{kind.name}: {kind.meaning}{_parting(analysis, kind)}")
        uncounted = together(
            each for layer in analysis.layers for each in cost(kind, layer.arithmetic, layer.macs).uncounted
        )
        remarks += [f"{kind.name} is a lower bound here: it leaves out {each}" for each in uncounted]
    return tuple(remarks)


def _parting(analysis: Analysis, kind: Convention) -> str:
    """What a convention adds to its multiply-accumulates in this network, by operator, the largest first."""
    added: dict[str, int] = {}
    for layer in analysis.layers:
        counted = cost(kind, layer.arithmetic, layer.macs)
        macs = layer.macs - sum(each.macs or 0 for each in counted.uncounted)
        more = counted.value - kind.per_mac * macs
        if more > 0:
            added[layer.op] = added.get(layer.op, 0) + more
    if not added:
        return ""
    largest = sorted(added.items(), key=lambda item: -item[1])
    shown = ", ".join(f"{value:,} for {op}" for op, value in largest[:5])
    rest = f", {sum(value for _, value in largest[5:]):,} for others" if len(largest) > 5 else ""
    return f"; here {shown}{rest}"
