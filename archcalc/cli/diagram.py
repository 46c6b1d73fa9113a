"""The command `archcalc diagram`."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from archcalc.cli.options import read_analysis, spec_options, specs_argument
from archcalc.core.problem import UsageError
from archcalc.render.diagram import FORMATS, KINDS, asked_of, check, choices, drawn
from archcalc.render.files import write_bytes

DEFAULT = ParameterSource.DEFAULT


def choice(name: str) -> click.Choice[str]:
    """Return the type of an option whose values the drawings define."""
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
    help="Write to FILE, whose ending selects the format: .svg, .png, .pdf, .tex (TikZ), .dot or .mmd (Mermaid)."
    " - is standard output.",
)
@click.option("--format", "picture_format", type=click.Choice(FORMATS),
              help="Format, regardless of the ending of FILE.  [default on standard output: svg]")  # fmt: skip
@click.option(
    "--depth",
    type=click.IntRange(min=1),
    help="Combine layers whose paths have more than this number of segments; kernels: one figure for each such part and"
    " kernel; volume: open no part further.  [default: 1 for graph, else none]",
)
@click.option(
    "--heat",
    type=choice("heat"),
    help="graph: shade boxes by a quantity instead of coloring them by their temporal effect.",
)
@click.option(
    "--color",
    type=choice("color"),
    default="time",
    show_default=True,
    help="graph, kernels, volume: color boxes by what they do along the time axis, or by the kind of their layers: the"
    " kind with the most multiply-accumulates.",
)
@click.option(
    "--orientation",
    type=choice("orientation"),
    default="down",
    show_default=True,
    help="graph: direction from input to output.",
)
@click.option(
    "--theme",
    type=choice("theme"),
    default="light",
    show_default=True,
    help="Colors of the drawing; in print, grays with edges and hatches that differ without color.",
)
@click.option(
    "--target",
    metavar="TxHxW",
    help="field: mark a goal, such as 25x300x300, or 25 for frames alone, and whether it is reached.",
)
@click.option(
    "--by",
    type=choice("by"),
    default="space",
    show_default=True,
    help="field: draw frames against pixels, or both over depth; sequences are drawn over depth.",
)
@click.option(
    "--rf",
    type=choice("rf"),
    default="full",
    show_default=True,
    help="field, volume: kind of receptive field (see archcalc table --rf).",
)
@click.option(
    "--axis",
    type=choice("axis"),
    default="time",
    show_default=True,
    help="unroll: draw frames, or planes of height and width with the region that one feature depends on.",
)
@click.option("--frames", metavar="FIRST:END", help="unroll: draw this window, such as 10:26 for frames 10 to 25.")
@click.option(
    "--fit",
    metavar="WIDTH:HEIGHT",
    help="graph, kernels, volume: break columns or lines for a page of this shape, such as 16:9.",
)
@click.option("--snippet", is_flag=True, help=".tex: write the picture alone, for \\input, instead of a document.")
@click.pass_context
def diagram(ctx: click.Context, /, specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...],
            kind: str, output: str, picture_format: str | None, **asked: Any) -> None:  # fmt: skip
    """Draw one SPEC or several.

    graph: layers as boxes colored by their temporal effect, shapes on the edges, equal iterations folded. kernels: each
    distinct kernel as a box of T x H x W with the volume that it slides over. field: growth of the receptive field in
    frames and pixels. unroll: frames as columns, layers as rows, each feature with the frames that it depends on; with
    --axis space, one feature and the region of each earlier layer that it depends on. volume: the feature maps as boxes
    of T x H x W, one box per size. Several SPECs are drawn together, except with unroll.
    """
    given = {name: value for name, value in asked.items() if ctx.get_parameter_source(name) is not DEFAULT}
    named = output if picture_format is None else f"{output}.{picture_format}"
    check(kind, named, len(specs))
    if asked["snippet"] and not named.endswith(".tex"):
        raise UsageError(f"--snippet with {named}; expected a file name that ends in .tex")
    options = asked_of(kind, given)
    analyses = [read_analysis(spec, settings, inputs) for spec in specs]
    write_bytes(output, drawn(kind, analyses, options, named))
