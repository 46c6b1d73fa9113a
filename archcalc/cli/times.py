"""The options --roofline and --latency, which add times to a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archcalc.analysis.latency_fit import LatencyFit
    from archcalc.analysis.network_roofline import Roof
    from archcalc.analysis.records import Analysis
    from archcalc.tables.timing import Timing

ROOFLINE_HELP = """Show the shortest possible time of each layer according to the data sheet of a device:
h100_sxm, h100_pcie, h100_nvl, h200, h200_nvl, gh200, b200, a100_40gb, a100_80gb, l4, l40s,
rtx_4090 or epyc_7742. The number format is --dtype; h200:tf32 selects TF32 for float32."""
LATENCY_HELP = """Show the predicted time of each layer, from a fit to measurements on a device: cpu, or the
latency.json that archcalc report wrote. The number format is --dtype; latency.json:tf32 selects
TF32 for float32."""


def _beginning(names: Callable[[], Sequence[str]]) -> Callable[..., list[CompletionItem]]:
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        del ctx, param
        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]

    return complete


def _device_names() -> Sequence[str]:
    from archcalc.analysis.hardware import device_names

    return device_names()


def _fit_names() -> Sequence[str]:
    from archcalc.analysis.latency_fit import stored_names

    return stored_names()


def times_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --roofline and --latency."""
    metavar = "DEVICE[:PRECISION]"
    for option in (
        click.option("--latency", metavar=metavar, shell_complete=_beginning(_fit_names), help=LATENCY_HELP),
        click.option("--roofline", metavar=metavar, shell_complete=_beginning(_device_names), help=ROOFLINE_HELP),
    ):
        command = option(command)
    return command


class TimeOptions(NamedTuple):
    """The roofline and the latency fit for the options; None for an option that is not given."""

    roof: Roof | None
    fit: LatencyFit | None

    def __bool__(self) -> bool:
        return self.roof is not None or self.fit is not None

    def timings(self, analysis: Analysis) -> tuple[Timing, ...]:
        """Return the times of a network for a table."""
        found = []
        if self.roof is not None:
            from archcalc.analysis.network_roofline import network_roofline
            from archcalc.tables.roofline import roofline_timing

            found.append(roofline_timing(analysis, network_roofline(analysis, self.roof)))
        if self.fit is not None:
            from archcalc.analysis.network_latency import network_latency
            from archcalc.tables.latency import latency_timing

            found.append(latency_timing(analysis, network_latency(analysis, self.fit)))
        return tuple(found)

    def json(self, analysis: Analysis, *, all_conventions: bool = False) -> Iterator[str]:
        """Return the analysis with its times, or its costs in every convention, as JSON text, in pieces."""
        from archcalc.render.json import analysis_object, analysis_pieces, object_pieces, with_costs

        if not self and not all_conventions:
            yield from analysis_pieces(analysis)
            yield "\n"
            return
        described = analysis_object(analysis)
        if all_conventions:
            described = with_costs(described, analysis)
        if self.roof is not None:
            from archcalc.analysis.network_roofline import network_roofline
            from archcalc.render.timing_json import with_roofline

            described = with_roofline(described, network_roofline(analysis, self.roof))
        if self.fit is not None:
            from archcalc.analysis.network_latency import network_latency
            from archcalc.render.timing_json import with_latency

            described = with_latency(described, network_latency(analysis, self.fit))
        yield from object_pieces(described)
        yield "\n"


def asked_times(roofline: str | None, latency: str | None, dtype: str, batch: int) -> TimeOptions:
    """Return the roofline and the latency fit of the named devices; raise UsageError for an unknown device."""
    return TimeOptions(_roof(roofline, dtype) if roofline else None, _fit(latency, dtype, batch) if latency else None)


def _roof(device: str, dtype: str) -> Roof:
    from archcalc.analysis.network_roofline import roof

    return roof(device, dtype)


def _fit(device: str, dtype: str, batch: int) -> LatencyFit:
    from archcalc.analysis.latency_fit import latency_fit

    return latency_fit(device, dtype, batch)
