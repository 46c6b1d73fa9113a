"""Keeping a GPU busy while the host queues work, so that the work then runs without waiting for the host."""

from __future__ import annotations

from typing import Protocol

import torch

CALIBRATION = 10_000_000
"""Cycles of a first wait, from which the cycles of a second are known: about 5 ms."""
MILLI = 1000.0


class Busy(Protocol):
    """Something that keeps a device busy for a while."""

    def start(self, seconds: float) -> None:
        """Queue work that keeps the device busy for about `seconds`, after its present work."""

    def lasts(self) -> bool:
        """Whether the device is still at the work that was given last."""


class BusyDevice:
    """Keeps the current stream of a GPU busy by a kernel that only waits."""

    def __init__(self) -> None:
        self._cycles_per_second = 0.0
        self._end: torch.cuda.Event | None = None

    def start(self, seconds: float) -> None:
        """Queue a kernel that waits for `seconds`, and record its end."""
        if not self._cycles_per_second:
            self._cycles_per_second = _cycles_per_second()
        torch.cuda._sleep(int(seconds * self._cycles_per_second))  # type: ignore[no-untyped-call]
        self._end = torch.cuda.Event()  # type: ignore[no-untyped-call]
        self._end.record()

    def lasts(self) -> bool:
        """Whether the kernel that was queued last is not done yet."""
        return self._end is not None and not self._end.query()  # type: ignore[no-untyped-call]


def _cycles_per_second() -> float:
    first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
    first.record()
    torch.cuda._sleep(CALIBRATION)  # type: ignore[no-untyped-call]
    last.record()
    torch.cuda.synchronize()
    return CALIBRATION / (float(first.elapsed_time(last)) / MILLI)
