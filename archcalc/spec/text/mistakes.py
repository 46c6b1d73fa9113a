"""Mistakes in the syntax of YAML, in our words."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from archcalc.core.messages import shortened
from archcalc.core.problem import Location, Problem, Source
from archcalc.spec.text.colon import colon_problem
from archcalc.spec.text.source import location_at

MAX_WORD = 100
MAX_DEPTH = 100
"""Lists and mappings inside one another; libyaml from 0.2.6 on has a limit of its own, which is higher."""


class _Mistake(NamedTuple):
    """A pattern of a message of libyaml or PyYAML, and our message; `{here}` is the text at the location."""

    said: str
    found: str
    expected: str = ""
    hint: str = ""
    at_opening: bool = False


_MISTAKES = (
    _Mistake("nesting (depth|level)", f"data nested more than {MAX_DEPTH} deep", f"at most {MAX_DEPTH}"),
    _Mistake("cannot start any token", "a string that begins with {here}", "", "put the string in quotes"),
    _Mistake("entries are not allowed", "a list item after other text", "each '- ' on a separate line"),
    _Mistake("quoted.*(end of stream|document separator|document indicator)", "a quote that is never closed",
             "the same quote at the end of the string", at_opening=True),
    _Mistake("escape|hexadecimal|quoted", "a backslash that begins no known escape", "an escape such as \\n or \\\\",
             "in single quotes a backslash is a plain character"),
    _Mistake("flow sequence", "{here}", "',' or ']' in the list", "quote a string that contains , [ ] { } or ': '"),
    _Mistake("flow mapping", "{here}", "',' or '}' in the mapping", "quote a string that contains , [ ] { } or ': '"),
    _Mistake("node content", "{here}", "a value"),
    _Mistake("block collection", "{here}", "'- ' in the column where the list begins", "check the indentation"),
    _Mistake("block mapping", "{here}", "a key in the column where the mapping begins",
             "check the indentation, or quote the whole text"),
    _Mistake(r"\btag\b", "a tag that cannot be read", "no tag", "quote a string that begins with '!'"),
    _Mistake("anchor|alias", "'&' or '*' without a name", "a name of letters and digits", "or the string in quotes"),
    _Mistake("block scalar", "{here} after '|' or '>'", "the text on the next lines"),
    _Mistake("<?document start", "{here} after the end of the data", "one mapping", "check the indentation"),
    _Mistake("directive|incompatible", "a directive that is not known", "no line that begins with %"),
    _Mistake("expected ':'|simple key", "a key without ':'", "key: value", "check the indentation", at_opening=True),
)  # fmt: skip
_TAB = _Mistake("tab", "a tab", "spaces for indentation")
_COLON = _Mistake("node content", "a ':' without a key", "key: value")


def syntax_problem(error: yaml.YAMLError, source: Source, text: str) -> Problem:
    """What the YAML parser complains of, in our words and at the place where a reader would look."""
    mark: yaml.Mark | None = getattr(error, "problem_mark", None)
    opening: yaml.Mark | None = getattr(error, "context_mark", None)
    if mark is None:
        return Problem(Location(source), f"text that is not YAML: {shortened(str(error))[1:-1]}")
    said = f"{getattr(error, 'context', '')} {getattr(error, 'problem', '')}"
    place = _place_of_word(source, text, mark.index)
    if "values are not allowed" in said:
        return colon_problem(place)
    mistake = _mistake(said, text[mark.index : mark.index + 1])
    start = _place_of_word(source, text, opening.index) if opening else place
    found = mistake.found.format(here=_here(text, mark.index))
    related = () if start == place else ((start, "begins here"),)
    if mistake.at_opening:
        return Problem(start, found, mistake.expected, mistake.hint)
    opened = text[opening.index : opening.index + 1] if opening else ""
    if opened in ("[", "{") and mark.index >= len(text.rstrip()):
        return Problem(start, f"a {opened!r} that is never closed", mistake.expected)
    return Problem(place, found, mistake.expected, mistake.hint, related)


def _mistake(said: str, character: str) -> _Mistake:
    if character == "\t" or "tab character" in said:
        return _TAB
    if character == ":" and "node content" in said:
        return _COLON
    unknown = _Mistake("", "text that is not YAML", said)
    return next((each for each in _MISTAKES if re.search(each.said, said)), unknown)


def _here(text: str, index: int) -> str:
    """Describe the text at a location."""
    if index >= len(text.rstrip()):
        return "the end of the text"
    word = _WORD.match(text[index : index + MAX_WORD])
    return shortened(word[0]) if word else "the end of the line"


def _place_of_word(source: Source, text: str, index: int) -> Location:
    """The place of the word at an index; at the end of the text, that of the end."""
    index = min(index, len(text.rstrip()))
    word = _WORD.match(text[index : index + MAX_WORD])
    return location_at(source, text, index, len(word[0]) if word else 0)


_WORD = re.compile(r"[\w.$-]+|.")
