"""Reads what a spec says about itself without reading its layers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yaml.events import Event

WANTED = ("title", "family", "task", "also", "source")
LAST = ("inputs", "layers")
"""Keys after which a spec that has said its title and family says no more about itself."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a spec says about its network; empty if it does not or cannot be read. `also` are other names."""

    title: str = ""
    family: str = ""
    task: str = ""
    also: str = ""
    source: str = ""

    @property
    def other_names(self) -> tuple[str, ...]:
        """Return the other names that the network is known by."""
        return tuple(name.strip() for name in self.also.split(",") if name.strip())


def plain(name: str) -> str:
    """Return the letters and digits of a name in lower case, as names are compared: R(2+1)D-18 is r2plus1d_18."""
    return re.sub(r"[^a-z0-9]", "", name.lower().replace("+", "plus"))


def read_metadata(path: Path) -> Metadata:
    """Return what a spec file says about its network; reading stops at its inputs, so later errors are not found."""
    found: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8") as text:
            for key, value in _pairs(yaml.parse(text)):
                if key in WANTED and value is not None:
                    found[key] = value
                if key in LAST and {"title", "family"} <= found.keys():
                    break
    except (OSError, UnicodeError, yaml.YAMLError):
        pass
    return Metadata(**found)


def _pairs(events: Iterator[Event]) -> Iterator[tuple[str, str | None]]:
    """The top-level keys, with their value if it is a scalar."""
    depth, key = 0, None
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            if depth == 1 and key is not None:
                yield key, None
            depth, key = depth + 1, None
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif depth == 1 and isinstance(event, yaml.ScalarEvent):
            if key is not None:
                yield key, event.value
            key = event.value if key is None else None
