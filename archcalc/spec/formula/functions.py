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


def _of_numbers(name: str, apply: Callable[[Any], object], of_none: int | None = None) -> Callable[..., object]:
    """Return a function of several numbers or a list of them; `of_none` is its value for an empty list, if it has one.

    A slice such as `depths[:0]` is an empty list.
    """

    def called(*arguments: Any) -> object:
        listed = len(arguments) == 1 and isinstance(arguments[0], (list, tuple))
        values = arguments[0] if listed else arguments
        if listed and not values and of_none is not None:
            return of_none
        if not values or not (set(map(type, values)) <= NUMBERS or all(map(is_number, values))):
            words = ", ".join(describe_value(value) for value in values[:5])
            raise FormulaError(f"{name} of {words or 'nothing'}", "numbers, or one list of numbers")
        return apply(values)

    return called


def _length(*arguments: Any) -> int:
    """Return how many entries a list has."""
    if len(arguments) != 1 or not isinstance(arguments[0], (list, tuple)):
        words = ", ".join(describe_value(argument) for argument in arguments[:5])
        raise FormulaError(f"len of {words or 'nothing'}", "one list")
    return len(arguments[0])


LEAST_KEPT = 0.9
"""Rounding channels to a multiple keeps at least this share of them."""
USUAL_DIVISOR = 8


def _make_divisible(*arguments: Any) -> int:
    """Return channels as the nearest multiple of a divisor, of at least one divisor and nine tenths of the channels.

    This is the rule of the MobileNets (Sandler et al. 2018, arXiv:1801.04381; `_make_divisible` in torchvision).
    """
    if len(arguments) not in (1, 2) or not all(map(is_number, arguments)):
        words = ", ".join(describe_value(argument) for argument in arguments[:5])
        raise FormulaError(f"make_divisible of {words or 'nothing'}", "a number of channels and a divisor")
    channels, divisor = arguments if len(arguments) == 2 else (*arguments, USUAL_DIVISOR)
    if divisor < 1 or divisor != int(divisor):
        raise FormulaError(f"make_divisible by {describe_value(divisor)}", "an integer of at least 1")
    near = int(max(divisor, math.floor((channels + divisor / 2) / divisor) * divisor))
    return near + int(divisor) if near < LEAST_KEPT * channels else near


FUNCTIONS: dict[str, Callable[..., object]] = {
    "min": _of_numbers("min", min),
    "max": _of_numbers("max", max),
    "round": _one_number("round", round),
    "floor": _one_number("floor", math.floor),
    "ceil": _one_number("ceil", math.ceil),
    "sqrt": _one_number("sqrt", math.sqrt),
    "log": _one_number("log", math.log, "a number above 0"),
    "exp": _one_number("exp", math.exp),
    "sum": _of_numbers("sum", sum, of_none=0),
    "len": _length,
    "make_divisible": _make_divisible,
}

FUNCTION_NAMES = ", ".join(FUNCTIONS)
