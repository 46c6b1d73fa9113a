"""How large anything in a formula may become."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from archcalc.core.messages import MAX_NUMBER
from archcalc.spec.formula.error import FormulaError

MAX_TEXT = 10_000
MAX_LIST = 10_000


def within_limits(value: Any) -> Any:
    """The value itself; FormulaError when it is too large, or nothing that a formula may have."""
    kind = type(value)
    if kind is int:
        if -MAX_NUMBER <= value <= MAX_NUMBER:
            return value
        raise FormulaError("a number beyond 10^18", "a smaller one")
    if kind is float and not math.isfinite(value):
        raise FormulaError("a value that is infinite or no number", "a finite number")
    if kind is str and len(value) > MAX_TEXT:
        raise FormulaError(f"a string of {len(value):,} characters", f"at most {MAX_TEXT:,}")
    if kind in (list, tuple) and len(value) > MAX_LIST:
        raise FormulaError(f"a list of {len(value):,}", f"at most {MAX_LIST:,}")
    if kind in _PLAIN or isinstance(value, Mapping):
        return value
    raise FormulaError(f"a value of type {kind.__name__}", "a number, text, list or mapping")


_PLAIN = frozenset({bool, float, str, list, tuple, type(None)})


def short_list(items: list[object]) -> list[object]:
    """The list itself; FormulaError when it is too large."""
    within_size(items)
    return items


def within_size(value: object) -> int:
    """Count what is nested in a list or mapping, again wherever it is repeated; FormulaError when it is too much."""
    pending: list[object] = [value]
    size = 0
    while pending:
        value = pending.pop()
        if isinstance(value, (str, list, tuple, dict)):
            size += len(value)
        if size > MAX_LIST:
            raise FormulaError("a list with too much in it", f"at most {MAX_LIST:,} entries and characters in all")
        if isinstance(value, (list, tuple, dict)):
            pending += inner(value.values() if isinstance(value, dict) else value)
    return size


def inner(values: Collection[object]) -> Collection[object]:
    """The values that may hold others; none for the many lists of nothing but numbers."""
    return () if set(map(type, values)) <= NUMBERS else values


NUMBERS = frozenset({bool, int, float})
