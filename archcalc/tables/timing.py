"""Times that an analysis does not have by itself, as columns and lines beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.tables.rows import Row
    from archcalc.tables.table import Cell, Column, Total


@dataclass(frozen=True)
class Timing:
    """What a table says of times: columns with what each shows of a row, of which a narrow table has some."""

    name: str
    columns: tuple[tuple[Column, Callable[[Row], Cell]], ...]
    narrow: tuple[str, ...]
    totals: tuple[Total, ...]
    remarks: tuple[str, ...]
