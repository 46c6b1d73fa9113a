"""The command `archcalc explain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import analysis_options, comma_separated, read_analysis, spec_argument
from archcalc.core.problem import UsageError
from archcalc.render.screen import screen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis.records import Analysis

EXAMPLES = """\b
Example: archcalc explain slow_fusion conv3d_2
         archcalc explain c3d conv3a --at T=4
         archcalc explain i3d Mixed_4f.concat --of Mixed_4b.concat --at T=2,H=5
         archcalc explain c3d clip --at T=4 --reaches
"""


@dataclass(frozen=True, slots=True)
class Query:
    """A question about a layer: positions by axis, another tensor, and whether reached positions are asked for."""

    at: Mapping[str, int]
    of: str | None
    reaches: bool

    @property
    def reads(self) -> bool:
        """Return whether positions that are read are asked for, instead of every number of the layer."""
        return not self.reaches and (bool(self.at) or self.of is not None)


@click.command(epilog=EXAMPLES)
@spec_argument
@click.argument("layers", metavar="LAYER...", nargs=-1, required=True)
@click.option("--at", "places", multiple=True, metavar="AXIS=POSITION,...",
              help="Show what these positions of LAYER read, counted from 0; all positions of other axes.")  # fmt: skip
@click.option("--of", metavar="OTHER",
              help="Show what LAYER reads of the earlier layer OTHER instead of the network input. With --reaches,"
                   " OTHER is a later layer.")  # fmt: skip
@click.option("--reaches", is_flag=True,
              help="Show which positions of later layers depend on LAYER, which may be an input.")  # fmt: skip
@analysis_options
@click.option("--format", "output_format", type=click.Choice(["terminal", "markdown", "json"]), default="terminal",
              show_default=True, help="Format of the derivation.")  # fmt: skip
def explain(spec: str, layers: tuple[str, ...], places: tuple[str, ...], of: str | None, reaches: bool,
            settings: tuple[str, ...], inputs: tuple[str, ...], output_format: str, **asked: Any) -> None:  # fmt: skip
    """Show the arithmetic of a LAYER of SPEC, step by step, with its numbers.

    With --at or --of, show the first and the last position that it reads of the network input or of another layer; with
    --reaches, show the positions of later layers that depend on it.
    """
    query = Query(positions(places), of, reaches)
    analysis = read_analysis(spec, settings, inputs, **asked)
    if output_format == "json":
        from archcalc.render.explanation_json import explanations_json

        click.echo(explanations_json([_object(analysis, layer, query) for layer in layers]))
        return
    for number, layer in enumerate(layers):
        if number:
            click.echo()
        show = _show_reached if reaches else _show
        show(analysis, layer, query, output_format)


def positions(places: tuple[str, ...]) -> dict[str, int]:
    """Return the positions of `--at T=4,H=3 --at W=0` by axis; raise UsageError for other text or a repeated axis."""
    at: dict[str, int] = {}
    for place in (part for text in places for part in comma_separated(text) or (text,)):
        axis, equals, number = place.partition("=")
        if not equals or not number.isascii() or not number.isdigit() or len(number) > MOST_DIGITS:
            raise UsageError(f"--at {place!r}; expected AXIS=POSITION counted from 0, such as T=4 or T=4,H=10")
        if axis in at:
            raise UsageError(f"--at has axis {axis} twice; expected one position per axis")
        at[axis] = int(number)
    return at


MOST_DIGITS = 12


def _show(analysis: Analysis, layer: str, query: Query, output_format: str) -> None:
    from archcalc.analysis.queries import reads
    from archcalc.explain.findings import with_findings
    from archcalc.explain.layer import explain as derive
    from archcalc.explain.reads import explain_reads
    from archcalc.render.explanation import explanation_markdown, print_explanation

    if query.reads:
        explanation = explain_reads(analysis, reads(analysis, layer, query.at, query.of))
    else:
        explanation = with_findings(derive(analysis, layer), analysis, layer)
    if output_format == "markdown":
        click.echo(explanation_markdown(explanation), nl=False)
    else:
        print_explanation(explanation, screen())


def _show_reached(analysis: Analysis, layer: str, query: Query, output_format: str) -> None:
    from archcalc.analysis.queries import reached_from
    from archcalc.render.formats import table_format
    from archcalc.render.text_table import print_table
    from archcalc.tables.reach import reach_table

    table = reach_table(analysis, layer, query.at, reached_from(analysis, layer, query.at, query.of))
    if output_format == "markdown":
        click.echo(table_format(output_format)(table), nl=False)
    else:
        print_table(table, screen())


def _object(analysis: Analysis, layer: str, query: Query) -> dict[str, Any]:
    from archcalc.analysis.queries import reached_from, reads
    from archcalc.explain.layer import explain as derive
    from archcalc.render import explanation_json as json

    if query.reaches:
        found = reached_from(analysis, layer, query.at, query.of)
        explanation = None if layer in analysis.graph.inputs else derive(analysis, layer)
        return json.explanation_object(analysis, layer, explanation) | json.reaches_object(query.at, found.values())
    described = json.explanation_object(analysis, layer, derive(analysis, layer))
    return described | (json.reads_object(reads(analysis, layer, query.at, query.of)) if query.reads else {})
