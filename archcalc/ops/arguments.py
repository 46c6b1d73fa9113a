"""Types of operator arguments: what a spec may write, and how it becomes a Python value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from archcalc.core.messages import describe_value
from archcalc.core.problem import OperatorError, did_you_mean
from archcalc.core.shape import (
    AXIS_PATTERN,
    CHANNEL,
    GRID_AXIS_PATTERN,
    STANDARD_AXES,
    STANDARD_GRID_AXES,
    is_axis,
)
from archcalc.core.window import AxisPadding

PADDING_WORDS = ("valid", "same", "causal")
ALIASES = {
    "kernel_size": "kernel", "out_channels": "out", "out_features": "out", "num_embeddings": "num",
    "embedding_dim": "out",
}  # fmt: skip
"""PyTorch's names of arguments that are shorter here; an operator lists those that it takes under `aliases`."""


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """How one kind of argument is written: in words, as a JSON Schema, and converted from plain data.

    `convert` raises OperatorError when the value does not fit.
    """

    expects: str
    convert: Callable[[object], Any]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class ByAxis(Argument):
    """An argument for each axis, under the name of the axis: `pad: {T: 1, F: [0, 2]}`.

    Its field holds pairs of axis and value, in the order of the axes, for those that are written. `default` is the
    value of the others, `channels` says whether C is among them.
    """

    default: object = None
    channels: bool = False

    def takes(self, name: object) -> bool:
        """Return whether a name is that of an axis which may be written."""
        return is_axis(name) and (self.channels or name != CHANNEL)

    @property
    def standard_axes(self) -> tuple[str, ...]:
        """Return those of the axes that have a meaning of their own."""
        return STANDARD_AXES if self.channels else STANDARD_GRID_AXES


def whole(value: object) -> int:
    """An int, or a float that is whole; never a bool."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise OperatorError(describe_value(value), "an integer")


def number(value: object) -> float:
    """An int or a finite float; never a bool."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise OperatorError(describe_value(value), "a number")


def truth(value: object) -> bool:
    """Return a boolean argument; raise OperatorError for any other value."""
    if isinstance(value, bool):
        return value
    raise OperatorError(describe_value(value), "true or false")


def text(value: object) -> str:
    """Return a string argument; raise OperatorError for any other value."""
    if isinstance(value, str):
        return value
    raise OperatorError(describe_value(value), "a string")


