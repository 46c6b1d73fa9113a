"""Equations as a derivation prints them, worked out in exact arithmetic."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from archcalc.explain.explanation import Explanation
from archcalc.render.explanation import explanation_markdown

FUNCTIONS: Mapping[str, Callable[..., Fraction]] = {
    "floor": lambda value: Fraction(math.floor(value)),
    "ceil": lambda value: Fraction(math.ceil(value)),
    "max": max,
    "min": min,
}
OPERATORS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
STEP = re.compile(r"^- (?P<what>[^:`]+): `(?P<equation>[^`]*)`(?: \((?P<remark>.*)\))?$")


def equations(explanation: Explanation) -> Iterator[str]:
    """Every equation of a printed derivation: of its steps, and of the remarks next to them."""
    for line in explanation_markdown(explanation).splitlines():
        step = STEP.match(line)
        if step is None:
            assert " = " not in line, line
            continue
        yield from (text for text in (step["equation"], step["remark"] or "") if " = " in text)


def holds(equation: str) -> bool:
    """Whether all sides of an equation are equal; the last one may be rounded to the digits that it has."""
    *sides, result = equation.split(" = ")
    values = [value(side) for side in sides]
    if len(set(values)) != 1:
        return False
    return values[0] == value(result) or ("." in result and rounded(values[0], result) == float(result))


def rounded(exact: Fraction, result: str) -> float:
    """A number with as many significant digits as another is written with."""
    digits = len(result.partition("e")[0].replace(".", "").lstrip("0"))
    return float(f"{float(exact):.{digits}g}")


def value(text: str) -> Fraction:
    """The value of one side; ValueError for what is no arithmetic."""
    return worked_out(ast.parse(THOUSANDS.sub("", text.strip()), mode="eval").body)


def worked_out(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Fraction(str(number))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -worked_out(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](worked_out(left), worked_out(right))
        case ast.Call(func=ast.Name(id=name), args=args) if name in FUNCTIONS:
            return FUNCTIONS[name](*map(worked_out, args))
    raise ValueError(f"no arithmetic: {ast.unparse(node)}")
