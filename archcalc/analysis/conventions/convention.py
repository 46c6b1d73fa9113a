"""What a convention is: factors for multiply-accumulates and operations, and a table of rules by operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.core.frozen import FrozenDict
from archcalc.core.terms import total
from archcalc.ops import word_of
from archcalc.ops.computed_weights import WEIGHT_NORM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from archcalc.core.shape import Shape
    from archcalc.core.terms import Arithmetic, Parameters
    from archcalc.graph import TypedOperator
    from archcalc.ops.base import Inputs

RECORDED = "traced"
"""The word of layers that were recorded from a module and are none of the operators of the language."""


class LayerArithmetic(NamedTuple):
    """What rules know of a layer: its operator, the shapes of its inputs and output, its arithmetic and its MACs."""

    operator: Any
    inputs: Inputs
    output: Shape
    arithmetic: Arithmetic
    macs: int

    @classmethod
    def of(cls, typed: TypedOperator) -> LayerArithmetic:
        """Return a typed operator with its arithmetic for one sample."""
        arithmetic = typed.operator.arithmetic(typed.inputs)
        return cls(typed.operator, typed.inputs, typed.shape, arithmetic, total(arithmetic.macs))

    @property
    def is_parametrized(self) -> bool:
        """Return whether its module is of a class that parametrizations make, which tools that ask for types miss."""
        return any(operation == WEIGHT_NORM for operation, _ in self.arithmetic.fused)

    @property
    def elements(self) -> int:
        """Return the numbers in the first input, tokens included."""
        return self.inputs[0].elements

    @property
    def grid_elements(self) -> int:
        """Return the numbers in the grid of the first input."""
        return self.inputs[0].with_tokens(0).elements

    @property
    def grid_outputs(self) -> int:
        """Return the numbers in the grid of the output."""
        return self.output.with_tokens(0).elements


class Rule(NamedTuple):
    """What a tool counts for an operator in addition to its multiply-accumulates.

    `note` says what is not obvious about it: what is counted twice, or too often. `missing` names operations that
    the tool says it counts, and does not count for this layer; empty if there are none.
    """

    count: Callable[[LayerArithmetic], int]
    note: str = ""
    missing: Callable[[LayerArithmetic], str] | None = None


@dataclass(frozen=True, slots=True)
class Convention:
    """A convention for counting costs: factors per multiply-accumulate and elementwise operation, and rules.

    `unit` is the heading of the column, `tool` the program with its version whose numbers are reproduced. `rules` say
    by operator what the tool counts in addition to multiply-accumulates; `factor` multiplies all of it. `without_rule`
    names the operations of PyTorch that the tool does not know: it does not count their multiply-accumulates, and the
    cost says so. `sees_modules` is true for tools that have rules for modules and functions of PyTorch, of which
    recorded layers do not tell. `counts_cost` is false for a tool that counts no arithmetic, whose costs are then
    multiply-accumulates. `params` counts the parameters of a layer where the tool does so in its own way, and
    `counts_tied` is true for a tool that counts tied weights once for each module, as it sees modules one by one.
    """

    name: str
    unit: str
    meaning: str
    tool: str = ""
    factor: int = 1
    per_elementwise: int = 0
    rules: Mapping[str, Rule] = field(default_factory=dict)
    without_rule: frozenset[str] = frozenset()
    sees_modules: bool = False
    counts_cost: bool = True
    params: Callable[[LayerArithmetic, Parameters], int] | None = None
    params_meaning: str = ""
    counts_tied: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", FrozenDict(self.rules))

    def __reduce__(self) -> tuple[Callable[[str], Convention], tuple[str]]:
        """Return how a pickle finds it again: by its name, as rules are functions."""
        return convention_named, (self.name,)


def convention_named(name: str) -> Convention:
    """Return the convention of a name; KeyError if there is none."""
    from archcalc.analysis.conventions import CONVENTIONS

    return CONVENTIONS[name]


class Uncounted(NamedTuple):
    """Operations that a convention leaves out, and the operation of PyTorch for which it has no rule.

    `number` is None if it is unknown.
    """

    number: int | None
    operation: str
    convention: str
    what: str = "multiply-accumulates"

    def __str__(self) -> str:
        if self.number is None:
            return f"{self.what} of {self.operation}, whose number is not known"
        return f"{self.number:,} {self.what} of {self.operation}, for which {self.convention} has no rule"


class Cost(NamedTuple):
    """A cost, and what it leaves out when it is a lower bound."""

    value: int
    uncounted: tuple[Uncounted, ...] = ()


def cost(convention: Convention, layer: LayerArithmetic) -> Cost:
    """Return the cost of one layer for one sample."""
    rule = convention.rules.get(word_of(layer.operator)) if convention.rules else None
    counted = convention.factor * (layer.macs + (rule.count(layer) if rule is not None else 0))
    if convention.per_elementwise:
        counted += convention.per_elementwise * total(layer.arithmetic.elementwise)
    uncounted = tuple(_uncounted(convention, layer, rule)) if _may_lack(convention, layer) else ()
    return Cost(counted - convention.factor * sum(each.number or 0 for each in uncounted), uncounted)


def _may_lack(convention: Convention, layer: LayerArithmetic) -> bool:
    return bool(convention.sees_modules or layer.arithmetic.fused or layer.arithmetic.unknown)


def _uncounted(convention: Convention, layer: LayerArithmetic, rule: Rule | None) -> Iterator[Uncounted]:
    """Yield products inside operations without a rule, and what is unknown of the layer or to the tool."""
    for operation, inside in layer.arithmetic.fused:
        if operation in convention.without_rule:
            yield Uncounted(inside, operation, convention.name)
    for operation in layer.arithmetic.unknown:
        yield Uncounted(None, operation, convention.name)
    if rule is not None and rule.missing is not None and (operation := rule.missing(layer)):
        yield Uncounted(None, operation, convention.name, "operations")
    if convention.sees_modules and layer.arithmetic.elementwise and word_of(layer.operator) == RECORDED:
        yield Uncounted(None, "recorded layers", convention.name, "elementwise operations")


def extra(convention: Convention, layer: LayerArithmetic) -> int:
    """Return what a convention counts of a layer in addition to its multiply-accumulates."""
    found = cost(convention, layer)
    left_out = sum(each.number or 0 for each in found.uncounted)
    return found.value - convention.factor * (layer.macs - left_out)


def counted_parameters(convention: Convention, layer: LayerArithmetic, parameters: Parameters) -> int:
    """Return the parameters of a layer as a convention counts them."""
    return total(parameters.learned) if convention.params is None else convention.params(layer, parameters)


def together(uncounted: Iterable[Uncounted]) -> tuple[Uncounted, ...]:
    """Return what several layers leave out, summed by operation."""
    sums: dict[tuple[str, str, str], int | None] = {}
    for each in uncounted:
        key = each.operation, each.convention, each.what
        sums[key] = None if each.number is None else (sums.get(key) or 0) + each.number
    return tuple(Uncounted(number, *key) for key, number in sums.items())


def each_of(words: str, rule: Rule) -> dict[str, Rule]:
    """Return the same rule for several operators, whose words are given in one text."""
    return dict.fromkeys(words.split(), rule)
