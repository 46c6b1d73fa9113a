"""What the operators of a formula do."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from archcalc.core.messages import MAX_NUMBER, describe_value
from archcalc.spec.formula.error import FormulaError
from archcalc.spec.formula.limits import MAX_LIST, short_list
from archcalc.spec.formula.lookup import spelled


def is_number(value: object) -> bool:
    """Whether arithmetic is possible with a value."""
    return isinstance(value, (int, float))


def _unfit(left: object, symbol: str, right: object, expected: str) -> FormulaError:
    return FormulaError(f"{describe_value(left)} {symbol} {describe_value(right)}", expected)


def _arithmetic(symbol: str, apply: Callable[[Any, Any], object]) -> Callable[[Any, Any], object]:
    def applied(left: Any, right: Any) -> object:
        if not (is_number(left) and is_number(right)):
            raise _unfit(left, symbol, right, "numbers on both sides")
        try:
            return apply(left, right)
        except ZeroDivisionError:
            raise FormulaError(f"division by zero: {left} {symbol} {right}", "a divisor that is not 0") from None
        except OverflowError:
            raise FormulaError(f"{left} {symbol} {right}", "a smaller number") from None

    return applied


def _ordered(symbol: str, apply: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def applied(left: Any, right: Any) -> bool:
        try:
            return apply(left, right)
        except TypeError:
            raise _unfit(left, symbol, right, "two numbers or two strings") from None

    return applied


def _signed(symbol: str, apply: Callable[[Any], object]) -> Callable[[Any], object]:
    def applied(value: Any) -> object:
        if not is_number(value):
            raise FormulaError(f"'{symbol}' before {describe_value(value)}", "a number")
        return apply(value)

    return applied


def _add(left: Any, right: Any) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return short_list([*left, *right])
    return _sum(left, right)


def _multiply(left: Any, right: Any) -> object:
    if isinstance(right, (str, list, tuple)):
        left, right = right, left
    if not isinstance(left, (str, list, tuple)):
        return _product(left, right)
    if not isinstance(right, int) or isinstance(right, bool):
        raise _unfit(left, "*", right, "an integer, to repeat it")
    if len(left) * right > MAX_LIST:
        raise FormulaError(f"{describe_value(left)} repeated {right} times", f"at most {MAX_LIST:,} in total")
    return left * right if isinstance(left, str) else short_list(list(left) * right)


def _power(base: Any, exponent: Any) -> object:
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        if abs(base) > 1 and exponent * (abs(base).bit_length() - 1) > MAX_NUMBER.bit_length():
            raise OverflowError
        return base**exponent
    result = base**exponent
    if isinstance(result, complex):
        raise FormulaError(f"a root of the negative number {base}", "a number of at least 0")
    return result


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, (list, tuple)):
        return item in container
    if isinstance(container, str) and isinstance(item, str):
        return item in container
    if isinstance(container, Mapping) and not isinstance(item, (list, tuple, Mapping)):
        return item in container or spelled(item) in container
    raise _unfit(item, "in", container, "a list, a string or a mapping after 'in'")


_sum = _arithmetic("+", operator.add)
_product = _arithmetic("*", operator.mul)

OPERATORS: dict[type[ast.AST], Callable[..., object]] = {
    ast.Add: _add,
    ast.Sub: _arithmetic("-", operator.sub),
    ast.Mult: _multiply,
    ast.Div: _arithmetic("/", operator.truediv),
    ast.FloorDiv: _arithmetic("//", operator.floordiv),
    ast.Mod: _arithmetic("%", operator.mod),
    ast.Pow: _arithmetic("**", _power),
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: _ordered("<", operator.lt),
    ast.LtE: _ordered("<=", operator.le),
    ast.Gt: _ordered(">", operator.gt),
    ast.GtE: _ordered(">=", operator.ge),
    ast.In: lambda item, container: _contains(container, item),
    ast.NotIn: lambda item, container: not _contains(container, item),
    ast.Not: operator.not_,
    ast.USub: _signed("-", operator.neg),
    ast.UAdd: _signed("+", operator.pos),
}
