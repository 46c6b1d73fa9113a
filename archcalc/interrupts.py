"""Ctrl-C: while archcalc starts it ends the process, once a command runs it raises KeyboardInterrupt there."""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False

if TYPE_CHECKING:
    from types import FrameType

EXIT_CODE = 130

_running = False
_seen = False
_lost = False


def handle() -> None:
    """Handle Ctrl-C from now on, unless it is ignored, as it is in the background jobs of a shell."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _on_interrupt)


def begin() -> None:
    """Raise KeyboardInterrupt from now on: a command runs, which may have to put things in order."""
    global _running
    _running = True
    sys.unraisablehook = _unraisable


def _unraisable(error: sys.UnraisableHookArgs) -> None:
    """Print what went wrong where no exception can be raised, but for Ctrl-C, which `check` raises later."""
    global _lost
    if isinstance(error.exc_value, KeyboardInterrupt):
        _lost = True
    else:
        sys.__unraisablehook__(error)


def finish() -> None:
    """Ignore Ctrl-C from now on: all work is done and all output written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def check() -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed where it could not be raised, such as in a callback of Python's."""
    if _lost:
        raise KeyboardInterrupt


def seen() -> bool:
    """Return whether Ctrl-C was pressed, even where some library swallowed the exception."""
    return _seen


def _on_interrupt(_: int, __: FrameType | None) -> None:
    global _seen
    if not _running:
        os._exit(EXIT_CODE)
    _seen = True
    raise KeyboardInterrupt
