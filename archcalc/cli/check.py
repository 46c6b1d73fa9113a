"""archcalc check."""

from __future__ import annotations

import click

from archcalc.api import analyze
from archcalc.cli.boundary import PROBLEMS_FOUND
from archcalc.cli.options import bundled_names, read_spec, spec_options
from archcalc.core.problem import SpecError
from archcalc.render.problems import print_problems
from archcalc.render.screen import screen


@click.command(epilog="Example: archcalc check my_network.yaml")
@click.argument("specs", metavar="SPEC...", shell_complete=bundled_names, nargs=-1, required=True)
@spec_options
@click.pass_context
def check(ctx: click.Context, specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...]) -> None:
    """Validate one or more specs and print every problem found."""
    failed = False
    for spec in specs:
        try:
            loaded = read_spec(spec, settings, inputs)
            analyze(loaded)
        except SpecError as error:
            print_problems(error.problems, screen())
            failed = True
            continue
        click.echo(f"{spec}: no problems, {len(loaded.graph.nodes)} layers")
    if failed:
        ctx.exit(PROBLEMS_FOUND)
