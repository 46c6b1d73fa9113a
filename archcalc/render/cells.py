"""Cells as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.view.table import BYTES, SHORT_COUNT

if TYPE_CHECKING:
    from archcalc.view.table import Cell

COUNT_UNITS = (("T", 10**12), ("G", 10**9), ("M", 10**6), ("K", 10**3))
BYTE_UNITS = (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def short_count(value: int) -> str:
    """A count with four significant digits and a decimal unit: 38.55 G."""
    for unit, size in COUNT_UNITS:
        if value >= size:
            return f"{_four_digits(value / size)} {unit}"
    return str(value)


def short_bytes(value: int) -> str:
    """A number of bytes with four significant digits and a binary unit: 305.1 MiB."""
    for unit, size in BYTE_UNITS:
        if value >= size:
            return f"{_four_digits(value / size)} {unit}"
    return f"{value} B"


def _four_digits(value: float) -> str:
    return f"{value:.{max(0, 4 - len(str(int(value))))}f}"


def cell_text(value: Cell, kind: str) -> str:
    """A cell as a reader sees it; nothing for a cell without a value, a dash for a count of zero."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int):
        return str(value)
    if kind == BYTES:
        return short_bytes(value)
    if value == 0:
        return "-"
    return short_count(value) if kind == SHORT_COUNT else f"{value:,}"
