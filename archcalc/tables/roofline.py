"""The roofline of a network in a table: columns, totals, and what a reader has to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.tables.profile import figure
from archcalc.tables.table import BYTES, MEASURED, SHARE, TEXT, Column, Total
from archcalc.tables.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.analysis.network_roofline import NetworkRoofline
    from archcalc.analysis.records import Analysis
    from archcalc.tables.rows import Row
    from archcalc.tables.table import Cell

MILLI, GIGA, TERA = 1e3, 1e9, 1e12

MEANING = (
    "roofline: a lower bound on time, not a prediction, for separate layers at these peaks, of which kernels reach a "
    "part; layers that are fused or find their inputs in a cache move fewer bytes"
)


def roofline_timing(analysis: Analysis, found: NetworkRoofline) -> Timing:
    """The least time of each layer and of the network."""
    totals, remarks = _totals(analysis, found), _remarks(analysis, found)
    return Timing("a roofline", _columns(found), ("roofline_ms", "bound"), totals, remarks)


def _columns(found: NetworkRoofline) -> tuple[tuple[Column, Callable[[Row], Cell]], ...]:
    return (
        (Column("bytes", "moved", BYTES), lambda row: found.work_of(row.paths).bytes),
        (Column("intensity", "FLOPs per byte", MEASURED), lambda row: found.work_of(row.paths).intensity),
        (Column("roofline_ms", "roofline ms", MEASURED), lambda row: _milliseconds(found, row)),
        (Column("bound", "bound", TEXT), lambda row: found.bound_of(row.paths)),
    )


def _milliseconds(found: NetworkRoofline, row: Row) -> float | None:
    return MILLI * found.seconds_of(row.paths) or None


def _totals(analysis: Analysis, found: NetworkRoofline) -> tuple[Total, ...]:
    on = found.roof
    label = f"roofline on {on.device.name} ({on.precision}, batch {analysis.batch})"
    return (
        Total(label, f"{figure(MILLI * found.seconds)} ms", TEXT),
        Total("of it bound by memory", found.memory_share, SHARE),
    )


def _remarks(analysis: Analysis, found: NetworkRoofline) -> tuple[str, ...]:
    device, limits = found.roof.device, found.roof.limits
    peaks = f"{limits.peak / TERA:.4g} TFLOP/s in {found.roof.precision}, {limits.bandwidth / GIGA:,.4g} GB/s"
    return (MEANING, f"{device.title}: {peaks}; {device.source['peak']}", *_caveats(analysis, found))


def _caveats(analysis: Analysis, found: NetworkRoofline) -> list[str]:
    device, caveats = found.roof.device, []
    if found.roof.precision == "fp32" and "tf32" in device.peak:
        caveats.append(f"PyTorch uses TF32 in float32 convolutions by default: --roofline {device.name}:tf32")
    if analysis.totals.parameter_bytes + analysis.totals.peak_inference_bytes > device.memory:
        caveats.append(f"parameters and activations do not fit into the memory of {device.title}")
    return caveats
