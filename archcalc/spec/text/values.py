"""Single values, by the core schema of YAML 1.2."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache

from archcalc.core.messages import shortened
from archcalc.spec.text.nodes import ScalarValue

MAX_DIGITS = 18
MAX_FLOAT = 100


class BadValue(Exception):
    """A value that is not taken: what was found, what was expected, and a hint."""


CORE = "tag:yaml.org,2002:"
COLLECTIONS = ("seq", "map")

_CONSTANTS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_INTEGERS = ((re.compile(r"[-+]?[0-9]+"), 10), (re.compile(r"0o[0-7]+"), 8), (re.compile(r"0x[0-9a-fA-F]+"), 16))
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")

FITS: dict[str, Callable[[ScalarValue], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
TAGS = {CORE + kind: kind for kind in FITS}


@lru_cache(maxsize=4096)
def resolved(text: str) -> ScalarValue:
    """The value of a text without quotes; BadValue when it is a number too large to take."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    for pattern, base in _INTEGERS:
        if pattern.fullmatch(text):
            return _integer(text, base)
    return _float(text) if _FLOAT.fullmatch(text) else text


def _integer(text: str, base: int) -> int:
    if len(text) <= MAX_FLOAT and abs(value := int(text, base)) < 10**MAX_DIGITS:
        return value
    raise BadValue(f"an integer of {len(text)} characters", f"at most {MAX_DIGITS} digits", "in quotes it is a string")


def _float(text: str) -> float:
    if len(text) > MAX_FLOAT:
        raise BadValue(f"a number of {len(text)} characters", f"at most {MAX_FLOAT}", "in quotes it is a string")
    if math.isinf(value := float(text)):
        raise BadValue(f"the number {text}", "one up to 1e308", "infinity is written .inf")
    return value


def tagged(kind: str, text: str) -> ScalarValue:
    """The value of a text with one of the tags of plain data; BadValue when the text is nothing of the kind."""
    value = text if kind == "str" else resolved(text)
    if not FITS[kind](value):
        raise BadValue(f"{shortened(text)} with the tag !!{kind}", f"a value that is !!{kind}")
    return float(value) if kind == "float" and isinstance(value, int) else value
