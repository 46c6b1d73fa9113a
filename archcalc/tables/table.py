"""A table as data: typed cells under columns with a kind, for any renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.shape import Shape
from archcalc.core.units import BYTES as BYTES
from archcalc.core.units import COUNT as COUNT
from archcalc.core.units import SHORT_COUNT as SHORT_COUNT

if TYPE_CHECKING:
    from collections.abc import Mapping


TEXT, SHAPE, EXTENT = "text", "shape", "extent"
NAME, SECONDS = "name", "seconds"  # a name is never folded
MEASURED, SHARE = "measured", "share"  # three significant digits; a part of one, in percent
NUMERIC_KINDS = (COUNT, SHORT_COUNT, BYTES, SECONDS, MEASURED, SHARE)


class Extent(NamedTuple):
    """Sizes by axis, already as text where they carry a unit: a kernel, a stride, a receptive field."""

    by_axis: Mapping[str, int | str]

    def __str__(self) -> str:
        return "x".join(str(value) for value in self.by_axis.values())


Cell = str | int | float | bool | Extent | Shape | None


class Column(NamedTuple):
    """One column: its key for machines, its heading for people, and the kind of its cells."""

    key: str
    heading: str
    kind: str


class Total(NamedTuple):
    """One line below a table: what it is, its value, and the kind of the value."""

    label: str
    value: Cell
    kind: str


class Table(NamedTuple):
    """A table: title, subtitles, columns, rows with a cell per column, totals and remarks.

    `sections` are headings of groups of rows, each with the number of its first row. A terminal shows them; a table
    for programs has a column with the same text. `command` is a command line to be copied: a terminal writes it on one
    line, however long. `paths` are the layers that each row stands for, where the rows are of layers.
    """

    title: str
    subtitle: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Total, ...] = ()
    remarks: tuple[str, ...] = ()
    sections: tuple[tuple[int, str], ...] = ()
    command: str = ""
    paths: tuple[tuple[str, ...], ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is written below the table, the command last."""
        return (*self.remarks, self.command) if self.command else self.remarks
