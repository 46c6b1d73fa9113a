"""Networks joined to those of other kernels: what is saved in arithmetic, and what in time."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING

from archcalc.analysis.roofline import FLOPS_PER_MAC
from archcalc.render.plot import figure_bytes, plotting
from archcalc.render.plot_labels import label_spots
from archcalc.render.report.scatter import COLORS, LABEL, THEME, diagonal_ends, logarithmic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from archcalc.report.series import Arrow, Point

SHORT = 1.5
"""Lines of equal throughput that run through less of the picture than this factor are left out."""


def factorized_picture(arrows: Sequence[Arrow]) -> bytes:
    """MACs of a clip against its milliseconds, with an arrow for each pair, as SVG."""
    with plotting(THEME):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 6.6), layout="constrained")
        axes = figure.add_subplot()
        ends = list(dict.fromkeys(point for arrow in arrows for point in (arrow.start, arrow.end)))
        logarithmic(axes, ends)
        rates = _rates(axes)
        axes.set(xlabel="G MACs of a clip", ylabel="ms of a clip")
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        for arrow in arrows:
            _draw(axes, arrow)
        _name(axes, arrows, ends, rates)
        return figure_bytes(figure, "svg")


def _rates(axes: Axes) -> list[tuple[tuple[float, float], str]]:
    """Lines on which time falls as the MACs do, and what they are called at their upper ends."""
    (left, right), (low, high) = limits = axes.get_xlim(), axes.get_ylim()
    slowest, fastest = (FLOPS_PER_MAC * macs / ms for macs, ms in ((left, high), (right, low)))
    named = []
    for power in range(floor(log10(slowest)), ceil(log10(fastest))):
        ends = diagonal_ends(axes, FLOPS_PER_MAC / 10.0**power)
        if ends is None or ends[1][0] < SHORT * ends[0][0]:
            continue
        axes.plot(*zip(*ends, strict=True), color=THEME.line, lw=0.7, ls=(0, (5, 5)), alpha=0.6, zorder=1)
        named.append((ends[1], f"{10.0**power:,.6g} TFLOP/s"))
    axes.set(xlim=limits[0], ylim=limits[1])
    return named


def _draw(axes: Axes, arrow: Arrow) -> None:
    spots = [(each.across, each.up) for each in (arrow.start, arrow.end)]
    style = {"arrowstyle": "-|>", "color": COLORS[0], "lw": 1.3, "shrinkA": 4, "shrinkB": 4}
    axes.annotate("", spots[1], spots[0], zorder=2, arrowprops=style)
    for spot, color in zip(spots, (THEME.text, COLORS[1]), strict=True):
        axes.plot(*spot, marker="o", ms=7, color=color, mec=THEME.page, mew=0.6, zorder=3)


def _name(axes: Axes, arrows: Sequence[Arrow], points: Sequence[Point], rates: Sequence[tuple[tuple[float, float], str]]
          ) -> None:  # fmt: skip
    words = {arrow.end: f"{arrow.end.name}  {arrow.words}" for arrow in arrows}
    labels = [((each.across, each.up), words.get(each, each.name)) for each in points]
    lines = [[(each.across, each.up) for each in (arrow.start, arrow.end)] for arrow in arrows]
    lines += [[(each.across, each.up)] for each in points]
    label_spots(axes, [*labels, *rates], lines, LABEL + 1, THEME.text, led=True)
