"""Results of commands that have rows: tables for people, rows of plain data for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from archcalc.cli.options import emit
from archcalc.render.formats import TABLE_FORMATS, table_format
from archcalc.render.screen import screen
from archcalc.render.text_table import print_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.tables.table import Table

Command = TypeVar("Command", bound="Callable[..., Any]")
TERMINAL, JSON, CSV, YAML = "terminal", "json", "csv", "yaml"


def format_option(*formats: str) -> Callable[[Command], Command]:
    """Return the option --format: the formats of tables and JSON, or those named; the first is the default."""
    choices = list(formats or (*TABLE_FORMATS, JSON))
    return click.option("--format", "output_format", type=click.Choice(choices), default=choices[0], show_default=True,
                        help="Format of the result.")  # fmt: skip


def show_tables(tables: Sequence[Table], output_format: str, output: str | None, *, formulas: bool = False) -> None:
    """Print tables on the terminal, or write them in another format, with a blank line between them."""
    if output_format == TERMINAL and output is None:
        for number, table in enumerate(tables):
            if number:
                click.echo()
            print_table(table, screen())
        return
    emit("\n".join(table_format(output_format, formulas=formulas)(table) for table in tables), output)
