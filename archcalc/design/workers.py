"""Evaluates parts of a search in this process, or in several."""

from __future__ import annotations

import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.problem import Unavailable
from archcalc.design.outcomes import Outcome, OutcomeFinder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from archcalc.design.designs import Design
    from archcalc.design.model import SearchFile

AHEAD = 3
"""Parts that are handed to each process before the first of them is done."""


class Part(NamedTuple):
    """Some designs that are evaluated together; `complete` asks for all figures, whatever the bounds are."""

    key: str
    designs: tuple[Design, ...]
    complete: bool


Done = tuple[Part, list[Outcome]]


def evaluate_here(search: SearchFile, parts: Iterable[Part]) -> Iterator[Done]:
    """Yield the outcomes of each part, evaluated in this process."""
    finder = OutcomeFinder(search)
    for part in parts:
        yield part, _outcomes(finder, part)


def evaluate_in_processes(search: SearchFile, parts: Iterable[Part], workers: int) -> Iterator[Done]:
    """Yield the outcomes of each part in the order of the parts, evaluated in several processes.

    Raises:
        Unavailable: a process ended unexpectedly.
    """
    executor = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=(search,))
    waiting: deque[tuple[Part, Future[list[Outcome]]]] = deque()
    try:
        for part in parts:
            with _interrupts_held():  # a process that starts has no handler yet
                waiting.append((part, executor.submit(_evaluate, part)))
            if len(waiting) >= AHEAD * workers:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    except BrokenProcessPool:
        raise Unavailable("a worker process ended unexpectedly: killed, or out of memory") from None
    finally:
        _end(executor)


def _end(executor: ProcessPoolExecutor) -> None:
    """End the processes, whatever they are doing."""
    processes = list((executor._processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
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
    return _outcomes(_finder, part)


def _outcomes(finder: OutcomeFinder, part: Part) -> list[Outcome]:
    return [finder.outcome(each, complete=part.complete) for each in part.designs]
