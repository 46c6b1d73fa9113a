"""How far predictions of networks lie from what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render.plot import figure_bytes, plotting
from archcalc.render.report.scatter import COLORS, THEME
from archcalc.report.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from archcalc.report.series import ErrorBar, ErrorBars

TOO_LONG, TOO_SHORT = COLORS[0], COLORS[1]


def prediction_picture(found: ErrorBars) -> bytes:
    """A bar for each network, the smallest error on top, and a line at the median of all, as SVG."""
    with plotting(THEME):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 1.8 + 0.27 * len(found.bars)), layout="constrained")
        axes = figure.add_subplot()
        for at, bar in enumerate(found.bars):
            _bar(axes, at, bar)
        axes.axvline(
            100 * found.median, color=THEME.text, lw=1.2, ls=(0, (5, 4)), label=f"median {percent(found.median)}"
        )
        axes.set_yticks(range(len(found.bars)), [bar.name for bar in found.bars], parse_math=False)
        axes.set(xlim=(0, None), ylim=(len(found.bars) - 0.4, -0.6), xlabel="error of the prediction, %")
        axes.tick_params(axis="y", length=0)
        for side in ("top", "left"):
            axes.spines[side].set_visible(False)
        _legend(axes)
        return figure_bytes(figure, "svg")


def _bar(axes: Axes, at: int, bar: ErrorBar) -> None:
    way = ("predicted too long", TOO_LONG, "") if bar.too_long else ("predicted too short", TOO_SHORT, "///")
    label, color, hatch = way
    axes.barh(at, 100 * bar.size, height=0.7, color=color, ec=THEME.page, hatch=hatch, lw=0.6, label=label)
    if len(bar.sizes) > 1:
        sizes = [100 * size for size in bar.sizes]
        axes.plot(sizes, [at] * len(sizes), ls="", marker="o", ms=3.2, color=THEME.text, mec=THEME.page, mew=0.4,
                  label="a setup")  # fmt: skip


def _legend(axes: Axes) -> None:
    """Draw a legend that shows each label once."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    figure = axes.get_figure()
    assert figure is not None
    figure.legend(once.values(), once.keys(), loc="outside lower left", frameon=False, fontsize=9, ncols=4)
