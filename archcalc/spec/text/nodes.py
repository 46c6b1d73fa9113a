"""The data of a text: values, lists and mappings, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from archcalc.core.messages import describe_value
from archcalc.core.problem import Location

ScalarValue: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; `text` is the value as written, without quotes."""

    value: ScalarValue
    location: Location
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A YAML list with its location."""

    items: tuple[Node, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Mapping:
    """A YAML mapping: distinct string keys with their values, in the order of the text."""

    entries: tuple[tuple[Scalar, Node], ...]
    location: Location

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in the order of the text."""
        return tuple(str(key.value) for key, _ in self.entries)

    def get(self, key: str) -> Node | None:
        """Return the value of a key; None if there is no such key."""
        return next((value for name, value in self.entries if name.value == key), None)


Node: TypeAlias = Scalar | Sequence | Mapping


def plain(node: Node) -> Any:
    """A node as ordinary Python data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {str(key.value): plain(value) for key, value in node.entries}


def describe(node: Node) -> str:
    """A node in words, for messages: a list of 3, the string 'abc', true."""
    if isinstance(node, Scalar):
        return describe_value(node.value)
    if isinstance(node, Sequence):
        return describe_value(node.items)
    return "a mapping" if node.entries else "an empty mapping"
