"""Reads title and family of a spec without reading its layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yaml.events import Event

WANTED = ("title", "family")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Title and family of a network; empty if its spec has none or cannot be read."""

    title: str = ""
    family: str = ""


def read_metadata(path: Path) -> Metadata:
    """Return title and family of a spec file; reading stops when both are known, so later errors are not found."""
    found: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8") as text:
            for key, value in _pairs(yaml.parse(text)):
                if key in WANTED:
                    found[key] = value
                if len(found) == len(WANTED):
                    break
    except (OSError, UnicodeError, yaml.YAMLError):
        pass
    return Metadata(**found)


def _pairs(events: Iterator[Event]) -> Iterator[tuple[str, str]]:
    """The top-level keys that have a scalar value, with it."""
    depth, key = 0, None
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth, key = depth + 1, None
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif depth == 1 and isinstance(event, yaml.ScalarEvent):
            if key is not None:
                yield key, event.value
            key = event.value if key is None else None
