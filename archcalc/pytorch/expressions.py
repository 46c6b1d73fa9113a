"""Expressions of Python as values: what a layer is made of before it is evaluated or becomes text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Plain: TypeAlias = int | float | bool | str | None


@dataclass(frozen=True, slots=True)
class Const:
    """A constant; `hint` is what to call it should it become a parameter, `axis` which axis it is for."""

    value: Plain
    hint: str = ""
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A name, with dots for attributes: a variable, an attribute of a module, a class of torch.nn."""

    text: str


@dataclass(frozen=True, slots=True)
class Input:
    """A tensor that a layer reads, by its number among them."""

    index: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of what an expression gives."""

    owner: Expr
    name: str


@dataclass(frozen=True, slots=True)
class TupleExpr:
    """A tuple or a list; with `collapses` one value stands for all that are alike, as in the sizes of a kernel."""

    items: tuple[Expr, ...]
    collapses: bool = False
    brackets: str = "()"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call; it is left out where its value is `default`, or that of the first argument (`FIRST`)."""

    keyword: str
    value: Expr
    default: object = ...


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function, a class, a method or a module."""

    function: Expr
    arguments: tuple[Argument, ...] = ()

    @property
    def name(self) -> str:
        """The name of the function; empty where it is no plain name."""
        return self.function.text if isinstance(self.function, Name) else ""


@dataclass(frozen=True, slots=True)
class Infix:
    """Operands with a sign between them: `+`, `-`, `*` or `/`."""

    sign: str
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice, which Python's own, not hashable before 3.12, cannot stand for in an expression that is compared."""

    start: int | None = None
    stop: int | None = None
    step: int | None = None


ALL = Slice()
"""All positions of a dimension."""


@dataclass(frozen=True, slots=True)
class Index:
    """A part of a tensor: for each dimension a position, a `Slice`, or None for a new axis of size 1."""

    tensor: Expr
    parts: tuple[int | Slice | None, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """As many equal items, made one by one: an argument of a list of layers."""

    item: Expr
    count: Expr


Expr: TypeAlias = Const | Name | Input | Attribute | TupleExpr | Call | Infix | Index | Repeat

MODULE = Name("module")
"""Stands for the module of a layer in what the layer runs."""

PLACEHOLDER = Name("?")
"""Stands for any constant."""

FIRST = "the first argument"
"""The default of an argument that is as large as the first one unless another is given: a pool's stride."""


def call(function: str | Expr, *positional: Expr, **keywords: Expr) -> Call:
    """Return a call whose arguments are all written out."""
    target = Name(function) if isinstance(function, str) else function
    named = [Argument(keyword, value) for keyword, value in keywords.items()]
    return Call(target, (*(Argument("", value) for value in positional), *named))


def method(owner: Expr, name: str, *positional: Expr, **keywords: Expr) -> Call:
    """Return a call of a method: `x.flatten(1)`."""
    return call(Attribute(owner, name), *positional, **keywords)


def children(expression: Expr) -> Iterator[Expr]:
    """Yield the expressions that an expression is made of, in the order in which they are written."""
    match expression:
        case TupleExpr(items=items):
            yield from items
        case Call(function=function, arguments=arguments):
            yield function
            yield from (each.value for each in arguments)
        case Repeat(item=item, count=count):
            yield from (item, count)
        case Attribute(owner=owner):
            yield owner
        case Infix(operands=operands):
            yield from operands
        case Index(tensor=tensor):
            yield tensor


def rebuilt(expression: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Return an expression of the same kind with each of its parts changed."""
    match expression:
        case TupleExpr(items=items):
            return replace(expression, items=tuple(map(change, items)))
        case Call(function=function, arguments=arguments):
            changed = change(function)
            return Call(changed, tuple(replace(each, value=change(each.value)) for each in arguments))
        case Repeat(item=item, count=count):
            return Repeat(change(item), change(count))
        case Attribute(owner=owner):
            return replace(expression, owner=change(owner))
        case Infix(operands=operands):
            return replace(expression, operands=tuple(map(change, operands)))
        case Index(tensor=tensor):
            return replace(expression, tensor=change(tensor))
    return expression


def with_constants(expression: Expr, change: Callable[[Const], Expr]) -> Expr:
    """Return the expression with its constants changed, in their order."""
    if isinstance(expression, Const):
        return change(expression)
    return rebuilt(expression, lambda part: with_constants(part, change))


def substituted(expression: Expr, names: Mapping[Expr, Expr]) -> Expr:
    """Return the expression with placeholders replaced: the module and the inputs of a layer by names of a class."""
    if isinstance(expression, (Name, Input)):
        return names.get(expression, expression)
    return rebuilt(expression, lambda part: substituted(part, names))


Located: TypeAlias = tuple[str, Const]
"""A constant, and the name of the module that it is for."""


def constants(expression: Expr, place: str) -> list[Located]:
    """Return the constants in the order in which `with_constants` meets them; names in sequences add to a place."""
    if isinstance(expression, Const):
        return [(place, expression)]
    if isinstance(expression, Call) and expression.name == "OrderedDict":
        named = [(f"{place}_{each.keyword}", each.value) for each in expression.arguments]
        return [located for where, value in named for located in constants(value, where)]
    return [located for part in children(expression) for located in constants(part, place)]


def skeleton(expression: Expr) -> Expr:
    """Return the expression without its constants: equal for two that differ in nothing else."""
    return with_constants(expression, lambda _: PLACEHOLDER)


def simplified(expression: Expr) -> Expr:
    """Return the expression with defaults left out, and one value in place of several that are alike."""
    inner = rebuilt(expression, simplified)
    if isinstance(inner, TupleExpr) and inner.collapses and len({_written(item) for item in inner.items}) == 1:
        return inner.items[0]
    if isinstance(inner, Call) and inner.arguments:
        first = inner.arguments[0].value
        return replace(inner, arguments=tuple(each for each in inner.arguments if not _is_default(each, first)))
    return inner


def _written(expression: Expr) -> Expr | tuple[str, Plain]:
    """Return an expression to compare by what is written, so that 1 and True differ and hints do not count."""
    return (type(expression.value).__name__, expression.value) if isinstance(expression, Const) else expression


def _is_default(argument: Argument, first: Expr) -> bool:
    if argument.default is FIRST:
        return same_text(argument.value, first)
    if isinstance(argument.value, TupleExpr) and isinstance(argument.default, tuple):
        return tuple(map(_written, argument.value.items)) == tuple(map(_written, map(Const, argument.default)))
    return isinstance(argument.value, Const) and argument.value.value == argument.default


def same_text(one: Expr, other: Expr) -> bool:
    """Return whether two expressions read the same."""
    if isinstance(one, TupleExpr) and isinstance(other, TupleExpr):
        return len(one.items) == len(other.items) and all(map(same_text, one.items, other.items))
    return _written(one) == _written(other)
