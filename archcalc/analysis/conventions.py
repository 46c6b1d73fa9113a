"""Conventions of counting: which parts of a layer's arithmetic make up its cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.frozen import FrozenDict
from archcalc.core.terms import total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.core.terms import Arithmetic


@dataclass(frozen=True, slots=True)
class Convention:
    """A convention for counting costs: factors per multiply-accumulate, elementwise operation and tallied element.

    `unit` is the heading of the column. `without_rule` names the operations of PyTorch that the counter does not
    know: it does not count their multiply-accumulates, and the cost says so.
    """

    name: str
    unit: str
    meaning: str
    per_mac: int = 1
    per_elementwise: int = 0
    per_tally: Mapping[str, int] = field(default_factory=dict)
    without_rule: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "per_tally", FrozenDict(self.per_tally))


class Uncounted(NamedTuple):
    """Multiply-accumulates that a convention leaves out, and the operation of PyTorch for which it has no rule.

    `macs` is None if their number is unknown.
    """

    macs: int | None
    operation: str
    convention: str

    def __str__(self) -> str:
        if self.macs is None:
            return f"multiply-accumulates of {self.operation}, whose number is not known"
        return f"{self.macs:,} multiply-accumulates of {self.operation}, for which {self.convention} has no rule"


class Cost(NamedTuple):
    """A cost, and what it leaves out when it is a lower bound."""

    value: int
    uncounted: tuple[Uncounted, ...] = ()


_FVCORE = {
    "norm affine": 5,
    "norm plain": 4,
    "adaptive_avg_pool2d": 1,
    "upsample nearest2d": 1,
    "upsample bilinear2d": 4,
    "grid sample": 4,
}

_UNKNOWN_TO_FVCORE = frozenset({"scaled_dot_product_attention", "rnn_tanh", "rnn_relu", "lstm", "gru"})

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
            without_rule=_UNKNOWN_TO_FVCORE,
        ),
        Convention(
            "fvcore-train",
            "MACs (fvcore, train)",
            "fvcore in training mode: as fvcore, but 5 per batch norm element",
            per_tally={**_FVCORE, "batch_norm affine": 5, "batch_norm plain": 4},
            without_rule=_UNKNOWN_TO_FVCORE,
        ),
    )
}


def cost(convention: Convention, arithmetic: Arithmetic, macs: int) -> Cost:
    """The cost of one layer for one sample, of whose multiply-accumulates there are `macs`."""
    counted = total(arithmetic.elementwise) * convention.per_elementwise if convention.per_elementwise else 0
    for kind, elements in arithmetic.tallies:
        counted += convention.per_tally.get(kind, 0) * elements
    if not arithmetic.fused and not arithmetic.unknown:
        return Cost(counted + convention.per_mac * macs)
    left_out = [each for each in arithmetic.fused if each[0] in convention.without_rule]
    counted += convention.per_mac * (macs - sum(inside for _, inside in left_out))
    unknown = [(operation, None) for operation in arithmetic.unknown]
    return Cost(counted, tuple(Uncounted(each, operation, convention.name) for operation, each in left_out + unknown))


def together(uncounted: Iterable[Uncounted]) -> tuple[Uncounted, ...]:
    """Return what several layers leave out, summed by operation."""
    sums: dict[tuple[str, str], int | None] = {}
    for each in uncounted:
        key = each.operation, each.convention
        sums[key] = None if each.macs is None else (sums.get(key) or 0) + each.macs
    return tuple(Uncounted(macs, operation, convention) for (operation, convention), macs in sums.items())
