"""archcalc compare."""

from __future__ import annotations

from typing import Any

import click

from archcalc.cli.options import (
    analysis_options,
    bundled_names,
    comma_separated,
    emit,
    formulas_option,
    output_option,
    read_analysis,
)
from archcalc.core.problem import UsageError
from archcalc.render.formats import TABLE_FORMATS, table_format
from archcalc.render.screen import screen
from archcalc.render.text_table import print_table
from archcalc.tables.compare import comparison


@click.command(epilog="Example: archcalc compare late_fusion early_fusion slow_fusion")
@click.argument("specs", metavar="SPEC...", shell_complete=bundled_names, nargs=-1, required=True)
@analysis_options
@click.option("--variant", "variants", multiple=True, metavar="NAME=VALUE,...",
              help="One more column: the same SPEC with these parameters changed.")  # fmt: skip
@click.option("--format", "output_format", type=click.Choice(list(TABLE_FORMATS)), default="terminal",
              show_default=True, help="How to write the tables.")  # fmt: skip
@output_option
@formulas_option
def compare(specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...], variants: tuple[str, ...],
            output_format: str, output: str | None, formulas: bool, **asked: Any) -> None:  # fmt: skip
    """Put networks side by side, or variants of one: totals, stages, and where time is fused.

    --set and --input hold for all of them; --variant adds a column for each SPEC.
    """
    networks = {}
    for spec in specs:
        for variant in ("", *variants):
            changed = (*settings, *comma_separated(variant))
            name = f"{spec} {variant}".strip()
            networks[name] = read_analysis(spec, changed, inputs, **asked)
    if len(networks) < 2:
        raise UsageError("one network to compare; name another SPEC, or a --variant")
    tables = comparison(networks)
    if output is None and output_format == "terminal":
        for table in tables:
            print_table(table, screen())
            click.echo()
        return
    emit("\n".join(table_format(output_format, formulas=formulas)(table) for table in tables), output)
