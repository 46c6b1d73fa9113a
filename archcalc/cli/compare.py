"""The command `archcalc compare`."""

from __future__ import annotations

from typing import Any

import click

from archcalc.analysis.comparison import compared
from archcalc.cli.options import (
    analysis_options,
    bundled_names,
    comma_separated,
    emit,
    formulas_option,
    output_option,
    read_analysis,
)
from archcalc.cli.results import CSV, JSON, format_option, show_tables
from archcalc.core.problem import UsageError
from archcalc.render.command_json import comparison_json
from archcalc.tables.compare import BY_STAGE, comparison, tidy_comparison


@click.command(epilog="Example: archcalc compare late_fusion early_fusion slow_fusion")
@click.argument("specs", metavar="SPEC...", shell_complete=bundled_names, nargs=-1, required=True)
@analysis_options
@click.option("--variant", "variants", multiple=True, metavar="NAME=VALUE,...",
              help="Add a column for each SPEC with these parameters changed.")  # fmt: skip
@click.option("--quantities", default=",".join(BY_STAGE), show_default=True, metavar="KEY,...",
              help="Quantities to compare by stage, by the keys of columns; csv and json contain all.")  # fmt: skip
@format_option()
@output_option
@formulas_option
def compare(specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...], variants: tuple[str, ...],
            quantities: str, output_format: str, output: str | None, formulas: bool, **asked: Any) -> None:  # fmt: skip
    """Compare networks, or variants of one network: totals, stages, and temporal properties.

    --set and --input apply to all of them. docs/glossary.md explains the rows.
    """
    networks = {}
    for spec in specs:
        for variant in ("", *variants):
            changed = (*settings, *comma_separated(variant))
            name = f"{spec} {variant}".strip()
            networks[name] = read_analysis(spec, changed, inputs, **asked)
    if len(networks) < 2:
        raise UsageError("only one network; expected another SPEC or a --variant")
    found = compared(networks)
    tables = comparison(found, comma_separated(quantities))
    if output_format == JSON:
        emit(comparison_json(found), output)
    else:
        show_tables(
            [tidy_comparison(found)] if output_format == CSV else tables, output_format, output, formulas=formulas
        )
