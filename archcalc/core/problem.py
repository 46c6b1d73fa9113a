"""Problems: what is wrong, where, what was expected, and the nearest known name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Source:
    """A text that was read, kept so that a problem can show the line at fault."""

    name: str
    lines: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty when there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


class Location(NamedTuple):
    """A place in a source; line and column are counted from 1, and 0 means the whole file."""

    source: Source
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.source.name
        return f"{self.source.name}:{self.line}:{self.column}"


MOST_CHARACTERS = 250
MOST_PROBLEMS = 100  # looked for in one stage


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 3] + "..."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `found` says what is there, `expected` what should be, `hint` what to do about it. `related` holds further
    places, such as where a block was defined and where it was used.
    """

    location: Location
    found: str
    expected: str = ""
    hint: str = ""
    related: tuple[tuple[Location, str], ...] = ()

    @property
    def message(self) -> str:
        """`found; expected this or that (hint)` on one line."""
        found, expected, hint = (_cut(text) for text in (self.found, self.expected, self.hint))
        text = f"{found}; expected {expected}" if expected else found
        return f"{text} ({hint})" if hint else text

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"


class SpecError(Exception):
    """A spec cannot be used; `problems` lists everything that was found wrong, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[SpecError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class UsageError(ValueError):
    """A caller asks for what does not exist: a parameter, an input, a column that nobody declared."""


class OutputError(UsageError):
    """Output cannot be written: a disk is full, a stream closed, a folder not there or not permitted."""


class BrokenPipe(OutputError):
    """Whoever read the output has gone."""


class Unavailable(Exception):
    """Something that the work needs is not there: a library, a device, memory."""


class DeviceFailed(Unavailable):
    """A device cannot be used again by this process, as after an illegal access to its memory."""


class OperatorError(ValueError):
    """An operator states a fact about its arguments or inputs; whoever called it knows the place.

    `argument` names the argument at fault, if one is.
    """

    def __init__(self, found: str, expected: str = "", *, argument: str = "", hint: str = "") -> None:
        self.found = found
        self.expected = expected
        self.argument = argument
        self.hint = hint
        super().__init__(f"{found}; {expected}" if expected else found)


# Likeness takes time with the product of the lengths and with the number of names.
MOST_COMPARED = 50
MOST_NAMES = 1_000


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None when none is close; `out_channels` is close to `out`, `t` to `T`."""
    if len(name) > MOST_COMPARED:
        return None
    return _nearest(name, tuple(each for each in islice(known, MOST_NAMES) if len(each) <= MOST_COMPARED))


@lru_cache
def _nearest(name: str, names: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches

    same = [each for each in names if name.casefold() == each.casefold()]
    matches = same or get_close_matches(name, names, n=1, cutoff=0.6)
    matches = matches or [each for each in names if name.startswith(f"{each}_")]
    return matches[0] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint with the nearest known name, or the empty string."""
    match = nearest(name, known)
    return f"did you mean {match!r}?" if match else ""


def nearest_paths(path: str, paths: Iterable[str]) -> str:
    """`; did you mean conv3d_2, conv3d?`: a few layers whose paths are like `path` or hold it, or the empty string."""
    from difflib import get_close_matches

    known = [each for each in paths if len(each) <= MOST_COMPARED] if len(path) <= MOST_COMPARED else []
    close = get_close_matches(path, known, n=4, cutoff=0.5) or [each for each in known if path and path in each][:4]
    return "; did you mean " + ", ".join(close) + "?" if close else ""
