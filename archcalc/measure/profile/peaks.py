"""What a device does at most, measured: a large matrix product, a large copy, and layers too small to take time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import torch

from archcalc.analysis.roofline import FLOPS_PER_MAC
from archcalc.measure.profile.precision import multiplying_in, tensor_type
from archcalc.measure.profile.runs import Plan, rounds_of
from archcalc.results.profile import Peaks

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.measure.profile.stopwatch import Stopwatch

MILLI = 1000.0
READ_AND_WRITE = 2
BYTES = 256


@dataclass(frozen=True, slots=True)
class Load:
    """How large the work is that shows a peak: rows of a square matrix, bytes to copy, layers in a row.

    A product is first tried with the fewest rows and then with more, unless it takes long enough.
    """

    fewest_rows: int
    rows: int
    copied: int
    layers: int


LOADS = {"cpu": Load(512, 2048, 256 * 2**20, 1000), "cuda": Load(8192, 8192, 2**30, 500)}
PLAN = Plan(warmup=2, seconds=1.0)
LONG_ENOUGH = 0.05
"""Seconds of a product, from which on a larger one would say the same."""


def measured_peaks(device: str, precision: str, stopwatch: Stopwatch, load: Load | None = None) -> Peaks:
    """FLOP/s, bytes/s and seconds a layer: the best of several runs, as a peak is what nothing got in the way of.

    Numbers are random and of both signs: a GPU multiplies zeros, ones and positive numbers with less power, and so
    faster than what networks hold.

    Raises:
        RuntimeError: the device has no product of matrices in this format.
    """
    load = load or LOADS[device]
    with torch.inference_mode(), multiplying_in(precision):
        return Peaks(
            flops_per_second=_product(device, tensor_type(precision), load, stopwatch),
            bytes_per_second=_copy(device, load.copied, stopwatch),
            launch_seconds=_launch(device, load.layers, stopwatch),
        )


def _product(device: str, dtype: torch.dtype, load: Load, stopwatch: Stopwatch) -> float:
    """FLOP/s of a product that takes long enough to be timed; some devices are very slow in some formats."""
    rows = load.fewest_rows
    while True:
        seconds = _seconds(device, dtype, rows, stopwatch)
        if seconds >= LONG_ENOUGH or rows >= load.rows:
            return FLOPS_PER_MAC * rows**3 / seconds
        rows = min(2 * rows, load.rows)


def _seconds(device: str, dtype: torch.dtype, rows: int, stopwatch: Stopwatch) -> float:
    left, right = (torch.randn(rows, rows, device=device).to(dtype) for _ in range(2))
    product = torch.empty_like(left)
    return _best(lambda: torch.mm(left, right, out=product), stopwatch)


def _copy(device: str, size: int, stopwatch: Stopwatch) -> float:
    source = torch.randint(BYTES, (size,), device=device, dtype=torch.uint8)
    target = source.clone()  # written once, so that its pages are there
    return READ_AND_WRITE * size / _best(lambda: target.copy_(source), stopwatch)


def _launch(device: str, layers: int, stopwatch: Stopwatch) -> float:
    """Seconds to start a layer: a convolution, a norm and an activation of one number each, the one in the middle.

    A layer is a module with its checks; the operation alone is started several times as fast.
    """
    one = torch.zeros(1, 1, 1, 1, 1, device=device)
    modules = (torch.nn.Conv3d(1, 1, 1), torch.nn.BatchNorm3d(1), torch.nn.ReLU())
    return median(_start(each.to(device).eval(), one, layers, stopwatch) for each in modules)


def _start(module: torch.nn.Module, one: torch.Tensor, layers: int, stopwatch: Stopwatch) -> float:
    def often() -> None:
        for _ in range(layers):
            module(one)

    return _best(often, stopwatch, replace(PLAN, seconds=PLAN.seconds / 3)) / layers


def _best(work: Callable[[], object], stopwatch: Stopwatch, plan: Plan | None = None) -> float:
    return min(min(times) for times in rounds_of(work, plan or PLAN, stopwatch)) / MILLI
