"""The roofline of a whole network on a device that need not be there: data sheets in place of measured peaks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.hardware import Device, device
from archcalc.analysis.precision import PRECISION_OF_DTYPE, PRECISIONS
from archcalc.analysis.roofline import MEMORY, Work, roofline, works
from archcalc.core.problem import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.analysis.records import Analysis
    from archcalc.analysis.roofline import Limits, Roofline


@dataclass(frozen=True, slots=True)
class Roof:
    """A device, and the precision it computes in: fp32, tf32, fp16, bf16."""

    device: Device
    precision: str

    @property
    def limits(self) -> Limits:
        """What the device does at most in it."""
        return self.device.limits(self.precision)


def roof(text: str, dtype: str) -> Roof:
    """`h200` or `h200:tf32`, for numbers that are stored as `dtype`.

    Raises:
        UsageError: no such device or precision, no peak for it in the data sheet, or it is stored as another type.
    """
    name, _, precision = text.partition(":")
    found = device(name)
    precision = precision or PRECISION_OF_DTYPE.get(dtype, dtype)
    found.limits(precision)
    if PRECISIONS[precision] != dtype:
        raise UsageError(f"{precision} numbers are stored as {PRECISIONS[precision]}, not as {dtype}; set --dtype")
    return Roof(found, precision)


@dataclass(frozen=True, slots=True)
class NetworkRoofline:
    """The work of every layer and its least time on a device, by path; for the batch of the analysis."""

    roof: Roof
    works: Mapping[str, Work]
    rooflines: Mapping[str, Roofline]

    @property
    def seconds(self) -> float:
        """The least time of all layers, one after the other."""
        return self.seconds_of(self.rooflines)

    @property
    def memory_share(self) -> float:
        """The part of the time in which layers wait for memory."""
        return self._spent(self.rooflines).get(MEMORY, 0.0) / self.seconds if self.seconds else 0.0

    def seconds_of(self, paths: Iterable[str]) -> float:
        """The least time of some layers, one after the other."""
        return sum(self.rooflines[path].seconds for path in paths)

    def work_of(self, paths: Iterable[str]) -> Work:
        """The work of some layers together."""
        found = [self.works[path] for path in paths]
        return Work(sum(each.flops for each in found), sum(each.bytes for each in found))

    def bound_of(self, paths: Iterable[str]) -> str | None:
        """What bounds some layers for most of their time; None where they take none."""
        spent = self._spent(paths)
        return max(spent, key=spent.__getitem__) if spent else None

    def _spent(self, paths: Iterable[str]) -> dict[str, float]:
        spent: dict[str, float] = defaultdict(float)
        for path in paths:
            bound = self.rooflines[path].bound
            if bound:
                spent[bound] += self.rooflines[path].seconds
        return spent


def network_roofline(analysis: Analysis, on: Roof) -> NetworkRoofline:
    """The least time of every layer of a network at inference."""
    done = dict(zip((layer.path for layer in analysis.layers), works(analysis), strict=True))
    limits = on.limits
    return NetworkRoofline(on, done, {path: roofline(work, limits) for path, work in done.items()})
