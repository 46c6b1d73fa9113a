"""The table of a report: a row for each network, number format, batch and mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.report.words import signed_percent
from archcalc.tables.table import COUNT, MEASURED, NAME, SHARE, SHORT_COUNT, TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.report.measured import Measured

MILLI = 1000
COLUMNS = (
    Column("network", "network", NAME),
    Column("input", "input", TEXT),
    Column("dtype", "dtype", NAME),
    Column("batch", "batch", COUNT),
    Column("mode", "mode", NAME),
    Column("macs", "MACs of a clip", SHORT_COUNT),
    Column("ms", "ms", MEASURED),
    Column("spread", "spread", SHARE),
    Column("clips_per_second", "clips/s", MEASURED),
    Column("roofline_ms", "roofline ms", MEASURED),
    Column("roofline_share", "of measured", SHARE),
    Column("predicted_ms", "predicted ms", MEASURED),
    Column("error", "error", COUNT),
    Column("memory_ratio", "memory, measured/predicted", MEASURED),
)
GRAPH = Column("graph_ms", "CUDA graph ms", MEASURED)


def main_table(cases: Sequence[Measured]) -> Table:
    """All profiles, family by family."""
    if all(case.profile.graph is None for case in cases):
        return Table("all measurements", (), COLUMNS, tuple(_cells(each) for each in cases))
    rows = tuple((*_cells(each), None if each.profile.graph is None else each.profile.graph.median) for each in cases)
    return Table("all measurements", (), (*COLUMNS, GRAPH), rows)


def _cells(case: Measured) -> tuple[Cell, ...]:
    profile, guess = case.profile, case.prediction
    more = ["compiled"] * case.setup.compiled + ["channels last"] * case.setup.channels_last
    return (
        case.name,
        ", ".join(profile.inputs),
        case.setup.dtype,
        case.setup.batch,
        ", ".join((case.setup.mode, *more)),
        profile.macs,
        profile.latency.median,
        profile.latency.spread,
        profile.clips_per_second,
        profile.roofline_ms,
        profile.roofline_ms / profile.latency.median,
        None if guess is None else MILLI * guess.predicted,
        None if guess is None else signed_percent(guess.error),
        profile.memory.ratio,
    )
