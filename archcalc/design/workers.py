"""Evaluates parts of a search in several processes of this machine."""

from __future__ import annotations

import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING

from archcalc.core.problem import Unavailable
from archcalc.design.outcomes import OutcomeFinder
from archcalc.design.parts import outcomes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from archcalc.design.model import SearchFile
    from archcalc.design.outcomes import Outcome
    from archcalc.design.parts import Done, Part

AHEAD = 3
"""Parts that are handed to each process before the first of them is done."""


class Processes:
    """Evaluates parts in processes that live as long as the search."""

    def __init__(self, search: SearchFile, count: int) -> None:
        self._count = count
        self._executor = ProcessPoolExecutor(count, get_context("spawn"), initializer=_begin, initargs=(search,))

    def run(self, parts: Iterable[Part]) -> Iterator[Done]:
        """Yield the outcomes of each part, in the order of the parts.

        Raises:
            Unavailable: a process ended unexpectedly.
        """
        waiting: deque[tuple[Part, Future[list[Outcome]]]] = deque()
        try:
            for part in parts:
                with _interrupts_held():  # a process that starts has no handler yet
                    waiting.append((part, self._executor.submit(_evaluate, part)))
                if len(waiting) >= AHEAD * self._count:
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
        except BrokenProcessPool:
            raise Unavailable("a worker process ended unexpectedly: killed, or out of memory") from None

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        processes = list((self._executor._processes or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for each in processes:
            each.terminate()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back; processes that are started meanwhile never see it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_finder: OutcomeFinder | None = None


def _begin(search: SearchFile) -> None:
    global _finder
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _finder = OutcomeFinder(search)


def _evaluate(part: Part) -> list[Outcome]:
    assert _finder is not None
    return outcomes_of(_finder, part)
