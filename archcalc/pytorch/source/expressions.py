"""Expressions of Python as values: what a written network is made of before it becomes text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Plain: TypeAlias = int | float | bool | str | None


@dataclass(frozen=True, slots=True)
class Const:
    """A constant; `hint` is what to call it should it become a parameter, `axis` which axis it is for."""

    value: Plain
    hint: str = ""
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A piece of text that needs no taking apart: a variable, an attribute, a short operation on them."""

    text: str


@dataclass(frozen=True, slots=True)
class Several:
    """A tuple or a list; with `folds` one value stands for all that are alike, as in the sizes of a kernel."""

    items: tuple[Expr, ...]
    folds: bool = False
    brackets: str = "()"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call; it is left out where its value is `default`, or that of the first argument (`FIRST`)."""

    keyword: str
    value: Expr
    default: object = ...


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function or class."""

    function: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Many:
    """As many equal items, made one by one: an argument of a list of layers."""

    item: Expr
    count: Expr


Expr: TypeAlias = Const | Name | Several | Call | Many

FIRST = "the first argument"
"""The default of an argument that is as large as the first one unless it is told otherwise: a pool's stride."""


def call(function: str, *positional: Expr, **keywords: Expr) -> Call:
    """A call whose arguments are all written out."""
    named = [Argument(keyword, value) for keyword, value in keywords.items()]
    return Call(function, (*(Argument("", value) for value in positional), *named))


def mapped(expression: Expr, change: Callable[[Const], Expr]) -> Expr:
    """The same expression with its constants changed, in their order."""
    if isinstance(expression, Const):
        return change(expression)
    if isinstance(expression, Several):
        return replace(expression, items=tuple(mapped(item, change) for item in expression.items))
    if isinstance(expression, Call):
        arguments = [replace(each, value=mapped(each.value, change)) for each in expression.arguments]
        return replace(expression, arguments=tuple(arguments))
    if isinstance(expression, Many):
        return replace(expression, item=mapped(expression.item, change), count=mapped(expression.count, change))
    return expression


Placed: TypeAlias = tuple[str, Const]
"""A constant, and the name of the module that it is for."""


def constants(expression: Expr, place: str) -> list[Placed]:
    """The constants of an expression, in the order in which `mapped` meets them; names in sequences add to a place."""
    if isinstance(expression, Const):
        return [(place, expression)]
    if isinstance(expression, Several):
        return [placed for item in expression.items for placed in constants(item, place)]
    if isinstance(expression, Many):
        return [*constants(expression.item, place), *constants(expression.count, place)]
    if isinstance(expression, Name):
        return []
    named = expression.function == "OrderedDict"
    inner = [(f"{place}_{each.keyword}" if named else place, each.value) for each in expression.arguments]
    return [placed for where, value in inner for placed in constants(value, where)]


HOLE = Name("?")


def skeleton(expression: Expr) -> Expr:
    """The expression without its constants: equal for two that differ in nothing else."""
    return mapped(expression, lambda _: HOLE)


def simplified(expression: Expr) -> Expr:
    """Defaults left out, and one value in place of several that are alike."""
    if isinstance(expression, Several):
        items = tuple(simplified(item) for item in expression.items)
        alike = expression.folds and len({_written(item) for item in items}) == 1
        return items[0] if alike else replace(expression, items=items)
    if isinstance(expression, Call):
        arguments = [replace(each, value=simplified(each.value)) for each in expression.arguments]
        first = arguments[0].value if arguments else None
        return replace(expression, arguments=tuple(each for each in arguments if not _is_default(each, first)))
    if isinstance(expression, Many):
        return replace(expression, item=simplified(expression.item))
    return expression


def _written(expression: Expr) -> Expr | tuple[str, Plain]:
    """An expression to compare by what is written, so that 1 and True differ and hints do not count."""
    return (type(expression.value).__name__, expression.value) if isinstance(expression, Const) else expression


def _is_default(argument: Argument, first: Expr | None) -> bool:
    if argument.default is FIRST and first is not None:
        return same_text(argument.value, first)
    return isinstance(argument.value, Const) and argument.value.value == argument.default


def same_text(one: Expr, other: Expr) -> bool:
    """Whether two expressions read the same."""
    if isinstance(one, Several) and isinstance(other, Several):
        return len(one.items) == len(other.items) and all(map(same_text, one.items, other.items))
    return _written(one) == _written(other)