def one_of(*words: str) -> Argument:
    """An argument that is one of a few words."""

    def convert(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        hint = did_you_mean(value, words) if isinstance(value, str) else ""
        raise OperatorError(describe_value(value), "one of " + ", ".join(words), hint=hint)

    return Argument("one of " + ", ".join(words), convert, {"enum": list(words)})


def _sizes(value: object) -> int | tuple[int, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(whole(each) for each in value)
    return whole(value)


def _axis_padding(value: object) -> AxisPadding:
    if isinstance(value, str):
        if value in PADDING_WORDS:
            return value
        raise OperatorError(
            describe_value(value),
            "a number, [before, after], valid, same or causal",
            hint=did_you_mean(value, PADDING_WORDS),
        )
    if isinstance(value, (list, tuple)):
        if len(value) != 2:
            raise OperatorError(describe_value(value), "[before, after]")
        return whole(value[0]), whole(value[1])
    return whole(value)


def _padding(value: object) -> AxisPadding | tuple[AxisPadding, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(_axis_padding(each) for each in value)
    return _axis_padding(value)


_AXIS, _GRID_AXIS = (
    f"an axis: {', '.join(axes)} or another that an input declares" for axes in (STANDARD_AXES, STANDARD_GRID_AXES)
)
_ANY_LIST, _GRID_LIST = (
    f"a list of different axes out of {', '.join(axes)} and others that an input declares"
    for axes in (STANDARD_AXES, STANDARD_GRID_AXES)
)


def _axis(value: object) -> str:
    if isinstance(value, str) and is_axis(value):
        return value
    hint = did_you_mean(value, STANDARD_AXES) if isinstance(value, str) else ""
    raise OperatorError(describe_value(value), _AXIS, hint=hint)


def _grid_axis(value: object) -> str:
    if isinstance(value, str) and is_axis(value) and value != CHANNEL:
        return value
    found = "axis C, which every tensor keeps" if value == CHANNEL else describe_value(value)
    hint = did_you_mean(value, STANDARD_GRID_AXES) if isinstance(value, str) else ""
    raise OperatorError(found, _GRID_AXIS, hint=hint)


def _grid_axes(value: object) -> tuple[str, ...]:
    axes = value if isinstance(value, (list, tuple)) else [value]
    named = tuple(_axis(axis) for axis in axes)
    if not named or CHANNEL in named or len(set(named)) != len(named):
        raise OperatorError(describe_value(value), _GRID_LIST)
    return named


def _any_axes(value: object) -> tuple[str, ...]:
    axes = value if isinstance(value, (list, tuple)) else [value]
    named = tuple(_axis(axis) for axis in axes)
    if not named or len(set(named)) != len(named):
        raise OperatorError(describe_value(value), _ANY_LIST)
    return named


def _groups(value: object) -> int | str:
    if value == "depthwise":
        return "depthwise"
    try:
        return whole(value)
    except OperatorError as error:
        raise OperatorError(error.found, "an integer or depthwise") from None


def _resize(value: object) -> object:
    if isinstance(value, Mapping):
        return tuple((_axis(axis), number(size)) for axis, size in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(number(each) for each in value)
    return number(value)


_INTEGER = {"type": "integer"}
_PADDING_SCHEMA = {
    "anyOf": [
        _INTEGER,
        {"enum": list(PADDING_WORDS)},
        {"type": "array", "items": _INTEGER, "minItems": 2, "maxItems": 2},
    ]
}
_ANY_AXIS_SCHEMA = {"type": "string", "pattern": AXIS_PATTERN}
_AXIS_SCHEMA = {"type": "string", "pattern": GRID_AXIS_PATTERN}
_PAIR_SCHEMA = {"anyOf": [_INTEGER, {"type": "array", "items": _INTEGER, "minItems": 2, "maxItems": 2}]}

Sizes = Annotated[
    int | tuple[int, ...],
    Argument(
        "an integer, or a list with one per axis",
        _sizes,
        {"anyOf": [_INTEGER, {"type": "array", "items": _INTEGER}]},
    ),
]
Padding = Annotated[
    AxisPadding | tuple[AxisPadding, ...],
    Argument(
        "a number, valid, same or causal, or a list with one per axis, each of them or [before, after]",
        _padding,
        {"anyOf": [_INTEGER, {"enum": list(PADDING_WORDS)}, {"type": "array", "items": _PADDING_SCHEMA}]},
    ),
]
GridAxes = Annotated[
    tuple[str, ...],
    Argument(
        _GRID_LIST,
        _grid_axes,
        {"anyOf": [_AXIS_SCHEMA, {"type": "array", "items": _AXIS_SCHEMA, "minItems": 1}]},
    ),
]
GridAxis = Annotated[str, Argument(_GRID_AXIS, _grid_axis, _AXIS_SCHEMA)]
AnyAxis = Annotated[str, Argument(_AXIS, _axis, _ANY_AXIS_SCHEMA)]
AnyAxes = Annotated[
    tuple[str, ...],
    Argument(
        _ANY_LIST,
        _any_axes,
        {"anyOf": [_ANY_AXIS_SCHEMA, {"type": "array", "items": _ANY_AXIS_SCHEMA, "minItems": 1}]},
    ),
]
AxisFactorsArgument = Annotated[tuple[tuple[str, int], ...], ByAxis("an integer", whole, _INTEGER, default=1)]
AxisShifts = Annotated[tuple[tuple[str, int], ...], ByAxis("an integer", whole, _INTEGER, default=0)]
AxisSizes = Annotated[tuple[tuple[str, int], ...], ByAxis("an integer", whole, _INTEGER)]
AxisSizesWithChannels = Annotated[tuple[tuple[str, int], ...], ByAxis("an integer", whole, _INTEGER, channels=True)]
AxisEnds = Annotated[
    tuple[tuple[str, int | tuple[int, ...]], ...],
    ByAxis("an integer or a list of two", _sizes, _PAIR_SCHEMA, default=0),
]
AxisParts = Annotated[
    tuple[tuple[str, int | tuple[int, ...]], ...],
    ByAxis("an integer or a list of two", _sizes, _PAIR_SCHEMA, channels=True),
]
Groups = Annotated[
    int | str,
    Argument("an integer or depthwise", _groups, {"anyOf": [_INTEGER, {"const": "depthwise"}]}),
]
Resize = Annotated[
    object,
    Argument(
        "a number, a list with one per axis, or a number by axis",
        _resize,
        {"anyOf": [{"type": "number"}, {"type": "array"}, {"type": "object"}]},
    ),
]
Layers = Annotated[tuple[()], Argument("a list of layers", lambda value: value, {"$ref": "#/$defs/layers"})]
"""Layers inside an operator: the expansion builds them, the operator never sees them."""

TensorName = Annotated[str, Argument("the name of a tensor", text, {"type": "string"})]
"""A tensor that is read for its sizes only; the expansion puts it among the operator's inputs."""

PLAIN: Mapping[type, Argument] = {
    int: Argument("an integer", whole, _INTEGER),
    float: Argument("a number", number, {"type": "number"}),
    bool: Argument("true or false", truth, {"type": "boolean"}),
    str: Argument("a string", text, {"type": "string"}),
}
