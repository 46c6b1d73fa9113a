"""Audited figures as a table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from archcalc.results.audit import VERDICTS
from archcalc.tables.table import NAME, TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.results.audit import AuditedFigure
    from archcalc.spec.published import PublishedFigure

NETWORK = Column("network", "network", NAME)
FIGURE = (
    Column("quantity", "quantity", TEXT),
    Column("printed", "printed", NAME),
    Column("ours", "ours", NAME),
    Column("verdict", "verdict", NAME),
    Column("source", "source", TEXT),
)
REMARK = Column("remark", "remark", TEXT)


def audit_table(figures: Sequence[AuditedFigure], *, grouped: bool = False) -> Table:
    """Return a row for each figure, and the number of figures of each verdict.

    For a terminal, rows are grouped with the network as a heading, and a remark follows the source.
    """
    columns = FIGURE if grouped else (NETWORK, *FIGURE, REMARK)
    rows = tuple(_grouped_cells(each) if grouped else _cells(each) for each in figures)
    starts = (at for at, each in enumerate(figures) if at == 0 or figures[at - 1].network != each.network)
    sections = tuple((at, figures[at].network) for at in starts) if grouped else ()
    return Table("published figures", (), columns, rows, remarks=(_summary(figures),), sections=sections)


def _cells(each: AuditedFigure) -> tuple[Cell, ...]:
    figure = each.figure
    return (
        each.network, _quantity(figure), figure.value, _ours(each), each.verdict, figure.source, each.remark
    )  # fmt: skip


def _ours(each: AuditedFigure) -> Cell:
    """Our figure: a count as a number, sizes as text."""
    return int(each.ours) if each.ours.isdigit() else each.ours


def _grouped_cells(each: AuditedFigure) -> tuple[Cell, ...]:
    _, *cells, remark = _cells(each)
    return (*cells[:-1], f"{cells[-1]}; {remark}" if remark else cells[-1])


def _summary(figures: Sequence[AuditedFigure]) -> str:
    counts = Counter(each.verdict for each in figures)
    return f"{len(figures)} figures: " + ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)


def _quantity(figure: PublishedFigure) -> str:
    words = [figure.quantity.replace("_", " ")]
    if figure.axis:
        words = [figure.axis, "of", *words]
    if figure.layer:
        words.append(f"of {figure.layer}")
    if figure.convention:
        words.append(f"({figure.convention})")
    return " ".join([*words, *(f"{name} {sizes}" for name, sizes in figure.at.inputs.items()),
                     *(f"{name}={value}" for name, value in figure.at.settings.items())])  # fmt: skip
