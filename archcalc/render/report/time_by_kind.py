"""The time of networks by kind of layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import LAYER_KINDS
from archcalc.render.palette import KINDS
from archcalc.render.plot import figure_bytes, plotting
from archcalc.render.report.scatter import LABEL, THEME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from archcalc.report.series import Bar

WORTH_SAYING = 0.08
"""A share from which on it is written into its part of the bar."""
SEEN = 0.002
"""Kinds that take less of every network are too thin to be seen."""
DARK = 0.45


def time_by_kind_picture(bars: Sequence[Bar]) -> bytes:
    """A bar for each network from 0 to 100%, its parts in the order of the kinds, as SVG."""
    with plotting(THEME):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 1.8 + 0.27 * len(bars)), layout="constrained")
        axes = figure.add_subplot()
        _stack(axes, bars)
        axes.set_yticks(range(len(bars)), [bar.name for bar in bars], parse_math=False)
        axes.set(xlim=(0, 100), ylim=(len(bars) - 0.4, -0.6), xlabel="of the time of its layers, %")
        axes.tick_params(axis="y", length=0)
        for side in ("top", "left"):
            axes.spines[side].set_visible(False)
        figure.legend(loc="outside lower left", frameon=False, fontsize=9, ncols=4)
        return figure_bytes(figure, "svg")


def _stack(axes: Axes, bars: Sequence[Bar]) -> None:
    starts = [0.0] * len(bars)
    for kind in (kind for kind in LAYER_KINDS if any(bar.shares.get(kind, 0.0) > SEEN for bar in bars)):
        widths = [100 * bar.shares.get(kind, 0.0) for bar in bars]
        color = KINDS[kind]
        axes.barh(range(len(bars)), widths, left=starts, height=0.74, color=color, ec=THEME.page, lw=0.6, label=kind)
        for at, (start, width) in enumerate(zip(starts, widths, strict=True)):
            if width >= 100 * WORTH_SAYING:
                axes.text(
                    start + width / 2, at, f"{width:.0f}", ha="center", va="center", size=LABEL, color=_ink(color)
                )
        starts = [start + width for start, width in zip(starts, widths, strict=True)]


def _ink(fill: str) -> str:
    """White on a dark color, black on a light one."""
    red, green, blue = (int(fill[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return "#ffffff" if 0.3 * red + 0.59 * green + 0.11 * blue < DARK else THEME.text
