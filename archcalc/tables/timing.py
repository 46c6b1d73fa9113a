"""Times that are added to a table, as columns and lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.tables.rows import Row
    from archcalc.tables.table import Cell, Column, Total


@dataclass(frozen=True)
class Timing:
    """The columns of times with the value for each row, of which a narrow table has some, and lines below."""

    name: str
    columns: tuple[tuple[Column, Callable[[Row], Cell]], ...]
    narrow: tuple[str, ...]
    totals: tuple[Total, ...]
    remarks: tuple[str, ...]
