"""Prints a table again whenever the files of its spec change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from archcalc.core.messages import counted
from archcalc.core.problem import Problem, SpecError, UsageError
from archcalc.render.problems import print_problems
from archcalc.render.screen import DIM, YELLOW, Screen
from archcalc.render.text_table import print_table
from archcalc.spec.library import used_files
from archcalc.tables.table import Table

POLL = 0.2  # seconds

Stamps = dict[Path, tuple[int, int, int] | None]
"""Inode, size and modification time of each file; None if the file does not exist."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The text on the terminal: the last correct table, and the current problems of the spec."""

    table: Table | None = None
    problems: tuple[Problem, ...] = ()
    complaint: str = ""

    def after(self, make: Callable[[], Table]) -> Shown:
        """Return the text after the spec was read again: a new table, or the old one with the problems."""
        try:
            return Shown(make())
        except SpecError as error:
            return Shown(self.table, error.problems)
        except UsageError as error:
            return Shown(self.table, complaint=str(error))

    @property
    def stale(self) -> bool:
        """Return whether the table belongs to an earlier version of the spec."""
        return bool(self.problems or self.complaint)

    def print(self, out: Screen, footer: str) -> None:
        """Print the table, the problems below it, and a footer."""
        if self.table is not None:
            print_table(self.table, out)
        if self.stale:
            if self.table is not None:
                out.line("\nthe table is older than these problems:", YELLOW)
            print_problems(self.problems, out)
            if self.complaint:
                out.line(self.complaint)
        out.line(f"\n{footer}", DIM)
        out.flush()


def stamps(files: Iterable[Path]) -> Stamps:
    """Return the current stamps of some files."""
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def wait_for_change(before: Stamps, pause: Callable[[float], None] = time.sleep) -> None:
    """Return after the files have changed and have then been stable for one poll."""
    now = before
    while now == before:
        pause(POLL)
        now = stamps(before)
    while True:
        pause(POLL)
        later = stamps(before)
        if later == now:
            return
        now = later


def watch(spec: str, make: Callable[[], Table], out: Screen) -> None:
    """Print a table, and again whenever the spec or one of its libraries changes, until Ctrl-C."""
    files: set[Path] = set()
    shown = Shown()
    try:
        while True:
            files |= set(used_files(spec))
            before = stamps(files)
            shown = shown.after(make)
            out.clear()
            shown.print(out, f"watching {counted(len(files), 'file')} for changes; Ctrl-C ends")
            wait_for_change(before)
    except KeyboardInterrupt:
        out.line()
        raise
