"""The commands `archcalc show` and `archcalc ops`."""

from __future__ import annotations

import click

from archcalc.cli.options import emit, output_option, read_written_spec, spec_argument, spec_options
from archcalc.cli.results import JSON, YAML, format_option, show_tables
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.ops import OPS
from archcalc.render.command_json import operators_json
from archcalc.render.expanded_json import expanded_json
from archcalc.render.yaml import expanded_yaml
from archcalc.spec.expanded import expanded_spec
from archcalc.tables.catalog import operator_table, operators_table


@click.command(epilog="Example: archcalc show r2plus1d_18 --set classes=101")
@spec_argument
@spec_options
@format_option(YAML, JSON)
@output_option
def show(spec: str, settings: tuple[str, ...], inputs: tuple[str, ...], output_format: str, output: str | None) -> None:
    """Print SPEC expanded: every layer with its arguments, its inputs and its shape."""
    found = read_written_spec(spec, settings, inputs)
    emit(expanded_json(found) if output_format == JSON else expanded_yaml(expanded_spec(found)), output)


@click.command(epilog="Example: archcalc ops conv3d")
@click.argument("name", required=False)
@format_option()
@output_option
def ops(name: str | None, output_format: str, output: str | None) -> None:
    """List all operators, or describe the operator NAME."""
    if name is not None and name not in OPS:
        hint = did_you_mean(name, OPS)
        raise UsageError(f"no operator {name!r}; archcalc ops lists them" + (f" ({hint})" if hint else ""))
    if output_format == JSON:
        emit(operators_json(OPS if name is None else [name]), output)
    else:
        show_tables([operators_table() if name is None else operator_table(name)], output_format, output)
