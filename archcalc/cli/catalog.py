"""archcalc show and ops."""

from __future__ import annotations

import click

from archcalc.cli.options import read_spec, spec_argument, spec_options
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.ops import OPS
from archcalc.render.screen import screen
from archcalc.render.text_table import print_table
from archcalc.render.yaml import expanded_yaml
from archcalc.spec.expanded import expanded_spec
from archcalc.tables.catalog import operator_table, operators_table


@click.command(epilog="Example: archcalc show r2plus1d_18 --set classes=101")
@spec_argument
@spec_options
def show(spec: str, settings: tuple[str, ...], inputs: tuple[str, ...]) -> None:
    """Print SPEC expanded: every layer with its arguments, what it reads, and its shape."""
    click.echo(expanded_yaml(expanded_spec(read_spec(spec, settings, inputs))), nl=False)


@click.command(epilog="Example: archcalc ops conv3d")
@click.argument("name", required=False)
def ops(name: str | None) -> None:
    """List the operators, or describe the one called NAME."""
    if name is None:
        print_table(operators_table(), screen())
        return
    if name not in OPS:
        hint = did_you_mean(name, OPS)
        raise UsageError(f"no operator {name!r}; archcalc ops lists them" + (f" ({hint})" if hint else ""))
    print_table(operator_table(name), screen())
