"""Values in words, for messages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeGuard

MAX_NUMBER = 10**18


def describe_value(value: object) -> str:
    """A plain value in words, for messages; long texts are cut short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the string {shortened(value)}" if value else "an empty string"
    if isinstance(value, float) and not math.isfinite(value):
        return "the value " + (".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf")
    if isinstance(value, (int, float)):
        return f"the number {value}" if abs(value) <= MAX_NUMBER or isinstance(value, float) else "a huge number"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}" if value else "an empty list"
    return "a mapping" if isinstance(value, Mapping) else f"a {type(value).__name__}"


def is_whole(value: object) -> TypeGuard[int | float]:
    """Whether a value is an integer, or a float that is one; a bool is none."""
    return value.is_integer() if isinstance(value, float) else isinstance(value, int) and not isinstance(value, bool)


def counted(number: int, what: str) -> str:
    """`1 token`, `2 tokens`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def shortened(text: str, limit: int = 40) -> str:
    """Return a string in quotes, shortened to about `limit` characters, with unprintable characters escaped."""
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")
