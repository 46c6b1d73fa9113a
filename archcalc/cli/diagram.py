"""archcalc diagram."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from archcalc.cli.options import read_analysis, spec_options, specs_argument
from archcalc.render.diagram import FORMATS, KINDS, asked_of, check, choices, drawn
from archcalc.render.files import write_bytes

DEFAULT = ParameterSource.DEFAULT


def choice(name: str) -> click.Choice[str]:
    """The values of an option, as the drawings know them."""
    return click.Choice(choices(name) or ())


@click.command(epilog="Example: archcalc diagram r2plus1d_18 -o r2plus1d_18.svg")
@specs_argument
@spec_options
@click.option("--kind", type=click.Choice(list(KINDS)), default="graph", show_default=True, help="What to draw.")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Write to FILE, whose ending says how: .svg, .png, .pdf, .dot or .mmd (Mermaid). - is standard output.",
)
@click.option("--format", "picture_format", type=click.Choice(FORMATS),
              help="How to write it, whatever FILE ends in.  [default on standard output: svg]")  # fmt: skip
@click.option(
    "--depth",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="graph: put layers deeper than so many path segments together.",
)
@click.option("--heat", type=choice("heat"), help="graph: shade by a quantity instead of by what layers do to time.")
@click.option(
    "--orientation",
    type=choice("orientation"),
    default="down",
    show_default=True,
    help="graph: where the network grows to.",
)
@click.option("--theme", type=choice("theme"), default="light", show_default=True, help="Which colors.")
@click.option("--target", metavar="TxHxW", help="field: a goal, such as 25x300x300, and whether it is reached.")
@click.option(
    "--by",
    type=choice("by"),
    default="space",
    show_default=True,
    help="field: frames against pixels, or both over depth.",
)
@click.option(
    "--rf",
    type=choice("rf"),
    default="full",
    show_default=True,
    help="field, volume: as papers print it, or as it is really read.",
)
@click.option(
    "--axis",
    type=choice("axis"),
    default="time",
    show_default=True,
    help="unroll: frames, or planes of height and width with the regions that one feature sees.",
)
@click.pass_context
def diagram(ctx: click.Context, /, specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...],
            kind: str, output: str, picture_format: str | None, **asked: Any) -> None:  # fmt: skip
    """Draw a SPEC, or several.

    graph: boxes colored by what they do to time, shapes on the edges, equal turns folded. kernels: each distinct
    kernel as a box of T x H x W with the volume that it slides over. field: how the receptive field grows in frames and
    pixels. unroll: frames as columns, layers as rows, each feature with the frames that it has seen; with --axis space
    a feature and the regions that it sees in every layer before it. volume: the feature maps as boxes of T x H x W, a
    box to each size. Several SPECs come into one drawing, unless it is unrolled.
    """
    given = {name: value for name, value in asked.items() if ctx.get_parameter_source(name) is not DEFAULT}
    named = output if picture_format is None else f"{output}.{picture_format}"
    check(kind, named, len(specs))
    options = asked_of(kind, given)
    analyses = [read_analysis(spec, settings, inputs) for spec in specs]
    write_bytes(output, drawn(kind, analyses, options, named))
