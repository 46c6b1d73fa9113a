"""What a reader asks of a table of layers, and what a style gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.tables.field_units import FieldUnit
from archcalc.tables.table import Cell, Column

if TYPE_CHECKING:
    from archcalc.tables.timing import Timing


class Body(NamedTuple):
    """The columns of a table, its rows, and the paths of the layers that each row stands for."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    paths: tuple[tuple[str, ...], ...]


class TableOptions(NamedTuple):
    """The options of a table: style, columns, kinds and unit of the receptive field, depth, times.

    `columns` are for the default style, which has default columns. Styles with costs show `timings` too.
    """

    style: str = "default"
    columns: tuple[str, ...] = ()
    field_views: tuple[str, ...] = ("full",)
    field_unit: FieldUnit = FieldUnit.FRAMES
    depth: int | None = None
    timings: tuple[Timing, ...] = ()
