"""Evaluates the values in a spec: plain data with formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.spec.context import DependsOnError, FormulaNames
from archcalc.spec.formula import FormulaError, compile_text
from archcalc.spec.formula.limits import within_size
from archcalc.spec.text import Mapping, Node, Scalar
from archcalc.spec.work import FORMULA_NODE, PROBLEM, Work

if TYPE_CHECKING:
    from archcalc.core.problem import Location
    from archcalc.spec.context import EvaluationContext, Value
    from archcalc.spec.diagnostics import Diagnostics


class Constants(NamedTuple):
    """Values of nodes without formulas, and whether nodes hold formulas, by the identity of the node."""

    values: dict[int, object]
    dynamic: dict[int, bool]


class Evaluator:
    """Evaluates nodes; a node without formulas is evaluated once."""

    def __init__(self, problems: Diagnostics, constants: Constants | None = None) -> None:
        self.problems = problems
        self.work = Work(problems)
        self._static, self._dynamic = constants or Constants({}, {})

    def is_static(self, node: Node) -> bool:
        """Whether a node holds no formula, so that its value is the same everywhere."""
        key = id(node)
        if key not in self._dynamic:
            self._dynamic[key] = _holds_formula(node)
        return not self._dynamic[key]

    def value(self, node: Node, context: EvaluationContext, here: Value) -> object:
        """Return the plain value of a node; DependsOnError if a formula fails (reported) or depends on an error."""
        if self.is_static(node):
            key = id(node)
            if key not in self._static:
                self._static[key] = self._value(node, context, here)
            return self._static[key]
        self.work.place = node.location
        value = self._value(node, context, here)
        if isinstance(value, (list, dict)) and not _is_plain(value):
            self._check_size(value, node, context)
        return value

    def _check_size(self, value: list[object] | dict[str, object], node: Node, context: EvaluationContext) -> None:
        """Lists made of lists that are made of lists grow without bounds in a few lines."""
        try:
            self.work.spend_on(within_size(value))
        except FormulaError as error:
            self.note(node.location, context, error.found, error.expected, error.hint)
            raise DependsOnError from None

    def _value(self, node: Node, context: EvaluationContext, here: Value) -> object:
        if isinstance(node, Scalar):
            return self._scalar(node, context, here)
        self.work.spend(len(node.entries if isinstance(node, Mapping) else node.items))
        if isinstance(node, Mapping):
            return {str(key.value): self._value(value, context, here) for key, value in node.entries}
        return [self._value(item, context, here) for item in node.items]

    def _scalar(self, node: Scalar, context: EvaluationContext, here: Value) -> object:
        if not isinstance(node.value, str):
            return node.value
        try:
            compiled = compile_text(node.value)
            if isinstance(compiled, str):
                return compiled
            self.work.place = node.location
            self.work.spend(compiled.nodes * FORMULA_NODE)
            value = compiled.evaluate(FormulaNames(context, here), self.work.spend_on)
            if isinstance(value, str):
                self.work.spend_on(len(value))
            return value
        except FormulaError as error:
            self.note(node.location, context, error.found, error.expected, error.hint)
            raise DependsOnError from None

    def note(
        self, location: Location, context: EvaluationContext, found: str, expected: str = "", hint: str = ""
    ) -> None:
        """Note a problem at a place, with the block calls that led there."""
        self.problems.add(location, found, expected, hint, context.calls)
        self.work.place = location
        self.work.spend(PROBLEM)


def _is_plain(value: list[object] | dict[str, object]) -> bool:
    """Whether a value is a short list of numbers, as most are, which needs no look inside."""
    return len(value) < 10 and isinstance(value, list) and all(isinstance(each, (int, float)) for each in value)


def _holds_formula(node: Node) -> bool:
    if isinstance(node, Scalar):
        return isinstance(node.value, str) and "$" in node.value
    if isinstance(node, Mapping):
        return any(_holds_formula(value) for _, value in node.entries)
    return any(_holds_formula(item) for item in node.items)
