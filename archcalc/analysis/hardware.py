"""What common devices can do at most, from their makers' data sheets (hardware.yaml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archcalc.analysis.roofline import Limits
from archcalc.core.problem import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Device:
    """A device as its maker describes it.

    `peak` is FLOP/s by precision (fp32, tf32, fp16, bf16), dense and with sums in fp32; `bandwidth` bytes/s of its
    memory, `memory` bytes, `launch` seconds to start a kernel where anybody prints it. `source` says where `peak`,
    `bandwidth` and `memory` are printed.
    """

    name: str
    title: str
    peak: Mapping[str, float]
    bandwidth: float
    memory: int
    launch: float | None
    source: Mapping[str, str]

    def limits(self, precision: str) -> Limits:
        """The limits in one precision; UsageError when the data sheet has no peak for it."""
        if precision not in self.peak:
            raise UsageError(f"no peak for {precision} on {self.name}; its data sheet has {', '.join(self.peak)}")
        return Limits(self.peak[precision], self.bandwidth, self.launch or 0.0)


def device_names() -> tuple[str, ...]:
    """The names of all devices."""
    return tuple(_entries())


def device(name: str) -> Device:
    """The device of a name; UsageError lists them all."""
    entries = _entries()
    if name not in entries:
        hint = did_you_mean(name, [each for each in entries if each.startswith(name)] or entries)
        raise UsageError(f"no device {name!r}; expected one of {', '.join(entries)}" + (f" ({hint})" if hint else ""))
    found = entries[name]
    return Device(
        name=name,
        title=found["title"],
        peak={precision: _figure(value) for precision, value in found["peak"].items()},
        bandwidth=_figure(found["bandwidth"]),
        memory=int(_figure(found["memory"])),
        launch=None if found["launch"] is None else _figure(found["launch"]),
        source=found["source"],
    )


def device_reported_as(name: str) -> Device | None:
    """The device that drivers and systems call so; None for one without a data sheet here."""
    for known, found in _entries().items():
        if name in found["reported"]:
            return device(known)
    return None


def short_name(name: str) -> str:
    """Return a name for files of a device: `h200` for one with a data sheet, else its own name in small letters."""
    known = device_reported_as(name)
    return known.name if known else re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "device"


def _figure(value: float | list[float]) -> float:
    return float(prod(value) if isinstance(value, list) else value)


@cache
def _entries() -> dict[str, Any]:
    import yaml  # a table without a roofline reads no data sheets

    text = Path(__file__).with_name("hardware.yaml").read_text(encoding="utf-8")
    entries: dict[str, Any] = yaml.safe_load(text)
    return entries
