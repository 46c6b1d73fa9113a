"""The user's own file: followed while the page is open, and saved from it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.problem import SpecError, UsageError
from archcalc.render.files import write_bytes
from archcalc.spec.text import decode

if TYPE_CHECKING:
    from pathlib import Path

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Content(NamedTuple):
    """What a file holds: its text with a line feed after each line, and a version that differs for other bytes."""

    text: str
    version: str


class Conflict(UsageError):
    """The file has changed on the disk since the version that the page has."""


class UserFile:
    """One file; nothing else is read or written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """Return the name without its folder."""
        return self.path.name

    def read(self) -> Content:
        """Return what the file holds; UsageError where it cannot be read or is no text."""
        data = self._bytes()
        try:
            text = decode(data, self.name)[1]
        except SpecError as error:
            raise UsageError(error.problems[0].message) from None
        return Content(text.replace("\r\n", "\n"), _version(data))

    def save(self, text: str, version: str) -> Content:
        """Write a text, with the ends of lines that the file had; Conflict where it is not that version any more."""
        before = self._bytes()
        if _version(before) != version:
            raise Conflict(
                f"{self.name} has changed on the disk since the page read it; load it again, or copy the text"
            )
        if b"\r\n" in before:
            text = text.replace("\n", "\r\n")
        data = (BYTE_ORDER_MARK if before.startswith(BYTE_ORDER_MARK) else b"") + text.encode()
        write_bytes(str(self.path), data)
        return Content(text, _version(data))

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise UsageError(f"{self.name} cannot be read: {error.strerror}") from None


def _version(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]
