"""Arguments of a spec to an operator: names, types, and the operator's own checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from archcalc.core.problem import OperatorError, did_you_mean, nearest
from archcalc.core.shape import in_order
from archcalc.ops.arguments import ALIASES, PLAIN, Argument, ByAxis, Layers, TensorName

if TYPE_CHECKING:
    from archcalc.ops.base import Operator


_, _LAYERS = get_args(Layers)
_, _TENSOR_NAME = get_args(TensorName)


class Field(NamedTuple):
    """One argument of an operator: how it is written, whether it must be there, whether nothing may be said."""

    name: str
    argument: Argument
    required: bool
    optional: bool
    default: object
    aliases: tuple[str, ...] = ()

    @property
    def holds_layers(self) -> bool:
        """Whether the argument is a list of layers, which the expansion builds."""
        return self.argument is _LAYERS

    @property
    def names_tensor(self) -> bool:
        """Whether the argument names a tensor that is read for its sizes."""
        return self.argument is _TENSOR_NAME


@cache
def operator_fields(operator: type[Operator]) -> dict[str, Field]:
    """The arguments of an operator by name, in the order of its definition.

    Of arguments by axis, those for the axes with a meaning of their own; `argument_by_axis` takes the others too.
    """
    found: dict[str, Field] = {}
    for each in _fields(operator):
        if isinstance(each.argument, ByAxis):
            found |= {axis: _axis_field(axis, each.argument) for axis in each.argument.standard_axes}
        else:
            found[each.name] = each
    return found


@cache
def argument_by_axis(operator: type[Operator]) -> tuple[str, ByAxis] | None:
    """Return the field of an operator whose arguments are axes, and how they are written; None if it has none."""
    for each in _fields(operator):
        if isinstance(each.argument, ByAxis):
            return each.name, each.argument
    return None


def other_axis_field(operator: type[Operator]) -> Field | None:
    """Return the argument that stands for all other axes, if an operator takes any."""
    by_axis = argument_by_axis(operator)
    return None if by_axis is None else _axis_field("another axis", by_axis[1])


def _fields(operator: type[Operator]) -> list[Field]:
    hints = get_type_hints(operator, include_extras=True)
    return [_field(each, hints[each.name], operator.aliases) for each in fields(operator)]  # type: ignore[arg-type]


def _axis_field(axis: str, argument: ByAxis) -> Field:
    return Field(axis, argument, required=False, optional=argument.default is None, default=argument.default)


def _field(each: Any, hint: object, aliases: tuple[str, ...]) -> Field:
    alternatives = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = [kind for kind in alternatives if kind is not NoneType]
    argument = get_args(kinds[0])[1] if get_origin(kinds[0]) is Annotated else PLAIN[kinds[0]]
    default = each.default if each.default is not MISSING else None
    own = tuple(alias for alias in aliases if ALIASES[alias] == each.name)
    return Field(each.name, argument, each.default is MISSING, NoneType in alternatives, default, own)


class BindError(Exception):
    """Arguments that do not fit; each error names its argument, or none."""

    def __init__(self, errors: list[OperatorError]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors


def bind(name: str, operator: type[Operator], values: Mapping[str, object]) -> Operator:
    """The operator with these arguments, as plain data; BindError with everything that is wrong."""
    known = _known(operator, values)
    errors = _given_twice(operator, values)
    values = {ALIASES[key] if key in operator.aliases else key: value for key, value in values.items()}
    errors += [_unknown(name, argument, known) for argument in values if argument not in known]
    converted = {}
    for argument, value in values.items():
        if argument in known:
            try:
                converted[argument] = _convert(known[argument], value)
            except OperatorError as error:
                expected = error.expected if isinstance(value, (list, tuple)) else known[argument].argument.expects
                errors.append(OperatorError(f"{argument}: {error.found}", expected, argument=argument, hint=error.hint))
    meant = {nearest(argument, known) for argument in values if argument not in known}
    missing = [each for each in known.values() if each.required and each.name not in {*values, *meant}]
    errors += [
        OperatorError(f"no {each.name!r} for {name}", each.argument.expects, hint=_signature(name, known))
        for each in missing
    ]
    if errors:
        raise BindError(errors)
    try:
        return operator(**_gathered(operator, converted))
    except OperatorError as error:
        raise BindError([error]) from None


def _known(operator: type[Operator], values: Mapping[str, object]) -> dict[str, Field]:
    """Return the arguments of an operator, with those for other axes that are written."""
    known, by_axis = operator_fields(operator), argument_by_axis(operator)
    if by_axis is None:
        return known
    argument = by_axis[1]
    return known | {name: _axis_field(name, argument) for name in values if name not in known and argument.takes(name)}


def _gathered(operator: type[Operator], converted: Mapping[str, object]) -> dict[str, object]:
    """Return converted arguments by field: those by axis together, in the order of the axes."""
    by_axis = argument_by_axis(operator)
    if by_axis is None:
        return dict(converted)
    field, argument = by_axis
    axes = in_order(name for name, value in converted.items() if argument.takes(name) and value is not None)
    others = {name: value for name, value in converted.items() if not argument.takes(name)}
    return {**others, field: tuple((axis, converted[axis]) for axis in axes)}


def _given_twice(operator: type[Operator], values: Mapping[str, object]) -> list[OperatorError]:
    twice = [alias for alias in operator.aliases if alias in values and ALIASES[alias] in values]
    return [OperatorError(f"{alias!r} and {ALIASES[alias]!r}", "one of the two, which mean the same", argument=alias)
            for alias in twice]  # fmt: skip


def _convert(each: Field, value: object) -> object:
    if value is None and each.optional:
        return None
    return each.argument.convert(value)


def _unknown(name: str, argument: str, known: Mapping[str, Field]) -> OperatorError:
    other = ", or another axis" if any(isinstance(each.argument, ByAxis) for each in known.values()) else ""
    expected = "one of " + ", ".join(known) + other if known else "no arguments"
    hint = did_you_mean(argument, known)
    return OperatorError(f"unknown argument {argument!r} of {name}", expected, argument=argument, hint=hint)


def _signature(name: str, known: Mapping[str, Field]) -> str:
    return f"{name} takes {', '.join(known)}"
