"""Shows the progress of long work on a terminal."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import TaskID


class Teller:
    """Shows the current step and the number of finished parts."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def step(self, part: str, what: str) -> None:
        """Show the current step of a part."""
        self._bar.update(self._task, description=f"{part}: {what}")

    def done(self, parts: int = 1) -> None:
        """Count one more finished part, or several."""
        self._bar.advance(self._task, parts)


@contextmanager
def progress(total: int) -> Iterator[Teller]:
    """Show the progress of `total` parts on standard error; nothing in a pipe. The bar is removed at the end."""
    columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    sizes = ("COLUMNS", "LINES")  # left out: rich fails where they are no numbers
    environment = {name: value for name, value in os.environ.items() if name not in sizes}
    screen = Console(stderr=True, _environ=environment)
    with Progress(*columns, console=screen, transient=True, disable=not sys.stderr.isatty()) as bar:
        yield Teller(bar, bar.add_task("", total=total))
