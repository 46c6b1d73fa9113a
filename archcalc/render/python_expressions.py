"""Expressions of Python as lines of limited length."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import Attribute, Call, Const, Index, Infix, Input, Name, Repeat, Slice, TupleExpr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.pytorch.expressions import Argument, Expr, Plain

WIDTH = 120
"""Longer lines are broken, with a trailing comma, which keeps them broken."""

INDENT = "    "


def literal(value: Plain) -> str:
    """Return a constant as Python writes it."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def flat(expression: Expr) -> str:
    """Return an expression on one line."""
    match expression:
        case Const(value=value):
            return literal(value)
        case Name(text=text):
            return text
        case Input(index=index):
            return f"x{index}"
        case Attribute(owner=owner, name=name):
            return f"{flat(owner)}.{name}"
        case TupleExpr(items=items, brackets=brackets):
            comma = "," if len(items) == 1 and brackets == "()" else ""
            return f"{brackets[0]}{', '.join(map(flat, items))}{comma}{brackets[1]}"
        case Infix(sign=sign, operands=operands):
            return f" {sign} ".join(f"({flat(each)})" if isinstance(each, Infix) else flat(each) for each in operands)
        case Index(tensor=tensor, parts=parts):
            return f"{flat(tensor)}[{', '.join(map(_part, parts))}]"
        case Repeat(item=item, count=count):
            return f"*[{flat(item)} for _ in range({flat(count)})]"
        case Call(function=function, arguments=arguments):
            return f"{flat(function)}({', '.join(map(_flat_argument, arguments))})"


def _part(part: int | Slice | None) -> str:
    if not isinstance(part, Slice):
        return str(part)
    start, stop, step = ("" if each is None else str(each) for each in (part.start, part.stop, part.step))
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def _flat_argument(argument: Argument) -> str:
    return _keyword(argument) + flat(argument.value)


def _keyword(argument: Argument) -> str:
    return f"{argument.keyword}=" if argument.keyword else ""


def expression_lines(expression: Expr, before: str, indented: int = 2 * len(INDENT), after: str = "") -> list[str]:
    """Return an expression between two texts, on one line if that fits; `indented` is the indentation of all lines."""
    line = before + flat(expression) + after
    if indented + len(line) <= WIDTH:
        return [line]
    return broken(expression, before, indented, after)


def broken(expression: Expr, before: str, indented: int, after: str) -> list[str]:
    """Return an expression with each of its parts on separate lines, if it has any."""
    if isinstance(expression, Repeat):
        inner = broken(expression.item, "", indented + len(INDENT), "")
        inner.append(f"for _ in range({flat(expression.count)})")
        return [f"{before}*[", *(INDENT + line for line in inner), f"]{after}"]
    if isinstance(expression, Call) and expression.arguments:
        parts = [(_keyword(each), each.value) for each in expression.arguments]
        return _in_brackets(f"{before}{flat(expression.function)}(", parts, f"){after}", indented)
    if isinstance(expression, TupleExpr) and expression.items:
        start, end = expression.brackets[0], expression.brackets[1]
        return _in_brackets(before + start, [("", item) for item in expression.items], end + after, indented)
    return [before + flat(expression) + after]


def _in_brackets(start: str, parts: Sequence[tuple[str, Expr]], end: str, indented: int) -> list[str]:
    lines = [start]
    for keyword, value in parts:
        lines += [INDENT + line for line in expression_lines(value, keyword, indented + len(INDENT), ",")]
    return [*lines, end]


def signature_lines(name: str, parameters: Sequence[str], gives: str) -> list[str]:
    """Return the first lines of a method."""
    line = f"def {name}({', '.join(['self', *parameters])}) -> {gives}:"
    if len(INDENT) + len(line) <= WIDTH:
        return [line]
    return [f"def {name}(", *(f"{INDENT}{each}," for each in ["self", *parameters]), f") -> {gives}:"]
