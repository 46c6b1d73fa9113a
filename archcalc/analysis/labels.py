"""Labels of layers that depend on the layer before them: after stacked frames, the channels show their factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.traits import Family

if TYPE_CHECKING:
    from archcalc.graph import TypedOperator


def stacked_frames(typed: TypedOperator) -> str:
    """Return the channels of a layer that puts time and nothing else into them as factors, `3*20`; else nothing."""
    operator, inputs = typed.operator, typed.inputs
    if operator.traits.family is not Family.REARRANGEMENT or not operator.channels_formula(inputs):
        return ""
    (before,) = inputs
    stacks = set(before.grid) - set(typed.shape.grid) == {"T"}
    return operator.channels_formula(inputs).replace(" ", "") if stacks else ""


def with_stacked_frames(label: str, channels: int, factors: str) -> str:
    """Return the label of a layer that reads stacked frames, its channels as their factors: `3*20->12`."""
    return label.replace(f"{channels}->", f"{factors}->", 1)
