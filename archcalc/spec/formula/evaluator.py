"""Evaluates an expression with simpleeval within limits."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from simpleeval import SimpleEval

from archcalc.core.messages import describe_value, shortened
from archcalc.spec.formula.error import FormulaError
from archcalc.spec.formula.functions import FUNCTIONS
from archcalc.spec.formula.limits import short_list, within_limits, within_size
from archcalc.spec.formula.lookup import entry_at, item_at, items_between, unknown_name
from archcalc.spec.formula.operators import OPERATORS


def value_of(tree: ast.expr, names: Mapping[str, object], count: Callable[[int], None]) -> Any:
    """The value of an expression, where `names` says what each name means; FormulaError when it has none.

    `count` is called with the entries and characters of each list and text that an operation reads or makes.
    """
    evaluator = _idle_evaluator()
    try:
        return evaluator.run(tree, names, count)
    finally:
        _IDLE.append(evaluator)


class _Evaluator(SimpleEval):  # type: ignore[misc]
    """simpleeval with nothing but what formulas have; every value on the way is held to the limits."""

    def __init__(self) -> None:
        super().__init__(operators=OPERATORS, functions=FUNCTIONS, names={})
        self.nodes = {
            ast.Attribute: self._eval_attribute,
            ast.BinOp: self._eval_binop,
            ast.BoolOp: self._eval_boolop,
            ast.Call: self._eval_call,
            ast.Compare: self._eval_compare,
            ast.Constant: self._eval_constant,
            ast.IfExp: self._eval_ifexp,
            ast.List: self._eval_list,
            ast.Name: self._eval_name,
            ast.Subscript: self._eval_subscript,
            ast.UnaryOp: self._eval_unaryop,
        }

    def run(self, tree: ast.expr, names: Mapping[str, object], count: Callable[[int], None]) -> Any:
        self.names, self._count = names, count
        try:
            return self._eval(tree)
        finally:
            self.names = {}

    def _eval(self, node: ast.expr) -> Any:
        return within_limits(self.nodes[type(node)](node))

    def _eval_binop(self, node: ast.BinOp) -> object:
        left, right = self._eval(node.left), self._eval(node.right)
        self._count_all(left, right)
        value = OPERATORS[type(node.op)](left, right)
        self._count_all(value)
        return value

    def _eval_compare(self, node: ast.Compare) -> object:
        left, holds = self._eval(node.left), True
        for operation, comparator in zip(node.ops, node.comparators, strict=True):
            right = self._eval(comparator)
            self._count_all(left, right)
            holds = bool(OPERATORS[type(operation)](left, right))
            if not holds:
                break
            left = right
        return holds

    def _eval_call(self, node: ast.Call) -> object:
        assert isinstance(node.func, ast.Name)
        arguments = [self._eval(argument) for argument in node.args]
        self._count_all(*arguments)
        return FUNCTIONS[node.func.id](*arguments)

    def _count_all(self, *values: object) -> None:
        for value in values:
            if isinstance(value, str):
                self._count(len(value))
            elif isinstance(value, (list, tuple)):
                self._count(within_size(value))

    def _eval_list(self, node: ast.List) -> list[object]:
        return short_list([self._eval(item) for item in node.elts])

    def _eval_name(self, node: ast.Name) -> object:
        try:
            return self.names[node.id]
        except KeyError:
            raise unknown_name(node.id, self.names) from None

    def _eval_attribute(self, node: ast.Attribute) -> object:
        value = self._eval(node.value)
        if isinstance(value, Mapping):
            return entry_at(node.value, value, node.attr)
        found = f"{shortened(ast.unparse(node))}, where {shortened(ast.unparse(node.value))} is {describe_value(value)}"
        raise FormulaError(found, "a tensor or a mapping before the '.'")

    def _eval_subscript(self, node: ast.Subscript) -> object:
        if isinstance(node.slice, ast.Slice):
            return self._eval_slice(node.value, node.slice)
        value, key = self._eval(node.value), self._eval(node.slice)
        if isinstance(value, (list, tuple)):
            return item_at(node.value, value, key)
        if isinstance(value, Mapping) and not isinstance(key, (list, tuple, Mapping)):
            return entry_at(node.value, value, key)
        expected = "a name or a number as a key" if isinstance(value, Mapping) else "a list or a mapping before '['"
        raise FormulaError(f"{describe_value(value)} with {describe_value(key)} as its index", expected)

    def _eval_slice(self, owner: ast.expr, bounds: ast.Slice) -> object:
        value = self._eval(owner)
        limits = [None if each is None else self._eval(each) for each in (bounds.lower, bounds.upper, bounds.step)]
        items = items_between(owner, value, limits)
        self._count_all(items)
        return items


# Evaluators lie idle here: one is taken per evaluation, as working out a name may work out another formula first.
_IDLE: list[_Evaluator] = []


def _idle_evaluator() -> _Evaluator:
    try:
        return _IDLE.pop()
    except IndexError:
        return _Evaluator()
