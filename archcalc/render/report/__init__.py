"""The profiles of many networks on one device as files: two pages and their plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.latency_fit import fits_json
from archcalc.render.report.factorized import factorized_picture
from archcalc.render.report.latency import latency_picture
from archcalc.render.report.memory import memory_picture
from archcalc.render.report.pages import overview, story
from archcalc.render.report.prediction import prediction_picture
from archcalc.render.report.roofline import roofline_picture
from archcalc.render.report.time_by_kind import time_by_kind_picture
from archcalc.report.captions import (
    factorized_caption,
    latency_caption,
    memory_caption,
    prediction_caption,
    roofline_caption,
    time_caption,
)  # fmt: skip
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
    plots = _plots(cases)
    arrows = _story_plot(cases)
    pictures = {name: content for name, (content, _) in {**plots, **arrows}.items()}
    return {
        OVERVIEW: overview(cases, command, {name: caption for name, (_, caption) in plots.items()}).encode(),
        STORY: story(cases, command, {name: caption for name, (_, caption) in arrows.items()}).encode(),
        **pictures,
        **({FITS: fits_json(fits).encode()} if fits else {}),
    }


def _plots(cases: Sequence[Measured]) -> dict[str, tuple[bytes, str]]:
    """The plots of the overview, each with its caption."""
    setup, errors = leading(cases), error_bars(cases)
    found = {"latency.svg": (latency_picture(latency_groups(cases)), latency_caption(cases))}
    layers, bars = layer_points(cases, setup), time_bars(cases, setup)
    if layers.points:
        found["roofline.svg"] = roofline_picture(layers), roofline_caption(cases, setup)
    if any(bar.shares for bar in bars):
        found["time_by_kind.svg"] = time_by_kind_picture(bars), time_caption(cases, setup)
    found["memory.svg"] = memory_picture(memory_groups(cases)), memory_caption(cases)
    if errors is not None:
        found["prediction.svg"] = prediction_picture(errors), prediction_caption(errors)
    return found


def _story_plot(cases: Sequence[Measured]) -> dict[str, tuple[bytes, str]]:
    setup = leading(cases)
    arrows = pair_arrows([*factorized_pairs(cases), *depthwise_pairs(cases)], setup)
    return {"factorized.svg": (factorized_picture(arrows), factorized_caption(setup))} if arrows else {}
