"""A journal of outcomes: what a search that is killed at any moment has found, so that it need not be found again."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING, Any

from archcalc._version import __version__
from archcalc.core.problem import OutputError, UsageError
from archcalc.core.source_files import was_read
from archcalc.design.evolution import pymoo_version
from archcalc.design.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archcalc.design.model import SearchFile
    from archcalc.design.options import Options

FORMAT = 1


class Journal:
    """A file with a line for each part of a search that is done; a line that was not written to its end is dropped."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        """Open a journal, or begin one.

        Raises:
            OutputError: the file cannot be written.
            UsageError: it is the journal of another search, or in use, or no journal.
        """
        self._path = path
        self._known: dict[str, list[Any]] = {}
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        except (OSError, ValueError) as error:
            raise OutputError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from None
        try:
            self._check_free()
            self._read(fingerprint)
        except BaseException:
            os.close(self._file)
            raise

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    @property
    def parts(self) -> int:
        """Return how many parts of the search were found in the file."""
        return len(self._known)

    def outcomes(self, key: str) -> list[Outcome] | None:
        """Return the outcomes of a part, None where it is not known."""
        found = self._known.pop(key, None)
        return None if found is None else [Outcome(*each) for each in found]

    def add(self, key: str, outcomes: Sequence[Outcome]) -> None:
        """Write the outcomes of a part; OutputError if there is no room, and what was written before is kept."""
        self._write({"part": key, "outcomes": outcomes})

    def _check_free(self) -> None:
        status = os.fstat(self._file)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{self._path} is no file that can be read again; expected one for the journal")
        if was_read(status):
            raise UsageError(f"this command reads {self._path}; expected another file for the journal")
        try:
            import fcntl
        except ImportError:
            return  # not on this system
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(f"{self._path} is the journal of a search that is running") from None

    def _read(self, fingerprint: str) -> None:
        whole, length = 0, 0
        for line in self._lines():
            length += len(line)
            found = _parsed(line)
            if found is None:
                break
            if not whole:
                self._check_head(found, fingerprint)
            elif "part" in found:
                self._known[found["part"]] = found["outcomes"]
            whole = length
        head = {"journal": FORMAT, "archcalc": __version__, "search": fingerprint}
        if not whole and not _line(head).startswith(os.pread(self._file, len(_line(head)) + 1, 0)):
            self._check_head({}, fingerprint)
        self._truncate(whole)
        if not whole:
            self._write(head)

    def _lines(self) -> Iterator[bytes]:
        with os.fdopen(os.dup(self._file), "rb") as file:
            yield from file

    def _check_head(self, head: dict[str, Any], fingerprint: str) -> None:
        if "journal" not in head:
            raise UsageError(f"{self._path} is no journal of a search; expected one, or a new file")
        if head["archcalc"] != __version__ or head["journal"] != FORMAT:
            found = f"{self._path} is a journal of archcalc {head['archcalc']}"
            raise UsageError(f"{found}; this is {__version__}, whose figures may differ")
        if head["search"] != fingerprint:
            raise UsageError(f"{self._path} is the journal of another search, or its files have changed since")

    def _truncate(self, length: int) -> None:
        if length < os.fstat(self._file).st_size:
            os.ftruncate(self._file, length)

    def _write(self, line: dict[str, Any]) -> None:
        rest = memoryview(_line(line))
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror}; what it holds is kept") from None


def _line(described: dict[str, Any]) -> bytes:
    return json.dumps(described, separators=(",", ":")).encode() + b"\n"


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The object in a line, None where it was not written to its end."""
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def fingerprint(search: SearchFile, options: Options) -> str:
    """Return a number that differs where the texts of the search do, or which designs are chosen."""
    chosen: list[object] = [options.draw, options.seed if options.draw else 0]
    if options.evaluations is not None:
        chosen += [options.evaluations, options.seed, pymoo_version()]
    whole = json.dumps([search.name, *chosen, *search.texts])
    return hashlib.sha256(whole.encode()).hexdigest()
