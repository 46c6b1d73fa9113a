"""The operators under test, and how a case file or a docstring becomes one of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from archcalc.core.shape import Shape, in_order
from archcalc.ops import OPS
from archcalc.ops.arguments import PLAIN, Argument
from archcalc.ops.heads import ProjectHeads
from archcalc.ops.merge import ResidualAdd
from archcalc.spec.bind import argument_by_axis

if TYPE_CHECKING:
    from archcalc.ops.base import Operator

CASES = Path(__file__).parent / "cases"

WITHOUT_A_WORD: dict[str, type[Operator]] = {"residual_add": ResidualAdd, "project_heads": ProjectHeads}
"""Operators that no spec names, because a structure of the language makes them."""

VOCABULARY = {**OPS, **WITHOUT_A_WORD}


def bind(operator: type[Operator], arguments: dict[str, object]) -> Operator:
    """The operator with arguments as a spec writes them, each converted by its type."""
    hints, by_axis = _hints(operator), argument_by_axis(operator)
    fields = {name: _converted(hints[name], value) for name, value in arguments.items() if name in hints}
    if by_axis is not None:
        field, argument = by_axis
        axes = in_order(name for name in arguments if argument.takes(name))
        fields[field] = tuple((axis, argument.convert(arguments[axis])) for axis in axes)
    assert all(name in hints or (by_axis and by_axis[1].takes(name)) for name in arguments)
    return operator(**fields)


@cache
def _hints(operator: type[Operator]) -> dict[str, Any]:
    return get_type_hints(operator, include_extras=True)


def _converted(hint: Any, value: object) -> object:
    if get_origin(hint) is not Annotated and NoneType in get_args(hint):
        if value is None:
            return None
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    argument: Argument = get_args(hint)[1] if get_origin(hint) is Annotated else PLAIN[hint]
    return argument.convert(value)


def shape_of(sizes: dict[str, int]) -> Shape:
    """A shape from sizes by axis, `tokens` and `heads` among them."""
    axes = {axis: size for axis, size in sizes.items() if axis not in ("tokens", "heads")}
    return Shape.of(axes, tokens=sizes.get("tokens", 0), heads=sizes.get("heads", 1))
