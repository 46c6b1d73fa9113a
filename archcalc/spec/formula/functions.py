"""The functions that a formula may call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from archcalc.core.messages import describe_value
from archcalc.spec.formula.error import FormulaError
from archcalc.spec.formula.limits import NUMBERS
from archcalc.spec.formula.operators import is_number


def _one_number(
    name: str, apply: Callable[[Any], object], domain: str = "a number of at least 0"
) -> Callable[..., object]:
    def called(*arguments: Any) -> object:
        words = ", ".join(describe_value(argument) for argument in arguments)
        if len(arguments) != 1 or not is_number(arguments[0]):
            raise FormulaError(f"{name} of {words or 'nothing'}", "one number")
        try:
            return apply(arguments[0])
        except ValueError:
            raise FormulaError(f"{name} of {words}", domain) from None
        except OverflowError:
            raise FormulaError(f"{name} of {words}", "a smaller number") from None

    return called


def _of_numbers(name: str, apply: Callable[[Any], object]) -> Callable[..., object]:
    def called(*arguments: Any) -> object:
        values = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)) else arguments
        if not values or not (set(map(type, values)) <= NUMBERS or all(map(is_number, values))):
            words = ", ".join(describe_value(value) for value in values[:5])
            raise FormulaError(f"{name} of {words or 'nothing'}", "numbers, or one list of numbers")
        return apply(values)

    return called


FUNCTIONS: dict[str, Callable[..., object]] = {
    "min": _of_numbers("min", min),
    "max": _of_numbers("max", max),
    "round": _one_number("round", round),
    "floor": _one_number("floor", math.floor),
    "ceil": _one_number("ceil", math.ceil),
    "sqrt": _one_number("sqrt", math.sqrt),
    "log": _one_number("log", math.log, "a number above 0"),
    "exp": _one_number("exp", math.exp),
    "sum": _of_numbers("sum", sum),
}

FUNCTION_NAMES = ", ".join(FUNCTIONS)
