"""Pauses the search for cycles of objects, which takes long where there are very many objects and none to be found."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles of objects for a while: a recording makes very many objects that all stay.

    Nor are they looked through as soon as the search goes on, but only when it looks through everything.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()  # puts what was frozen among the oldest objects
            gc.enable()
