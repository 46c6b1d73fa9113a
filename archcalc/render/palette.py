"""Colors of drawings, which differ for color-blind readers and, by lightness, in gray print."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import (
    ATTENTION,
    DENSE,
    DEPTHWISE,
    ELEMENTWISE,
    GLOBAL_POOL,
    GROUPED,
    LAYER_KINDS,
    LINEAR,
    NORM,
    POINTWISE,
    POOL,
    REARRANGEMENT,
    RECURRENT,
    SPATIAL,
    TEMPORAL,
    TRANSPOSED,
    VIEW,
)  # fmt: skip
from archcalc.drawings.temporal_effect import TemporalEffect

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Paint:
    """How a box is drawn: the color that fills it, and its edge: its width, and its dashes as SVG writes them.

    `hatch` is the number of directions of the lines across it, which show without any color.
    """

    fill: str
    width: float = 1.0
    dashes: str = ""
    hatch: int = 0


@dataclass(frozen=True, slots=True)
class Theme:
    """Colors as #rrggbb; `fills` are the backgrounds of `text`. With `lines`, edges and hatches differ too.

    `tint` is the share of the color of its kind that the background of a box has.
    """

    page: str
    text: str
    line: str
    plain: str
    fills: Mapping[TemporalEffect, str]
    cold: str
    hot: str
    lines: bool = False
    tint: float = 0.5

    def effect(self, effect: TemporalEffect | None) -> Paint:
        """Return how a box with an effect on time is drawn; plain where there is no time."""
        if effect is None:
            return Paint(self.plain)
        return replace(LINES[effect], fill=self.fills[effect]) if self.lines else Paint(self.fills[effect])

    def kind(self, kind: str | None) -> Paint:
        """Return how a box is drawn by the kind of its layers; plain for a network input."""
        if kind is None:
            return Paint(self.plain)
        if self.lines:
            number = LAYER_KINDS.index(kind)
            line, shade = tuple(LINES.values())[number % len(LINES)], number / (len(LAYER_KINDS) - 1)
            return replace(line, fill=blend("#ffffff", "#8c8c8c", shade))
        return Paint(blend(self.page, KINDS[kind], self.tint))


def _fills(*colors: str) -> dict[TemporalEffect, str]:
    return dict(zip(TemporalEffect, colors, strict=True))


# After Okabe and Ito (2008), lightened or darkened for text on them; lightness falls from one to the next.
THEMES = {
    "light": Theme("#ffffff", "#1a1a1a", "#555555", "#ffffff", _fills("#f3f7fb", "#a9d8f5", "#e5a032", "#c4719f"),
                   "#ffffff", "#f08a3c"),
    "dark": Theme("#14181d", "#f4f4f4", "#a8b0b8", "#14181d", _fills("#1f252b", "#0a4266", "#7a5200", "#ad5080"),
                  "#14181d", "#a5480c", tint=0.36),
    "print": Theme("#ffffff", "#000000", "#000000", "#ffffff", _fills("#ffffff", "#dddddd", "#b8b8b8", "#909090"),
                   "#ffffff", "#909090", lines=True),
}  # fmt: skip


LINES = {
    TemporalEffect.FRAMEWISE: Paint("", dashes="4 3"),
    TemporalEffect.LOCAL: Paint(""),
    TemporalEffect.STRIDED: Paint("", width=2.2, hatch=1),
    TemporalEffect.GLOBAL: Paint("", width=3.6, hatch=2),
}
"""Edges and hatches in print, from the weakest effect to the strongest."""


def blend(cold: str, hot: str, share: float) -> str:
    """Return the color at a share (0 to 1) of the way from `cold` to `hot`."""
    ends = [(int(cold[at : at + 2], 16), int(hot[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in ends)


# Okabe and Ito 2008, in an order whose neighbors differ in lightness; lighter ones on a dark page.
SERIES = {
    "light": ("#0072b2", "#d55e00", "#009e73", "#000000", "#cc79a7", "#9a6a00", "#3a9ad0", "#666666"),
    "dark": ("#56b4e9", "#e69f00", "#5fd3b0", "#ffffff", "#e8a3c8", "#f0e442", "#8ab8ff", "#b0b0b0"),
    "print": ("#000000", "#777777", "#333333", "#999999", "#000000", "#777777", "#333333", "#999999"),
}

# Convolutions in full colors, what attends or remembers in purples, and what hardly multiplies in grays.
KINDS = {
    DENSE: "#0072b2", SPATIAL: "#56b4e9", TEMPORAL: "#d55e00", POINTWISE: "#e69f00", DEPTHWISE: "#009e73",
    GROUPED: "#8fd3bd", TRANSPOSED: "#f0e442", LINEAR: "#cc79a7", ATTENTION: "#8a3a72", RECURRENT: "#4b2142",
    NORM: "#1a1a1a", POOL: "#9a9a9a", GLOBAL_POOL: "#787878", ELEMENTWISE: "#4d4d4d", REARRANGEMENT: "#bcbcbc",
    VIEW: "#dddddd",
}  # fmt: skip
KIND_MARKERS = {
    DENSE: "o", SPATIAL: "s", TEMPORAL: "^", POINTWISE: "D", DEPTHWISE: "v", GROUPED: "P", TRANSPOSED: "X", LINEAR: ">",
    ATTENTION: "p", RECURRENT: "h",
}  # fmt: skip
