"""Colours of drawings: told apart without red and green, and by lightness alone in grey print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import (
    ATTENTION,
    DENSE,
    DEPTHWISE,
    ELEMENTWISE,
    GLOBAL_POOL,
    GROUPED,
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
from archcalc.drawings.behaviour import Behaviour

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as #rrggbb; `fills` stand behind `text`."""

    page: str
    text: str
    line: str
    plain: str
    fills: Mapping[Behaviour, str]
    cold: str
    hot: str


# After Okabe and Ito 2008, lightened (darkened) for text on them, and falling in lightness from one to the next.
THEMES = {
    "light": Theme("#ffffff", "#1a1a1a", "#555555", "#ffffff",
                   {Behaviour.APART: "#f3f7fb", Behaviour.MIXES: "#a9d8f5", Behaviour.STRIDES: "#e5a032",
                    Behaviour.ALL: "#c4719f"}, "#ffffff", "#f08a3c"),
    "dark": Theme("#14181d", "#f4f4f4", "#a8b0b8", "#14181d",
                  {Behaviour.APART: "#1f252b", Behaviour.MIXES: "#0a4266", Behaviour.STRIDES: "#7a5200",
                   Behaviour.ALL: "#ad5080"}, "#14181d", "#a5480c"),
    "print": Theme("#ffffff", "#000000", "#000000", "#ffffff",
                   {Behaviour.APART: "#ffffff", Behaviour.MIXES: "#dddddd", Behaviour.STRIDES: "#b8b8b8",
                    Behaviour.ALL: "#909090"}, "#ffffff", "#909090"),
}  # fmt: skip


def blend(cold: str, hot: str, share: float) -> str:
    """The colour at a share (0 to 1) of the way from one to the other."""
    ends = [(int(cold[at : at + 2], 16), int(hot[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in ends)


# Okabe and Ito 2008, in an order whose neighbours differ in lightness; lighter ones on a dark page.
SERIES = {
    "light": ("#0072b2", "#d55e00", "#009e73", "#000000", "#cc79a7", "#9a6a00", "#3a9ad0", "#666666"),
    "dark": ("#56b4e9", "#e69f00", "#5fd3b0", "#ffffff", "#e8a3c8", "#f0e442", "#8ab8ff", "#b0b0b0"),
    "print": ("#000000", "#777777", "#333333", "#999999", "#000000", "#777777", "#333333", "#999999"),
}

# Convolutions in full colours, what attends or remembers in purples, and what hardly multiplies in greys.
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
