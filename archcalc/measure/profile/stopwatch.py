"""Clocks: one that waits for the device, for a whole run, and marks between the layers of a run."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import torch

from archcalc.measure.profile.busy import BusyDevice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.measure.profile.busy import Busy

MILLI = 1000.0


def nothing() -> None:
    """A host has done what it was asked to when the call returns."""


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """How time is taken on a device: the clock of the host, waiting for the device, and marks in its stream of work.

    `mark` notes a moment without waiting and `between` gives the seconds from one mark to another once the device is
    done. `busy` keeps the device busy while the host queues work; None where the host does the work itself.
    """

    clock: Callable[[], float] = perf_counter
    wait: Callable[[], None] = nothing
    mark: Callable[[], Any] = perf_counter
    between: Callable[[Any, Any], float] = lambda first, second: second - first
    busy: Busy | None = None

    def milliseconds(self, work: Callable[[], object]) -> float:
        """How long a piece of work takes, from an idle device to an idle device."""
        self.wait()
        start = self.clock()
        work()
        self.wait()
        return MILLI * (self.clock() - start)

    def spans(self, marks: Sequence[tuple[Any, Any]]) -> list[float]:
        """Milliseconds from the first to the second mark of each pair."""
        self.wait()
        return [MILLI * self.between(first, second) for first, second in marks]


def stopwatch(device: str) -> Stopwatch:
    """The clocks of a device: events in its stream on a GPU."""
    if device != "cuda":
        return Stopwatch()
    return Stopwatch(wait=torch.cuda.synchronize, mark=_event, between=_between, busy=BusyDevice())


def _event() -> torch.cuda.Event:
    event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    event.record()
    return event


def _between(first: torch.cuda.Event, second: torch.cuda.Event) -> float:
    return float(first.elapsed_time(second)) / MILLI
