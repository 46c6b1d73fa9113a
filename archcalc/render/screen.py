"""Lines of text on a terminal, in a pipe or in a buffer."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import NamedTuple, TextIO

UNLIMITED = 10_000
"""Characters in a line where nothing limits it."""

BOLD, DIM, RED, YELLOW = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m"
_END, _CLEAR = "\x1b[0m", "\x1b[H\x1b[2J\x1b[3J"


class Screen(NamedTuple):
    """A stream of text with its width in characters, and whether it shows styles."""

    stream: TextIO
    width: int = UNLIMITED
    shows_styles: bool = False

    @property
    def rule(self) -> str:
        """One character of a horizontal line, in the encoding of the stream."""
        return "-" if "\u2500".encode(getattr(self.stream, "encoding", None) or "utf-8", "ignore") == b"" else "\u2500"

    def styled(self, text: str, style: str) -> str:
        """Return a text in a style (`BOLD`, `DIM`, `RED`, `YELLOW`), or unchanged if the stream has no styles."""
        return f"{style}{text}{_END}" if style and self.shows_styles else text

    def line(self, text: str = "", style: str = "") -> None:
        """Write one line, in a style where the stream shows styles."""
        self.stream.write(self.styled(text, style) + "\n")

    def clear(self) -> None:
        """Empty a terminal and go to its first line."""
        self.stream.write(_CLEAR)

    def flush(self) -> None:
        """Show what was written."""
        self.stream.flush()


def screen(stream: TextIO | None = None) -> Screen:
    """Return the screen of a stream, standard output by default.

    It is as wide as the terminal, or as the environment variable COLUMNS says; lines in a pipe are not limited.
    Styles need a terminal, and neither NO_COLOR nor TERM=dumb.
    """
    stream = stream or sys.stdout
    _replace_what_cannot_be_encoded(stream)
    terminal = stream.isatty()
    limited = terminal or _columns() > 0
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Screen(stream, _width() if limited else UNLIMITED, terminal and not plain)


def _width() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _replace_what_cannot_be_encoded(stream: TextIO) -> None:
    if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="replace")


def _columns() -> int:
    text = os.environ.get("COLUMNS", "")
    return int(text) if text.isascii() and text.isdigit() else 0
