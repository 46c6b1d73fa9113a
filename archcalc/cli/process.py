"""The process of a command: its standard streams and its exit code."""

from __future__ import annotations

import atexit
import io
import os
import sys
from contextlib import suppress
from select import select
from typing import TYPE_CHECKING, TextIO

from archcalc import interrupts
from archcalc.core.problem import BrokenPipe, OutputError

if TYPE_CHECKING:
    from typing import NoReturn

STDOUT, STDERR = 1, 2


def run_process() -> NoReturn:
    """Run the command that the arguments name, and exit with its code."""
    interrupts.begin()
    try:
        open_streams()
        from archcalc.cli.main import main

        main(prog_name="archcalc")
    except KeyboardInterrupt:
        code: object = interrupts.EXIT_CODE
    except SystemExit as end:
        code = end.code
    interrupts.finish()
    _leave(interrupts.EXIT_CODE if interrupts.seen() else code)


def _leave(code: object) -> NoReturn:
    """Exit; at once where nothing waits for the end of Python, which would take all objects down one by one."""
    if isinstance(code, int) and not atexit._ncallbacks():
        with suppress(OSError, OutputError):  # of a command that was interrupted; others have written it all
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)  # type: ignore[arg-type]


def open_streams() -> None:
    """Replace standard output by a stream that fails if it is not written completely, and make stderr never fail."""
    closed = _fill_closed()
    sys.stdout = _text(_Output(STDOUT, closed=STDOUT in closed), sys.stdout, "strict")
    sys.stderr = _text(_Errors(STDERR, "w", closefd=False), sys.stderr, "backslashreplace")


def _fill_closed() -> set[int]:
    """Open the null device for each closed standard stream; otherwise the next opened file would get its descriptor."""
    closed = set()
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        closed.add(descriptor)
    os.close(descriptor)
    return closed


def _text(raw: io.FileIO, before: TextIO | None, errors: str) -> TextIO:
    """Return a buffered text stream; with PYTHONUNBUFFERED, a full disk would truncate the text without an error."""
    encoding = before.encoding if before is not None else "utf-8"
    if encoding.lower().replace("-", "") == "utf8":
        errors = "backslashreplace"  # all that UTF-8 lacks are the bytes of file names that are no text
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, line_buffering=raw.isatty())


class _Output(io.FileIO):
    """Standard output; OutputError says why it cannot be written."""

    def __init__(self, descriptor: int, *, closed: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._was_closed = closed

    def write(self, data: object) -> int:
        """Write as many bytes as the stream accepts at once, and return their number."""
        if self._was_closed:
            self._was_closed = False  # said once; what is still in the buffer goes nowhere
            raise OutputError("cannot write standard output: it is closed")
        try:
            while (written := super().write(data)) is None:  # type: ignore[arg-type]
                select([], [self], [])  # it does not block, as where another program made it so
        except BrokenPipeError:
            raise BrokenPipe from None
        except OSError as error:
            raise OutputError(f"cannot write standard output: {error.strerror}") from None
        return written


class _Errors(io.FileIO):
    """Standard error; a failure to write it cannot be reported."""

    def write(self, data: object) -> int:
        """Write as many bytes as the stream accepts at once, or discard them."""
        try:
            return super().write(data) or 0  # type: ignore[arg-type]
        except OSError:
            return len(data)  # type: ignore[arg-type]
