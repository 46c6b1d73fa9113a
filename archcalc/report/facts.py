"""What was measured, and with what: the surroundings of all profiles, and where they differ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.core.messages import counted
from archcalc.report.measured import networks
from archcalc.report.words import extent, listed
from archcalc.tables.profile import GIGA, MICRO, figure, mebi
from archcalc.tables.table import TEXT, Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.report.measured import Measured
    from archcalc.results.profile import Peaks

LABELS = {
    "device": "device",
    "cpu": "processor",
    "cores": "cores",
    "threads": "threads of PyTorch",
    "memory_bytes": "memory",
    "driver_version": "driver",
    "cuda": "CUDA",
    "cudnn": "cuDNN",
    "cudnn_benchmark": "cuDNN chooses kernels by trying",
    "capability": "compute capability",
    "clocks.sm": "clock at work",
    "clocks.mem": "clock of the memory",
    "power.draw": "power at work",
    "temperature.gpu": "temperature at work",
    "clocks.max.sm": "highest clock",
    "power.limit": "limit of power",
    "torch": "PyTorch",
    "python": "Python",
    "os": "system",
    "archcalc": "archcalc",
    "git": "revision",
    "load": "load before measuring",
}
CHANGING = ("load", "clocks.sm", "clocks.mem", "power.draw", "temperature.gpu", "date")
"""What is another in every measurement."""
COLUMNS = (Column("what", "", TEXT), Column("value", "measured with", TEXT))


def facts_table(cases: Sequence[Measured]) -> Table:
    """What was measured, and the surroundings in which it was."""
    rows = [*_subject(cases), *_surroundings(cases), *_peaks([each.profile.peaks for each in cases])]
    return Table("what was measured", (), COLUMNS, tuple(rows))


def dates(cases: Sequence[Measured]) -> str:
    """Return the first and the last day of measuring."""
    return extent(sorted(str(each.profile.environment.get("date"))[:10] for each in cases))


def _subject(cases: Sequence[Measured]) -> list[tuple[str, str]]:
    return [
        ("profiles", f"{len(cases)} of {counted(len(networks(cases)), 'network')}"),
        ("dates", dates(cases)),
        ("number formats", _each(cases, lambda case: case.setup.dtype)),
        ("batch", _each(cases, lambda case: str(case.setup.batch))),
        ("mode", _each(cases, lambda case: case.setup.mode)),
        ("compiled", _each(cases, lambda case: _yes(case.setup.compiled))),
        ("channels last", _each(cases, lambda case: _yes(case.setup.channels_last))),
        ("runs of a network", _span([float(case.profile.latency.runs) for case in cases])),
    ]


def _each(cases: Sequence[Measured], read: Callable[[Measured], str]) -> str:
    found = list(dict.fromkeys(read(case) for case in cases))
    return listed(sorted(found, key=lambda text: (len(text), text)) if all(map(str.isdigit, found)) else found)


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _surroundings(cases: Sequence[Measured]) -> list[tuple[str, str]]:
    return [(label, words) for key, label in LABELS.items() if (words := _value(cases, key))]


def _value(cases: Sequence[Measured], key: str) -> str:
    found = _found(cases, key)
    if key == "cpu" and found == _found(cases, "device"):
        return ""
    if key in CHANGING and len(found) > 1:
        return _changing(found)
    words = listed([_shown(key, each) for each in found])
    return f"{words}; it differs between the profiles" if len(found) > 1 else words


def _found(cases: Sequence[Measured], key: str) -> list[object]:
    """The different values, in the order of their texts; what could not be read is left out."""
    values = {str(value): value for case in cases if (value := case.profile.environment.get(key)) is not None}
    return [values[text] for text in sorted(values)]


def _shown(key: str, value: object) -> str:
    if isinstance(value, bool):
        return _yes(value)
    return mebi(value) if key == "memory_bytes" and isinstance(value, int) else str(value)


def _changing(values: Sequence[object]) -> str:
    """The least and the greatest, by the numbers that they begin with."""
    return extent(sorted(map(str, values), key=lambda text: float((re.match(r"[\d.]+", text) or ["0"])[0])))


def _span(values: Sequence[float], scale: float = 1.0, unit: str = "") -> str:
    return extent([figure(min(values) / scale), figure(max(values) / scale)]) + unit


def _peaks(peaks: Sequence[Peaks]) -> list[tuple[str, str]]:
    return [
        ("measured peak of arithmetic", _span([each.flops_per_second for each in peaks], GIGA, " GFLOP/s")),
        ("measured peak of memory", _span([each.bytes_per_second for each in peaks], GIGA, " GB/s")),
        ("start of a small layer", _span([each.launch_seconds for each in peaks], 1 / MICRO, " µs")),
    ]


def differences(cases: Sequence[Measured]) -> list[str]:
    """What should be the same for all profiles and is not."""
    return [label for key, label in LABELS.items() if key not in CHANGING and len(_found(cases, key)) > 1]
