"""Locations in a text, and the refusal of a whole file."""

from __future__ import annotations

import re

from archcalc.core.problem import Location, Problem, Source, SpecError

MAX_BYTES = 8_000_000

# What libyaml counts as the end of a line, so that our lines are its lines.
BREAK = re.compile(r"\r\n?|\n|\x85|\u2028|\u2029")


def source_of(name: str, text: str) -> Source:
    """The source that problems in a text refer to."""
    return Source(name, tuple(BREAK.split(text)))


def refusal(name: str, found: str, expected: str = "", hint: str = "") -> SpecError:
    """The error of a file that cannot be read at all."""
    return SpecError([Problem(Location(Source(name)), found, expected, hint)])


def check_size(size: int, name: str) -> None:
    """SpecError when a text is too long to be a spec."""
    if size > MAX_BYTES:
        raise refusal(name, "a string of more than 8 MB", "at most 8 MB")


def location_at(source: Source, text: str, index: int, length: int = 0) -> Location:
    """The place of the character with this index; with a length, the place of so many characters of that line."""
    line, start = 1, 0
    for match in BREAK.finditer(text, 0, index):
        line, start = line + 1, match.end()
    column = index - start + 1
    return Location(source, line, column, line, column + length) if length else Location(source, line, column)
