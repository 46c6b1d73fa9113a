"""What a page asks for, checked: plain data that may come from anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.core.messages import describe_value, is_whole
from archcalc.core.problem import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

Request = dict[str, Any]

MOST_TEXT = 1_000_000


def text_of(request: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """Return a text of a request; UsageError when it is no text, or too long."""
    value = request.get(key, default)
    if not isinstance(value, str):
        raise UsageError(f"{key}: {describe_value(value)}; expected a text")
    if len(value) > MOST_TEXT:
        raise UsageError(f"{key} of {len(value):,} characters; expected at most {MOST_TEXT:,}")
    return value


def texts_of(request: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return texts by name, none where the request has no such key."""
    value = request.get(key) or {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in (*value, *value.values())):
        raise UsageError(f"{key}: {describe_value(value)}; expected texts by name")
    return value


def list_of(request: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of texts, none where the request has no such key."""
    value = request.get(key) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UsageError(f"{key}: {describe_value(value)}; expected a list of texts")
    return tuple(value)


def positions_of(request: Mapping[str, Any]) -> dict[str, int]:
    """Return the positions by axis of the key `at`, none where there is no such key."""
    value = request.get("at") or {}
    if not isinstance(value, dict) or not all(is_whole(each) for each in value.values()):
        raise UsageError(f"at: {describe_value(value)}; expected a position by axis, such as T: 4")
    return {str(axis): int(each) for axis, each in value.items()}


def whole_of(request: Mapping[str, Any], key: str, default: int | None = None) -> int | None:
    """Return an integer of at least 1, or the default where the request has none."""
    value = request.get(key)
    if value is None:
        return default
    if not is_whole(value) or value < 1:
        raise UsageError(f"{key}: {describe_value(value)}; expected an integer of at least 1")
    return int(value)


def objects_of(request: Mapping[str, Any], key: str) -> list[Request]:
    """Return a list of objects."""
    value = request.get(key)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise UsageError(f"{key}: {describe_value(value)}; expected a list of objects")
    return value


def object_of(request: Mapping[str, Any], key: str) -> Request:
    """Return an object, an empty one where the request has no such key."""
    value = request.get(key) or {}
    if not isinstance(value, dict):
        raise UsageError(f"{key}: {describe_value(value)}; expected an object")
    return value
