"""One budget of work for the receptive fields of a network: values and runs that are looked at."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from archcalc.core.problem import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_WORK = 12_000_000


class _Budget:
    """What is left of the work that is allowed."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


_current: ContextVar[_Budget | None] = ContextVar("budget of work", default=None)


@contextmanager
def budget() -> Iterator[None]:
    """Bound the work inside: what is over it is refused before it is done."""
    token = _current.set(_Budget(MOST_WORK))
    try:
        yield
    finally:
        _current.reset(token)


def spend(work: int) -> None:
    """Announce work on `count` values; raise OperatorError if the budget does not cover it."""
    current = _current.get()
    if current is None:
        return
    current.left -= work
    if current.left < 0:
        raise OperatorError(
            f"receptive fields that take more than {MOST_WORK:,} steps of work in all",
            "fields that are regular along most of an axis",
            hint="adaptive pools and resampling between long sizes without a common divisor make long patterns",
        )
