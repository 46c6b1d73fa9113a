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
    """A text that was read; it is kept so that a problem can show its line."""

    name: str
    lines: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def line(self, number: int) -> str:
        """Return a line, counted from 1; empty if there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


class Location(NamedTuple):
    """A location in a source; line and column are counted from 1, and 0 means the whole file.

    Columns count code points. The end is that of the words at fault, after their last character; it is 0 where only
    the start is known.
    """

    source: Source
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

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
    """One problem in a spec.

    `found` says what was found, `expected` what was expected, `hint` what to do. `related` has more locations, such
    as where a block is defined and where it is called.
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
    """A spec cannot be used; `problems` lists all problems in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[SpecError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class UsageError(ValueError):
    """The caller names something that does not exist, such as a parameter, an input or a column."""


class OutputError(UsageError):
    """Output cannot be written: the disk is full, a stream is closed, a folder is missing or not permitted."""


class BrokenPipe(OutputError):
    """The reader of the output has closed it."""


class Unavailable(Exception):
    """Something that is needed is missing: a library, a device, memory."""


class DeviceFailed(Unavailable):
    """This process cannot use the device again, for instance after an illegal memory access."""


class OperatorError(ValueError):
    """An operator refuses its arguments or inputs; the caller adds the location.

    `argument` names the wrong argument, if there is one.
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
    """Return the known name most similar to `name`, or None; `out_channels` is similar to `out`, `t` to `T`."""
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
    """Return a hint with the nearest known name, or an empty string."""
    match = nearest(name, known)
    return f"did you mean {match!r}?" if match else ""


def nearest_paths(path: str, paths: Iterable[str]) -> str:
    """`; did you mean conv3d_2, conv3d?`: a few layers whose paths are like `path` or hold it, or the empty string."""
    from difflib import get_close_matches

    known = [each for each in paths if len(each) <= MOST_COMPARED] if len(path) <= MOST_COMPARED else []
    close = get_close_matches(path, known, n=4, cutoff=0.5) or [each for each in known if path and path in each][:4]
    return "; did you mean " + ", ".join(close) + "?" if close else ""
