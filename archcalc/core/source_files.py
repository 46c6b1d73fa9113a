"""The files that a command has read, so that it does not write over them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

_read: set[tuple[int, int]] | None = None


@contextmanager
def remembered() -> Iterator[None]:
    """Remember, inside the `with` block, which files are read: by device and number, so that links do not matter."""
    global _read
    before, _read = _read, set()
    try:
        yield
    finally:
        _read = before


def note_read(status: os.stat_result) -> None:
    """Remember a file that is read."""
    if _read is not None:
        _read.add((status.st_dev, status.st_ino))


def was_read(status: os.stat_result) -> bool:
    """Return whether a file is one that has been read."""
    return _read is not None and (status.st_dev, status.st_ino) in _read
