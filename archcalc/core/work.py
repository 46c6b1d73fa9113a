"""One budget of work for the receptive fields of a network: values and runs that are looked at."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from archcalc.core.problem import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 5_000_000
"""Work that any network may take; a step takes 50 to 100 ns of CPU."""
BY_LAYERS = 16_000_000
"""Work that is allowed as the layers get their fields: what is far too much is noticed early."""


class _Budget:
    """How much work is done and allowed, and how much each layer adds."""

    __slots__ = ("allowed", "each", "spent")

    def __init__(self, layers: int) -> None:
        self.allowed: float = AT_ONCE
        self.each = BY_LAYERS / max(1, layers)
        self.spent = 0


_current: ContextVar[_Budget | None] = ContextVar("budget of work", default=None)


@contextmanager
def budget(layers: int) -> Iterator[None]:
    """Bound the work inside, together with what is around it: what is over it is refused before it is done.

    `layers`: how often `advance` will be called.
    """
    if _current.get() is not None:
        yield
        return
    token = _current.set(_Budget(layers))
    try:
        yield
    finally:
        _current.reset(token)


def advance() -> None:
    """Allow the share of work of one more layer."""
    current = _current.get()
    if current is not None:
        current.allowed += current.each


def spend(work: int) -> None:
    """Announce work on `count` values; raise OperatorError if the budget does not cover it."""
    current = _current.get()
    if current is None:
        return
    current.spent += work
    if current.spent > current.allowed:
        raise OperatorError(
            f"receptive fields that take more than {int(current.allowed):,} steps of work up to here",
            "fields that are regular along most of an axis",
            hint="adaptive pools and resampling between long sizes without a common divisor make long patterns",
        )
