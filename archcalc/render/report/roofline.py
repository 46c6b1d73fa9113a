"""Layers under the measured roof of the device."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING

from archcalc.render.palette import KIND_MARKERS, KINDS
from archcalc.render.plot import figure_bytes, plotting
from archcalc.render.report.scatter import THEME, logarithmic, settle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from archcalc.report.series import Layers, Point

NEAR = 0.04
"""Layers of a kind that lie nearer to each other than so many powers of ten are drawn as one."""
MOST = 1500
"""Largest number of points in one drawing; of more, near ones are drawn as one."""


def roofline_picture(layers: Layers) -> bytes:
    """FLOPs per byte against achieved TFLOP/s, a point for each layer in the color of its kind, as SVG."""
    with plotting(THEME):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 7), layout="constrained")
        axes = figure.add_subplot()
        points = thinned(layers.points)
        for kind in dict.fromkeys(each.name for each in points):
            _draw(axes, kind, [each for each in points if each.name == kind])
        logarithmic(axes, points)
        _roof(axes, layers)
        axes.set(xlabel="FLOPs per byte", ylabel="achieved TFLOP/s")
        settle(figure, 4)
        return figure_bytes(figure, "svg")


def _draw(axes: Axes, kind: str, points: Iterable[Point]) -> None:
    spots = [(each.across, each.up) for each in points]
    axes.plot(*zip(*spots, strict=True), ls="", marker=KIND_MARKERS.get(kind, "."), color=KINDS.get(kind, THEME.line),
              ms=5.5, mec=THEME.page, mew=0.4, alpha=0.85, label=kind)  # fmt: skip


def _roof(axes: Axes, layers: Layers) -> None:
    left, right = axes.get_xlim()
    right = max(right, 3 * layers.ridge)
    corners = [left, layers.ridge, right] if left < layers.ridge else [left, right]
    roof = [layers.roof(each) for each in corners]
    axes.set_xlim(left, right)
    axes.set_ylim(top=max(axes.get_ylim()[1], 2 * max(roof)))
    axes.plot(corners, roof, color=THEME.text, lw=1.6, zorder=2, label="measured roof")


def thinned(points: Iterable[Point]) -> list[Point]:
    """At most MOST points: of those of a kind that would cover each other the first."""
    found, near = list(points), NEAR
    while True:
        kept = {
            (each.name, round(log10(each.across) / near), round(log10(each.up) / near)): each for each in found[::-1]
        }
        if len(kept) <= MOST:
            return list(kept.values())[::-1]
        near *= 1.5
