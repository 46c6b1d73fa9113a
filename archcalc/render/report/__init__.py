"""The profiles of many networks on one device as files: two pages and their plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.latency_fit import fits_json
from archcalc.render.report.factorized import factorized_picture
from archcalc.render.report.pages import overview, story
from archcalc.render.report.prediction import prediction_picture
from archcalc.render.report.roofline import roofline_picture
from archcalc.render.report.scatter import against_diagonal
from archcalc.render.report.time_by_kind import time_by_kind_picture
from archcalc.report.measured import in_order, leading, measured
from archcalc.report.pairs import depthwise_pairs, factorized_pairs
from archcalc.report.series import (
    error_bars,
    latency_groups,
    layer_points,
    memory_groups,
    pair_arrows,
    time_bars,
)  # fmt: skip
from archcalc.results.latency_fit import latency_fits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.report.measured import Measured
    from archcalc.results.profile import Profile

OVERVIEW, STORY, FITS = "README.md", "factorized.md", "latency.json"
LATENCY_AXES = ("roofline, ms", "measured, ms", "as fast as the device allows")
MEMORY_AXES = ("predicted peak of memory, MiB", "measured peak, MiB", "as predicted")


def report_files(profiles: Sequence[Profile], command: str) -> dict[str, bytes]:
    """The content of each file by its name; the same for the same profiles, in whatever order they come.

    `command` is what the pages say that they are made by. A plot that would show nothing is left out, and so are the
    fits of latency where no setup has enough networks.

    Raises:
        UsageError: there are no profiles, or they are of several devices.
        Unavailable: matplotlib is not installed.
    """
    ordered = in_order(profiles)
    fits = latency_fits(ordered)
    cases = measured(ordered, fits)
    plots, arrows = _plots(cases), _story_plot(cases)
    return {
        OVERVIEW: overview(cases, command, plots).encode(),
        STORY: story(cases, command, arrows).encode(),
        **plots,
        **arrows,
        **({FITS: fits_json(fits).encode()} if fits else {}),
    }


def _plots(cases: Sequence[Measured]) -> dict[str, bytes]:
    """The plots of the overview."""
    setup, errors = leading(cases), error_bars(cases)
    found = {"latency.svg": against_diagonal(latency_groups(cases), *LATENCY_AXES)}
    layers, bars = layer_points(cases, setup), time_bars(cases, setup)
    if layers.points:
        found["roofline.svg"] = roofline_picture(layers)
    if any(bar.shares for bar in bars):
        found["time_by_kind.svg"] = time_by_kind_picture(bars)
    found["memory.svg"] = against_diagonal(memory_groups(cases), *MEMORY_AXES)
    if errors is not None:
        found["prediction.svg"] = prediction_picture(errors)
    return found


def _story_plot(cases: Sequence[Measured]) -> dict[str, bytes]:
    setup = leading(cases)
    arrows = pair_arrows([*factorized_pairs(cases), *depthwise_pairs(cases)], setup)
    return {"factorized.svg": factorized_picture(arrows)} if arrows else {}
