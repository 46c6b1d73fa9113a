"""Points on logarithmic axes, labeled with the names of networks."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from archcalc.render.palette import SERIES, THEMES
from archcalc.render.plot import figure_bytes, plotting
from archcalc.render.plot_labels import label_spots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from archcalc.report.series import Group, Point

THEME = THEMES["light"]
COLORS = SERIES["light"]
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LABEL = 8.0
ROOM = 2.0
"""Factor by which the axes extend beyond the points."""


def against_diagonal(groups: Sequence[Group], across: str, up: str, diagonal: str) -> bytes:
    """Groups of points and the line on which both axes say the same, as SVG."""
    with plotting(THEME):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 7.2), layout="constrained")
        axes = figure.add_subplot()
        for number, group in enumerate(groups):
            axes.plot([each.across for each in group.points], [each.up for each in group.points], ls="", alpha=0.85,
                      marker=MARKERS[number % len(MARKERS)], color=COLORS[number % len(COLORS)], ms=6,
                      mec=THEME.page, mew=0.5, label=group.title)  # fmt: skip
        points = list(chain.from_iterable(group.points for group in groups))
        logarithmic(axes, points)
        axes.set(xlabel=across, ylabel=up)
        ends = diagonal_ends(axes) or _made_visible(axes)
        axes.plot(*zip(*ends, strict=True), color=THEME.line, lw=1, ls=(0, (5, 4)), zorder=1, label=diagonal)
        settle(figure, min(4, len(groups) + 1))
        name_points(axes, points, [ends])
        return figure_bytes(figure, "svg")


def logarithmic(axes: Axes, points: Sequence[Point]) -> None:
    """Both axes logarithmic around the points, with plain numbers."""
    axes.set(xscale="log", yscale="log")
    if points:
        axes.set_xlim(min(each.across for each in points) / ROOM, max(each.across for each in points) * ROOM)
        axes.set_ylim(min(each.up for each in points) / ROOM, max(each.up for each in points) * ROOM)
    for axis in (axes.xaxis, axes.yaxis):
        plain_numbers(axis)
    axes.spines.top.set_visible(False)
    axes.grid(which="major", color="#e6e6e6", lw=0.6, zorder=0)
    axes.set_axisbelow(True)


def plain_numbers(axis: Axis) -> None:
    """`0.1`, `1`, `1,000` rather than powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    steps = (1.0, 2.0, 5.0) if high < 200 * low else (1.0,)
    axis.set_major_locator(LogLocator(subs=steps, numticks=20))
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:.9f}".rstrip("0"))
    )
    axis.set_minor_formatter(NullFormatter())


def diagonal_ends(axes: Axes, factor: float = 1.0) -> list[tuple[float, float]] | None:
    """The part of up = factor * across that can be seen, None when there is none."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    start, end = max(left, low / factor), min(right, high / factor)
    return None if start >= end else [(start, factor * start), (end, factor * end)]


def _made_visible(axes: Axes) -> list[tuple[float, float]]:
    """Both axes over one range, and its diagonal."""
    edges = [*axes.get_xlim(), *axes.get_ylim()]
    low, high = min(edges), max(edges)
    axes.set(xlim=(low, high), ylim=(low, high))
    for axis in (axes.xaxis, axes.yaxis):
        plain_numbers(axis)
    return [(low, low), (high, high)]


def settle(figure: Figure, columns: int) -> None:
    """The legend under the axes, and the layout as it will be, so that labels can be measured."""
    figure.legend(loc="outside lower left", frameon=False, fontsize=9, ncols=columns)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def name_points(axes: Axes, points: Sequence[Point], lines: Sequence[Sequence[tuple[float, float]]]) -> None:
    """Write the name of each network once, next to the first of its points with enough space."""
    spots = [(each.across, each.up) for each in points]
    names = [(spot, each.name) for spot, each in zip(spots, points, strict=True)]
    label_spots(axes, names, [*lines, *([spot] for spot in spots)], LABEL, THEME.text, once=True, led=True)
