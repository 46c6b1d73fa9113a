"""Weights that are computed from learned ones each time a layer runs: standardized, or with a learned norm."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.terms import Term, Terms
from archcalc.ops.norm import STATISTICS_OPERATIONS

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


class WeightRule(NamedTuple):
    """How weights are computed from those that are learned, for each row: the first dimension of the weights.

    `operations` are those of each weight, `statistics` how many numbers of each row backward needs; with
    `magnitudes` the norm of each row is learned.
    """

    title: str
    operations: int
    statistics: int
    magnitudes: bool


STANDARDIZED = WeightRule("standardized weights", STATISTICS_OPERATIONS, 2, magnitudes=False)
NORMALIZED = WeightRule("normalized weights", 3, 1, magnitudes=True)
"""Per weight: its square, the sum of the squares, and the product with the norm that is learned over the one found."""


WEIGHT_NORM = "parametrizations.weight_norm"
"""The operation of PyTorch that makes a module with normalized weights."""


def learned_weights(rule: WeightRule | None, weights: Term) -> Terms:
    """Return the learned weights, and the norm of each row if it is learned too."""
    if rule is None or not rule.magnitudes:
        return (weights,)
    return weights, Term("norms of weights", weights.factors[:1])


def inside_parametrization(rule: WeightRule | None, macs: Term) -> tuple[tuple[str, int], ...]:
    """Return the multiply-accumulates of a module that torch.nn.utils.parametrizations gives a class of its own."""
    return ((WEIGHT_NORM, macs.value),) if rule is not None and rule.magnitudes else ()


def weight_operations(rule: WeightRule | None, weights: Term) -> Terms:
    """Return the elementwise operations that compute the weights."""
    if rule is None:
        return ()
    return (Term(rule.title, (*weights.factors, ("operations", rule.operations))),)


def computed_weights(tape: Tape, rule: WeightRule | None, weights: Term) -> tuple[Strided, ...]:
    """Allocate the computed weights, if there are any, and save the statistics of each row."""
    if rule is None:
        return ()
    (_, rows), *columns = weights.factors
    for _ in range(rule.statistics):
        tape.save_statistics(rows)
    return (tape.empty((rows, prod(size for _, size in columns)), requires_grad=True),)
