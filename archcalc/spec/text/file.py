"""The text of a file: bytes that are really text in UTF-8, and not too many."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from io import UnsupportedOperation
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from archcalc.core.problem import Problem, Source, SpecError, did_you_mean
from archcalc.core.source_files import note_read
from archcalc.spec.text.source import MAX_BYTES, check_size, location_at, refusal, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NEIGHBOURS = 100
START = 65_536
"""Bytes of a file by which its format is recognized."""


def read_text(path: Path, display_name: str) -> tuple[Source, str]:
    """The text of a file, and the source that problems in it refer to by `display_name`.

    SpecError when there is no such file, it is a directory, it cannot be read, is too long, is no text in UTF-8, or is
    recognizably a file of another tool.
    """
    with _opened(path, display_name) as file:
        start = file.read(START)
        _check_format(start, display_name)
        check_size(os.fstat(file.fileno()).st_size, display_name)
        return decode(start + file.read(MAX_BYTES + 1), display_name)


def read_foreign(path: Path, display_name: str) -> tuple[Source, str]:
    """The text of a file of another tool and its source; SpecError as for `read_text`, whatever its format."""
    with _opened(path, display_name) as file:
        check_size(os.fstat(file.fileno()).st_size, display_name)
        return decode(file.read(MAX_BYTES + 1), display_name)


def read_start(path: Path, display_name: str) -> bytes:
    """The first bytes of a file, by which its format is recognized; SpecError as for `read_text`."""
    with _opened(path, display_name) as file:
        return file.read(START)


def check_format(name: str) -> None:
    """Raise SpecError for a file that is recognizably of another tool; return for every other name."""
    path = Path(name)
    if path.is_file():
        _check_format(read_start(path, name), name)


def _check_format(start: bytes, display_name: str) -> None:
    """Raise SpecError for a file of another tool."""
    if b"archcalc:" in start:
        return
    from archcalc.spec.other_formats import recognized

    found = recognized(display_name, start)
    if found is not None:
        raise refusal(display_name, found.name, "a spec", found.advice)


@contextmanager
def _opened(path: Path, display_name: str) -> Iterator[BinaryIO]:
    """Open a file to read its bytes; SpecError for whatever goes wrong with that."""
    try:
        if path.is_dir():
            raise refusal(display_name, "a directory", "a file")
        with path.open("rb") as file:
            note_read(os.fstat(file.fileno()))
            yield file
    except (FileNotFoundError, NotADirectoryError):
        raise refusal(display_name, "no such file", "", _neighbor(path)) from None
    except PermissionError:
        raise refusal(display_name, "a file that may not be read", "permission to read it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refusal(display_name, f"a file that cannot be read: {reason}") from None


def read_standard_input(display_name: str) -> tuple[Source, str]:
    """The text of standard input; SpecError as for a file, and when it is closed."""
    if sys.stdin is None:
        raise refusal(display_name, "a closed standard input", "text")
    try:
        with suppress(UnsupportedOperation):  # one that somebody put in its place
            note_read(os.fstat(sys.stdin.fileno()))
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
        _check_format(data[:START], display_name)
        return decode(data, display_name)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refusal(display_name, f"a standard input that cannot be read: {reason}") from None


def decode(data: bytes, name: str) -> tuple[Source, str]:
    """Return the text of bytes and its source; raise SpecError if they are not UTF-8."""
    check_size(len(data), name)
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        raise refusal(name, "text in UTF-16 or UTF-32", "text in UTF-8")
    if b"\0" in data:
        raise refusal(name, "binary data", "text in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()  # without the mark that may stand first in the file
        found = f"the byte 0x{error.object[error.start]:02x}, which is no text in UTF-8"
        place = location_at(Source(name), before, len(before))
        raise SpecError([Problem(place, found, "text in UTF-8")]) from None
    return source_of(name, text), text


def _neighbor(path: Path) -> str:
    return did_you_mean(path.name, (file for file in yaml_files(path.parent) if file != path.name))


def yaml_files(folder: Path) -> list[str]:
    """Names of the YAML files in a folder, a hundred at most; none when it cannot be read."""
    try:
        return [file.name for file in islice(folder.glob("*.y*ml"), MAX_NEIGHBOURS)]
    except (OSError, ValueError):
        return []
