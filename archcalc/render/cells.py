"""Formats the cells of tables as text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from archcalc.tables.table import BYTES, MEASURED, SECONDS, SHARE, SHORT_COUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.tables.table import Cell, Total

COUNT_UNITS = (("T", 10**12), ("G", 10**9), ("M", 10**6), ("K", 10**3))
BYTE_UNITS = (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def short_count(value: int) -> str:
    """A count with four significant digits and a decimal unit: 38.55 G."""
    rounded = float(f"{value:.3e}")
    for unit, size in COUNT_UNITS:
        if rounded >= size:
            return f"{_four_digits(rounded / size)} {unit}"
    return str(value)


def short_bytes(value: int) -> str:
    """A number of bytes with four significant digits and a binary unit: 305.1 MiB."""
    for unit, size in BYTE_UNITS:
        if value >= size:
            return f"{_four_digits(value / size)} {unit}"
    return f"{value} B"


def _four_digits(value: float) -> str:
    rounded = float(f"{value:.3e}")
    return f"{rounded:.{max(0, 4 - len(str(int(rounded))))}f}"


def three_digits(value: float) -> str:
    """A measured number: 0.0123, 4.56, 789, 12,300; nothing for a zero."""
    if not value:
        return "-"
    rounded = float(f"{value:.2e}")
    whole = len(str(int(abs(rounded)))) if abs(rounded) >= 1 else math.floor(math.log10(abs(rounded))) + 1
    return f"{rounded:,.{max(0, 3 - whole)}f}"


def percent(value: float) -> str:
    """A part of one: 12%, 0.4%."""
    return f"{100 * value:.0f}%" if value >= 0.01 or not value else f"{100 * value:.1f}%"


FLOATS: dict[str, Callable[[float], str]] = {SECONDS: "{:.2f}".format, MEASURED: three_digits, SHARE: percent}


def one_line(text: str) -> str:
    """Text without line breaks or characters that would steer a terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def cell_text(value: Cell, kind: str) -> str:
    """A cell as a reader sees it; nothing for a cell without a value, a dash for a count of zero."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind in FLOATS and isinstance(value, (int, float)):
        return FLOATS[kind](value)
    if not isinstance(value, int):
        return one_line(str(value))
    if kind == BYTES:
        return short_bytes(value)
    if value == 0:
        return "-"
    return short_count(value) if kind == SHORT_COUNT else f"{value:,}"


def total_text(total: Total) -> str:
    """The value of a total, exact and, where that is long, short."""
    text = cell_text(total.value, total.kind)
    if not isinstance(total.value, int) or total.kind == SHORT_COUNT or total.value < 10**6:
        return text
    if total.kind == BYTES:
        return f"{text} ({total.value:,} bytes)"
    return f"{text} ({short_count(total.value)})"
