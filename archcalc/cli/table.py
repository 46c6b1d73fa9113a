"""The command `archcalc table`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import (
    comma_separated,
    convention_option,
    emit,
    emit_pieces,
    formulas_option,
    memory_options,
    output_option,
    read_analysis,
    spec_argument,
    spec_options,
)
from archcalc.cli.times import asked_times, times_options
from archcalc.core.problem import UsageError
from archcalc.render.formats import TABLE_FORMATS, table_format
from archcalc.render.screen import screen
from archcalc.render.text_table import print_table
from archcalc.spec.library import STDIN, locate
from archcalc.tables.columns import DEFAULT_COLUMNS
from archcalc.tables.field_units import FieldUnit
from archcalc.tables.layers import STYLES, layer_table
from archcalc.tables.options import TableOptions

if TYPE_CHECKING:
    from archcalc.analysis.records import Analysis
    from archcalc.tables.table import Table

ALL_CONVENTIONS = "all"


@click.command(epilog="Example: archcalc table c3d --set classes=101 --rf clipped")
@spec_argument
@spec_options
@convention_option(ALL_CONVENTIONS)
@memory_options
@click.option(
    "--style", type=click.Choice(list(STYLES)), default="default", show_default=True, help="Style of the table."
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice([*TABLE_FORMATS, "json"]),
    default="terminal",
    show_default=True,
    help="Format; json contains the whole analysis in every style.",
)
@output_option
@formulas_option
@click.option("--columns", help=f"Comma-separated columns (docs/glossary.md).  [default: {','.join(DEFAULT_COLUMNS)}]")
@click.option(
    "--rf",
    default="full",
    show_default=True,
    metavar="full,window,clipped",
    help="Kinds of receptive field: all that an output depends on if the input is unbounded (full), the same without"
    " global operations (window), or clipped at the borders of every tensor (clipped).",
)
@click.option(
    "--rf-unit",
    type=click.Choice([unit.value for unit in FieldUnit]),
    default="frames",
    show_default=True,
    help="Unit of the receptive field: frames and pixels, seconds for T, or millimeters.",
)
@times_options
@click.option(
    "--depth", type=click.IntRange(min=1), help="Combine layers whose paths have more than this number of segments."
)
@click.option(
    "--watch", "follow", is_flag=True, help="Print the table again whenever SPEC or one of its libraries changes."
)
def table(spec: str, settings: tuple[str, ...], inputs: tuple[str, ...], style: str, output_format: str,
          output: str | None, formulas: bool, columns: str | None, rf: str, rf_unit: str, depth: int | None,
          follow: bool, roofline: str | None, latency: str | None, **asked: Any) -> None:  # fmt: skip
    """Print the layers of SPEC with their size, receptive field, parameters and cost.

    SPEC is a file, - for standard input, or the name of a bundled network (archcalc list).
    """
    convention = asked.pop("convention")
    side_by_side = convention == ALL_CONVENTIONS
    chosen = comma_separated(columns or "")
    if columns is not None and not chosen:
        raise UsageError(f"--columns without a column; expected {','.join(DEFAULT_COLUMNS)}, or others")
    options = TableOptions(style, chosen, comma_separated(rf), FieldUnit(rf_unit), depth)
    if not options.field_views:
        raise UsageError("--rf without a kind of receptive field; expected full, window, clipped, or several")
    times = asked_times(roofline, latency, asked["dtype"], asked["batch"])
    if times and side_by_side:
        raise UsageError(f"{'--roofline' if roofline else '--latency'} with --convention all; expected one convention")
    if side_by_side and (chosen or style != "default"):
        raise UsageError(f"{'--columns' if chosen else '--style'} with --convention all; expected one convention")

    def analyzed() -> Analysis:
        return read_analysis(spec, settings, inputs, convention="macs" if side_by_side else convention, **asked)

    def tabled(analysis: Analysis) -> Table:
        if side_by_side:
            from archcalc.tables.conventions import conventions_table

            return conventions_table(analysis, depth)
        return layer_table(analysis, options._replace(timings=times.timings(analysis)))

    if follow:
        from archcalc.cli.watch import watch

        _check_watchable(spec, output_format, output)
        watch(spec, lambda: tabled(analyzed()), screen())
        return
    analysis = analyzed()
    if output_format == "json":
        emit_pieces(times.json(analysis, all_conventions=side_by_side), output)
    elif output_format == "terminal" and output is None:
        print_table(tabled(analysis), screen())
    else:
        emit(table_format(output_format, formulas=formulas)(tabled(analysis)), output)


def _check_watchable(spec: str, output_format: str, output: str | None) -> None:
    """Raise UsageError if there is no file to watch or no terminal."""
    locate(spec)
    if spec == STDIN:
        raise UsageError("--watch with standard input; expected a file")
    if output_format != "terminal" or output is not None:
        raise UsageError("--watch with --format or --output; expected neither")
    if not sys.stdout.isatty():
        raise UsageError("--watch with output to a pipe or a file; expected a terminal")
