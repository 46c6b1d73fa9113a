"""One YAML document as nodes, or all that is wrong with it."""

from __future__ import annotations

import json
import re

import yaml

from archcalc.core.problem import Location, Problem, Source, SpecError
from archcalc.spec.text.builder import Builder, StopReading
from archcalc.spec.text.mistakes import syntax_problem
from archcalc.spec.text.nodes import Node
from archcalc.spec.text.source import check_size, location_at, source_of

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_CONTROLS = "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
_UNPRINTABLE = _CONTROLS + "|[\ud800-\udfff]|[\ufffe\uffff]"  # one set of all would compile ten times as long
_TAG_DIRECTIVE = r"(?:^|(?<=[\r\n\x85\u2028\u2029]))%TAG"


def parse(text: str, name: str | Source) -> Node:
    """Return the data of one YAML document; problems refer to `name`, or to the source of the text.

    Values follow the core schema of YAML 1.2: `no` is a string, `1e-5` a number. A node that an alias repeats is
    one shared object. SpecError with all problems that were found before reading had to stop.
    """
    text = text.removeprefix("\ufeff")
    source = name if isinstance(name, Source) else source_of(name, text)
    _check_characters(text, source)
    builder = Builder(source, text)
    try:
        builder.read(_LOADER(text))
    except StopReading:
        pass
    except yaml.YAMLError as error:
        builder.problems.append(syntax_problem(error, source, text))
    except (ValueError, OverflowError) as error:  # the loader written in Python lets some of these through
        builder.problems.append(Problem(Location(source), f"text that is not YAML: {error}"))
    return builder.finish()


def data_text(data: object) -> str:
    """Return plain data as a text that `parse` reads as the same data; TypeError or ValueError for other data."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)
    return text.translate(_ESCAPES)


_ESCAPES = {ord(each): f"\\u{ord(each):04x}" for each in "\x7f\x85\u2028\u2029"}
"""What JSON leaves as it is in a string and YAML takes for the end of a line, or for no text."""


def _check_characters(text: str, source: Source) -> None:
    check_size(len(text), source.name)
    if match := re.search(_CONTROLS if text.isascii() else _UNPRINTABLE, text):
        found = f"the character U+{ord(match[0]):04X}, which cannot be printed"
        raise SpecError([Problem(location_at(source, text, match.start()), found, "text")])
    # Refused before the parser sees them: it takes time with the square of their number.
    if "%TAG" in text and (match := re.search(_TAG_DIRECTIVE, text)):
        raise SpecError([Problem(location_at(source, text, match.start()), "a %TAG directive", "no directives")])
