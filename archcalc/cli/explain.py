"""archcalc explain."""

from __future__ import annotations

from typing import Any

import click

from archcalc.cli.options import analysis_options, read_analysis, spec_argument
from archcalc.render.explanation import explanation_markdown, print_explanation
from archcalc.render.screen import screen
from archcalc.view.explain import explain as derive


@click.command(epilog="Example: archcalc explain c3d conv2a")
@spec_argument
@click.argument("layer")
@analysis_options
@click.option("--format", "output_format", type=click.Choice(["terminal", "markdown"]), default="terminal",
              show_default=True, help="How to print the derivation.")  # fmt: skip
def explain(
    spec: str, layer: str, settings: tuple[str, ...], inputs: tuple[str, ...], output_format: str, **asked: Any
) -> None:
    """Show the arithmetic behind one LAYER of SPEC, step by step with the numbers in."""
    derivation = derive(read_analysis(spec, settings, inputs, **asked), layer)
    if output_format == "markdown":
        click.echo(explanation_markdown(derivation), nl=False)
    else:
        print_explanation(derivation, screen())
