"""The text of a darknet configuration: sections with options, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from archcalc.core.messages import shortened
from archcalc.core.problem import MOST_PROBLEMS, Location, Problem, Source, SpecError
from archcalc.readers.network import MOST_LAYERS

_WHOLE = re.compile(r"[-+]?\d{1,9}")
_SECTION = re.compile(r"\[(\w+)\]")
COMMENTS = ("#", ";")


@dataclass(frozen=True, slots=True)
class Option:
    """The value of an option, as written but without spaces."""

    text: str
    location: Location


@dataclass(slots=True)
class Section:
    """A section such as [convolutional]; of an option that is repeated the first value counts, as in darknet."""

    word: str
    location: Location
    options: dict[str, Option] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        """Return whether an option is given and is not zero."""
        return key in self.options and self.options[key].text not in ("0", "none")

    def text(self, key: str, default: str) -> str:
        """Return an option as text."""
        return self.options[key].text if key in self.options else default

    def number(self, key: str, default: int) -> int:
        """Return an option as an integer; raise SpecError if it is none."""
        if key not in self.options:
            return default
        option = self.options[key]
        if _WHOLE.fullmatch(option.text) is None:
            raise _error(option.location, f"{key}={shortened(option.text)[1:-1]}", "an integer of at most 9 digits")
        return int(option.text)

    def positive(self, key: str, default: int) -> int:
        """Return an option as an integer of at least 1; raise SpecError if it is none."""
        value = self.number(key, default)
        if value < 1:
            raise _error(self.options[key].location, f"{key}={value}", "an integer of at least 1")
        return value

    def fraction(self, key: str, default: float) -> float:
        """Return an option as a number of at least 0; raise SpecError if it is none."""
        text = self.text(key, str(default))
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1e6:
            raise _error(self.options[key].location, f"{key}={shortened(text)[1:-1]}", "a number of at least 0")
        return value

    def numbers(self, key: str) -> tuple[int, ...]:
        """Return an option as integers with commas between; raise SpecError if it is missing or something else."""
        if key not in self.options:
            raise _error(self.location, f"[{self.word}] without {key}", f"{key}=, with the numbers of layers")
        option = self.options[key]
        parts = option.text.split(",")
        if not all(_WHOLE.fullmatch(part) for part in parts):
            raise _error(option.location, f"{key}={shortened(option.text)[1:-1]}", "integers with commas between")
        return tuple(map(int, parts))


def _error(location: Location, found: str, expected: str = "") -> SpecError:
    return SpecError([Problem(location, found, expected)])


def sections(source: Source) -> list[Section]:
    """Return the sections of a configuration; raise SpecError with every line that is none of its form."""
    found: list[Section] = []
    problems: list[Problem] = []
    for number, line in enumerate(source.lines, 1):
        bare = "".join(line.split())
        if not bare or bare.startswith(COMMENTS):
            continue
        place = Location(source, number, len(line) - len(line.lstrip()) + 1)
        if bare.startswith("["):
            _add_section(bare, place, found, problems)
        else:
            _add_option(bare, place, found, problems)
        if len(problems) >= MOST_PROBLEMS:
            break
        if len(found) > MOST_LAYERS:
            problems.append(Problem(place, f"more than {MOST_LAYERS:,} sections", "fewer"))
            break
    if problems:
        raise SpecError(problems)
    if not found or found[0].word not in ("net", "network"):
        place = found[0].location if found else Location(source)
        raise _error(place, f"[{found[0].word}] as the first section" if found else "no section", "[net]")
    return found


def _add_section(bare: str, place: Location, found: list[Section], problems: list[Problem]) -> None:
    match = _SECTION.match(bare)
    if match is None:
        problems.append(Problem(place, f"{shortened(bare)} as the head of a section", "a word in brackets, as [net]"))
    else:
        found.append(Section(match[1], place))


def _add_option(bare: str, place: Location, found: list[Section], problems: list[Problem]) -> None:
    key, equals, value = bare.partition("=")
    if not key or not equals:
        problems.append(Problem(place, shortened(bare), "option=value, or a section in brackets"))
    elif not found:
        problems.append(Problem(place, f"the option {shortened(key)} before any section", "[net] first"))
    else:
        found[-1].options.setdefault(key, Option(value, place))
