"""Conventions of counting: which parts of a layer's arithmetic make up its cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcalc.core.terms import total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.terms import Arithmetic


@dataclass(frozen=True, slots=True)
class Convention:
    """How a cost is made: so many per multiply-accumulate, per elementwise operation, and per tallied element.

    `unit` heads the column. `blind_to_recurrence` marks a counter that has no rule for recurrent layers: their cost is
    left out and said to be.
    """

    name: str
    unit: str
    meaning: str
    per_mac: int = 1
    per_elementwise: int = 0
    per_tally: Mapping[str, int] = field(default_factory=dict)
    blind_to_recurrence: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost, and what it leaves out when it is a lower bound."""

    value: int
    missing: tuple[str, ...] = ()


_FVCORE = {
    "norm affine": 5,
    "norm plain": 4,
    "adaptive_avg_pool2d": 1,
    "upsample nearest2d": 1,
    "upsample bilinear2d": 4,
}

CONVENTIONS = {
    each.name: each
    for each in (
        Convention("macs", "MACs", "multiply-accumulates, as papers on vision print them"),
        Convention("flops", "FLOPs", "2 per multiply-accumulate and 1 per elementwise operation", 2, 1),
        Convention("torch", "FLOPs (torch)", "FlopCounterMode: 2 per multiply-accumulate, nothing else", 2),
        Convention(
            "fvcore",
            "MACs (fvcore)",
            "fvcore in eval mode: multiply-accumulates, 2 per element of an affine batch norm, 5 of a layer norm",
            per_tally={**_FVCORE, "batch_norm affine": 2, "batch_norm plain": 1},
            blind_to_recurrence=True,
        ),
        Convention(
            "fvcore-train",
            "MACs (fvcore, train)",
            "fvcore in training mode: as fvcore, but 5 per batch norm element",
            per_tally={**_FVCORE, "batch_norm affine": 5, "batch_norm plain": 4},
            blind_to_recurrence=True,
        ),
    )
}


def cost(convention: Convention, arithmetic: Arithmetic, macs: int) -> Cost:
    """The cost of one layer for one sample, of whose multiply-accumulates there are `macs`."""
    counted = total(arithmetic.elementwise) * convention.per_elementwise if convention.per_elementwise else 0
    for kind, elements in arithmetic.tallies:
        counted += convention.per_tally.get(kind, 0) * elements
    if arithmetic.recurrent and convention.blind_to_recurrence:
        return Cost(counted, (f"multiply-accumulates of a recurrent layer, for which {convention.name} has no rule",))
    return Cost(counted + convention.per_mac * macs)
