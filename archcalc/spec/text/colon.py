"""A ': ' where YAML takes no key: why, at the place of the cause."""

from __future__ import annotations

import re

from archcalc.core.problem import Location, Problem

_SECOND = re.compile(r":\s")
_GLUED = re.compile(r"[\s-]*[\w.]+(:)[^\s:/]")


def colon_problem(place: Location) -> Problem:
    """What is wrong with the colon at a place, which YAML did not take as the end of a key."""
    line, above, number = place.source.line(place.line), "", place.line
    while not _content(above) and number > 1:
        number -= 1
        above = place.source.line(number)
    if _SECOND.search(line[: place.column - 1]):
        return Problem(
            place, "a second ': ' in one line", "one key in a line", "put a string that contains ': ' in quotes"
        )
    if (glued := _GLUED.match(above)) and not _SECOND.search(above):
        cause = Location(place.source, number, glued.start(1) + 1)
        return Problem(cause, "a ':' without a space after it", "key: value")
    if _indent(line) > _indent(above):
        key = Location(place.source, place.line, _indent(line) + 1)
        found = "a key indented more than the line before it, which already has a value"
        return Problem(key, found, "keys of one mapping in the same column")
    hint = "put a string that contains ': ' in quotes, or check the indentation"
    return Problem(place, "a ':' without a key before it", "key: value", hint)


def _content(line: str) -> bool:
    text = line.strip()
    return bool(text) and not text.startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
