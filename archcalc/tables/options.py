"""What a reader asks of a table of layers, and what a style gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.tables.field_units import FieldUnit
from archcalc.tables.table import Cell, Column

if TYPE_CHECKING:
    from archcalc.tables.timing import Timing

Body = tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...]]
"""The columns of a table and its rows."""


class TableOptions(NamedTuple):
    """What a table shows: style, columns, views and unit of the receptive field, depth of the paths, times.

    `columns` are for the default style, which shows its own when there are none. Styles that have costs show
    `timings` beside them.
    """

    style: str = "default"
    columns: tuple[str, ...] = ()
    field_views: tuple[str, ...] = ("full",)
    field_unit: FieldUnit = FieldUnit.FRAMES
    depth: int | None = None
    timings: tuple[Timing, ...] = ()
