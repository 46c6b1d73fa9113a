"""Texts and pictures in files: all of one or none of it, and never over what was read."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from archcalc import interrupts
from archcalc.core.problem import BrokenPipe, OutputError, UsageError
from archcalc.core.source_files import was_read

STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
"""Names of standard output; the last three are it in a pipe too, where no file of that name can be replaced."""


def write_text(path: str, text: str) -> None:
    """Write a file so that it holds the old text or the whole new one, never a part; a name of standard output prints.

    Raises:
        OutputError: the file cannot be written.
        UsageError: the file is a spec or library that this command has read.
    """
    if path in STANDARD_OUTPUT:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_bytes(path, text.encode())


def write_bytes(path: str, content: bytes | bytearray) -> None:
    """Write bytes in the same way."""
    if path in STANDARD_OUTPUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    if "\0" in path:
        raise OutputError(f"cannot write {path!r}: no file has such a name")
    try:
        _write(path, content)
    except BrokenPipeError:
        raise BrokenPipe from None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None


def _write(path: str, content: bytes | bytearray) -> None:
    target, status = Path(os.path.realpath(path)), _status(path)
    if status is None:
        _create(target, content)
    elif was_read(status):
        raise UsageError(f"this command reads {path}; expected another file for the output")
    elif stat.S_ISREG(status.st_mode):
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "Permission denied")
        _replace(target, content, stat.S_IMODE(status.st_mode) & 0o777)
    else:  # a pipe or a device: to put a file in its place would take it away
        with open(path, "wb") as stream:
            stream.write(content)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _create(target: Path, content: bytes | bytearray) -> None:
    """Write a new file, as widely readable as any other of the user's."""
    mask = os.umask(0)
    os.umask(mask)
    _replace(target, content, 0o666 & ~mask)


def _replace(target: Path, content: bytes | bytearray, mode: int) -> None:
    """Write to a temporary file in the folder of the target, then rename it."""
    temporary = target.with_name(f".archcalc-{os.urandom(6).hex()}")
    try:
        if not _write_unnamed(temporary, content, mode):
            _write_named(temporary, content, mode)
        interrupts.check()
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _write_unnamed(path: Path, content: bytes | bytearray, mode: int) -> bool:
    """Write a file that gets its name when it is whole: a killed process leaves none. False where that fails."""
    try:
        descriptor = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, 0o600)
    except (AttributeError, OSError):  # not Linux, or a file system without it
        return False
    with open(descriptor, "wb") as file:
        _fill(file.fileno(), content, mode)
        try:
            # With a folder given, though the path is absolute: only then does Python ask to follow the link in /proc.
            os.link(f"/proc/self/fd/{file.fileno()}", path, src_dir_fd=file.fileno(), follow_symlinks=True)
        except OSError:
            return False
    return True


def _write_named(path: Path, content: bytes | bytearray, mode: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        _fill(file.fileno(), content, mode)


def _fill(descriptor: int, content: bytes | bytearray, mode: int) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fchmod(descriptor, mode)
