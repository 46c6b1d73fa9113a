"""Times of layers from Python: the least on a device by its data sheet, and those that a fit predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.latency_fit import latency_fit
from archcalc.analysis.network_latency import NetworkLatency, network_latency
from archcalc.analysis.network_roofline import NetworkRoofline, network_roofline, roof
from archcalc.tables.latency import latency_timing
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
from archcalc.tables.roofline import roofline_timing

if TYPE_CHECKING:
    from archcalc.analysis.records import Analysis
    from archcalc.tables.timing import Timing


@dataclass(frozen=True, slots=True, repr=False)
class LayerRoofline(NetworkRoofline):
    """The least time of every layer on a device; a notebook shows it as a table.

    `seconds` is that of the network, `rooflines` and `works` are by path: `.seconds`, `.bound` (memory or compute);
    `.flops`, `.bytes`.
    """

    analysis: Analysis

    def __repr__(self) -> str:
        where = f"{self.roof.device.name} ({self.roof.precision}, batch {self.analysis.batch})"
        share = f"{100 * self.memory_share:.0f}% bound by memory"
        return f"<roofline of {self.analysis.name} on {where}: {1000 * self.seconds:.3g} ms, {share}>"

    def _repr_html_(self) -> str:
        """The table of layers with these times."""
        return _html(self.analysis, roofline_timing(self.analysis, self))


@dataclass(frozen=True, slots=True, repr=False)
class LayerLatency(NetworkLatency):
    """The predicted time of every layer on a device; a notebook shows it as a table.

    `seconds` is that of the network, `layers` has the seconds of each by path, `fit.error` how far predictions lay
    from measurements that the fit had not seen.
    """

    analysis: Analysis

    def __repr__(self) -> str:
        how = f"{self.fit.precision}, batch {self.analysis.batch}"
        error = f"median error {100 * self.fit.error.median:.0f}%"
        return f"<predicted latency of {self.analysis.name} ({how}): {1000 * self.seconds:.3g} ms, {error}>"

    def _repr_html_(self) -> str:
        """The table of layers with these times."""
        return _html(self.analysis, latency_timing(self.analysis, self))


def _html(analysis: Analysis, timing: Timing) -> str:
    from archcalc.render.notebook import notebook_html

    return notebook_html(layer_table(analysis, TableOptions(timings=(timing,))))


def layer_roofline(analysis: Analysis, device: str) -> LayerRoofline:
    """Return the least times on a device, as `h200` or `h200:tf32`; UsageError for one that there is not."""
    found = network_roofline(analysis, roof(device, analysis.dtype))
    return LayerRoofline(found.roof, found.works, found.rooflines, analysis)


def layer_latency(analysis: Analysis, device: str) -> LayerLatency:
    """Return predicted times on a device, `cpu` or the latency.json of a report; UsageError for one without a fit."""
    found = network_latency(analysis, latency_fit(device, analysis.dtype, analysis.batch))
    return LayerLatency(found.fit, found.layers, analysis)
