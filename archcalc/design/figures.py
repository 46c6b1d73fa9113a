"""Figures with units, as search files give them: 120 G, 24 GiB, 10 ms."""

from __future__ import annotations

import re

from archcalc.core.units import BYTES

COUNTS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
SIZES = {
    "": 1,
    "B": 1,
    **{f"{prefix}B": 1000**power for power, prefix in enumerate("KMGT", 1)},
    **{f"{prefix}iB": 1024**power for power, prefix in enumerate("KMGT", 1)},
}
TIMES = {"": 1.0, "ms": 1.0, "s": 1e3, "us": 1e-3}
"""How many milliseconds a unit of time is; no unit means milliseconds."""
PLAIN = {"": 1}

_FIGURE = re.compile(r"(-?\d[\d_,]*(?:\.\d+)?(?:[eE][-+]?\d+)?) ?([A-Za-z]*)")


def units_of(kind: str) -> dict[str, float]:
    """Return the units that a figure of a kind may have: of counts, of bytes, of milliseconds."""
    if kind == "ms":
        return dict(TIMES)
    return dict(SIZES if kind == BYTES else COUNTS)


def parse_figure(text: str, units: dict[str, float]) -> float:
    """Return the number that a text with one of some units stands for; ValueError for any other text."""
    match = _FIGURE.fullmatch(text.strip())
    if match is None or match[2] not in units:
        raise ValueError(f"{text!r} is no figure")
    digits = match[1].replace(",", "").replace("_", "")
    unit = units[match[2]]
    if re.fullmatch(r"-?\d{1,18}", digits) and isinstance(unit, int):
        return int(digits) * unit
    value = float(digits) * unit
    return round(value) if isinstance(unit, int) and abs(value - round(value)) < 1e-6 * max(1.0, abs(value)) else value


def parse_extent(text: str) -> tuple[float, ...] | None:
    """Return the sizes in `25x300x300`; None for another text."""
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?(x\d{1,9}(\.\d{1,9})?)*", text):
        return None
    return tuple(float(each) if "." in each else int(each) for each in text.split("x"))
