"""Expressions of Python as lines, broken where they are long."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archcalc.pytorch.source.expressions import Call, Const, Many, Name, Several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.pytorch.source.expressions import Argument, Expr, Plain

WIDTH = 120
"""Longer lines are broken, with a comma at the end of each part, which keeps them broken."""

INDENT = "    "


def literal(value: Plain) -> str:
    """A constant as Python writes it."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def flat(expression: Expr) -> str:
    """An expression on one line."""
    if isinstance(expression, Const):
        return literal(expression.value)
    if isinstance(expression, Name):
        return expression.text
    if isinstance(expression, Several):
        start, end = expression.brackets[0], expression.brackets[1]
        comma = "," if len(expression.items) == 1 and start == "(" else ""
        return f"{start}{', '.join(map(flat, expression.items))}{comma}{end}"
    if isinstance(expression, Many):
        return f"*[{flat(expression.item)} for _ in range({flat(expression.count)})]"
    return f"{expression.function}({', '.join(map(_flat_argument, expression.arguments))})"


def _flat_argument(argument: Argument) -> str:
    return _keyword(argument) + flat(argument.value)


def _keyword(argument: Argument) -> str:
    return f"{argument.keyword}=" if argument.keyword else ""


def expression_lines(expression: Expr, before: str, indented: int = 2 * len(INDENT), after: str = "") -> list[str]:
    """An expression between two texts, on one line where that fits; `indented` is what stands before all lines."""
    line = before + flat(expression) + after
    if indented + len(line) <= WIDTH:
        return [line]
    return broken(expression, before, indented, after)


def broken(expression: Expr, before: str, indented: int, after: str) -> list[str]:
    """An expression with each of its parts on lines of its own, if it has any."""
    if isinstance(expression, Many):
        inner = broken(expression.item, "", indented + len(INDENT), "")
        inner.append(f"for _ in range({flat(expression.count)})")
        return [f"{before}*[", *(INDENT + line for line in inner), f"]{after}"]
    if isinstance(expression, Call) and expression.arguments:
        parts = [(_keyword(each), each.value) for each in expression.arguments]
        return _in_brackets(f"{before}{expression.function}(", parts, f"){after}", indented)
    if isinstance(expression, Several) and expression.items:
        start, end = expression.brackets[0], expression.brackets[1]
        return _in_brackets(before + start, [("", item) for item in expression.items], end + after, indented)
    return [before + flat(expression) + after]


def _in_brackets(start: str, parts: Sequence[tuple[str, Expr]], end: str, indented: int) -> list[str]:
    lines = [start]
    for keyword, value in parts:
        lines += [INDENT + line for line in expression_lines(value, keyword, indented + len(INDENT), ",")]
    return [*lines, end]


def signature_lines(name: str, parameters: Sequence[str], gives: str) -> list[str]:
    """The first lines of a method."""
    line = f"def {name}({', '.join(['self', *parameters])}) -> {gives}:"
    if len(INDENT) + len(line) <= WIDTH:
        return [line]
    return [f"def {name}(", *(f"{INDENT}{each}," for each in ["self", *parameters]), f") -> {gives}:"]
