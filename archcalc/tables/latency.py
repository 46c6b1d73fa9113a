"""The predicted latency of a network in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.tables.profile import figure
from archcalc.tables.table import MEASURED, TEXT, Column, Total
from archcalc.tables.timing import Timing

if TYPE_CHECKING:
    from archcalc.analysis.latency_fit import LatencyFit
    from archcalc.analysis.network_latency import NetworkLatency
    from archcalc.analysis.records import Analysis

MILLI = 1e3


def latency_timing(analysis: Analysis, found: NetworkLatency) -> Timing:
    """The predicted time of each layer and of the network, with the error that predictions had."""
    column = Column("latency_ms", "latency ms", MEASURED)
    return Timing(
        name="latencies",
        columns=((column, lambda row: MILLI * found.seconds_of(row.paths)),),
        narrow=("latency_ms",),
        totals=(
            Total(
                f"predicted latency ({found.fit.precision}, batch {analysis.batch})",
                f"{figure(MILLI * found.seconds)} ms, median error {100 * found.fit.error.median:.0f}%",
                TEXT,
            ),
        ),
        remarks=(fit_text(found.fit), *_caveats(analysis, found.fit)),
    )


def fit_text(fit: LatencyFit) -> str:
    """Where a fit was measured, and how far its predictions lay from what it had not seen."""
    error = fit.error
    return (
        f"predicted for {fit.device} with PyTorch {fit.torch}, measured on {fit.date} with batch {fit.batch}; of "
        f"{error.networks} networks, "
        f"each predicted from the others alone, half were within {100 * error.median:.0f}%, nine of ten within "
        f"{100 * error.p90:.0f}%, the worst {100 * error.worst:.0f}% off"
    )


def _caveats(analysis: Analysis, fit: LatencyFit) -> list[str]:
    if fit.batch == analysis.batch:
        return []
    return [f"fitted with batch {fit.batch}; batch {analysis.batch} was not measured"]
