"""What a device does at most, measured: a large matrix product, a large copy, and operations too small to take time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from archcalc.analysis.roofline import FLOPS_PER_MAC
from archcalc.measure.profile.precision import multiplying_in, tensor_type
from archcalc.measure.profile.runs import Plan, rounds_of
from archcalc.view.profile import Peaks

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.measure.profile.stopwatch import Stopwatch

MILLI = 1000.0
READ_AND_WRITE = 2


@dataclass(frozen=True, slots=True)
class Load:
    """How large the work is that shows a peak: rows of a square matrix at most, bytes to copy, operations in a row."""

    rows: int
    copied: int
    operations: int


LOADS = {"cpu": Load(2048, 256 * 2**20, 1000), "cuda": Load(8192, 2**30, 1000)}
PLAN = Plan(warmup=2, seconds=1.0)
FEWEST_ROWS = 512
LONG_ENOUGH = 0.05
"""Seconds of a product, from which on a larger one would say the same."""


def measured_peaks(device: str, precision: str, stopwatch: Stopwatch, load: Load | None = None) -> Peaks:
    """FLOP/s, bytes/s and seconds an operation: the best of several runs, as a peak is what nothing got in the way of.

    Raises:
        RuntimeError: the device has no product of matrices in this format.
    """
    load = load or LOADS[device]
    with torch.inference_mode(), multiplying_in(precision):
        return Peaks(
            flops_per_second=_product(device, tensor_type(precision), load.rows, stopwatch),
            bytes_per_second=_copy(device, load.copied, stopwatch),
            launch_seconds=_launch(device, load.operations, stopwatch),
        )


def _product(device: str, dtype: torch.dtype, most_rows: int, stopwatch: Stopwatch) -> float:
    """FLOP/s of a product that takes long enough to be timed; some devices are very slow in some formats."""
    rows = min(FEWEST_ROWS, most_rows)
    while True:
        seconds = _seconds(device, dtype, rows, stopwatch)
        if seconds >= LONG_ENOUGH or rows >= most_rows:
            return FLOPS_PER_MAC * rows**3 / seconds
        rows = min(2 * rows, most_rows)


def _seconds(device: str, dtype: torch.dtype, rows: int, stopwatch: Stopwatch) -> float:
    left, right = (torch.rand(rows, rows, device=device).to(dtype) for _ in range(2))
    product = torch.empty_like(left)
    return _best(lambda: torch.mm(left, right, out=product), stopwatch)


def _copy(device: str, size: int, stopwatch: Stopwatch) -> float:
    source = torch.zeros(size, device=device, dtype=torch.uint8)
    target = torch.ones_like(source)  # written once, so that its pages are there
    return READ_AND_WRITE * size / _best(lambda: target.copy_(source), stopwatch)


def _launch(device: str, operations: int, stopwatch: Stopwatch) -> float:
    one = torch.zeros(1, device=device)

    def often() -> None:
        for _ in range(operations):
            one.add_(1)

    return _best(often, stopwatch) / operations


def _best(work: Callable[[], object], stopwatch: Stopwatch) -> float:
    return min(min(times) for times in rounds_of(work, PLAN, stopwatch)) / MILLI
