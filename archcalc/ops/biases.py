"""The biases of an attention's projections: all, none, or some of them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from archcalc.core.messages import describe_value
from archcalc.core.problem import OperatorError, did_you_mean
from archcalc.ops.arguments import Argument

PROJECTIONS = ("query", "key", "value", "output")
_EXPECTED = "true, false, or a list of the projections that have one: " + ", ".join(PROJECTIONS)


def _biases(value: object) -> bool | tuple[str, ...]:
    if isinstance(value, bool):
        return value
    if not isinstance(value, (list, tuple)):
        raise OperatorError(describe_value(value), _EXPECTED)
    for each in value:
        if each not in PROJECTIONS:
            hint = did_you_mean(each, PROJECTIONS) if isinstance(each, str) else ""
            raise OperatorError(describe_value(each), "one of " + ", ".join(PROJECTIONS), hint=hint)
    named = tuple(each for each in PROJECTIONS if each in value)
    return bool(named) if len(named) in (0, len(PROJECTIONS)) else named


_SCHEMA = {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"enum": list(PROJECTIONS)}}]}

Biases: TypeAlias = Annotated[bool | tuple[str, ...], Argument(_EXPECTED, _biases, _SCHEMA)]


def has_bias(bias: bool | tuple[str, ...], projection: str) -> bool:
    """Return whether a projection has a bias."""
    return bias if isinstance(bias, bool) else projection in bias
