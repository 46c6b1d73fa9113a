"""archcalc diagram."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import read_analysis, spec_argument, spec_options
from archcalc.core.problem import UsageError
from archcalc.render.dot import ORIENTATIONS, dot_text
from archcalc.render.files import write_bytes, write_text
from archcalc.render.graphviz import picture
from archcalc.render.mermaid import mermaid_text
from archcalc.render.palette import THEMES
from archcalc.render.unroll import unroll_svg
from archcalc.view.drawing.graph import HEATS, graph_drawing
from archcalc.view.drawing.unroll import unroll_drawing

if TYPE_CHECKING:
    from archcalc.view.drawing.graph import GraphDrawing

TEXTS = {".dot": dot_text, ".mmd": mermaid_text}
PICTURES = (".svg", ".png", ".pdf")
KINDS = {"graph": (*PICTURES, *TEXTS), "unroll": (".svg",)}
"""What can be drawn, and the endings of the files it can be written to."""


@click.command(epilog="Example: archcalc diagram r2plus1d_18 -o r2plus1d_18.svg")
@spec_argument
@spec_options
@click.option("--kind", type=click.Choice(list(KINDS)), default="graph", show_default=True, help="What to draw.")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Write to FILE, whose ending says how: .svg, .png, .pdf, .dot or .mmd (Mermaid).",
)
@click.option(
    "--depth",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="graph: put layers deeper than so many path segments together.",
)
@click.option(
    "--heat", type=click.Choice(HEATS), help="graph: shade by a quantity instead of by what layers do to time."
)
@click.option(
    "--orientation",
    type=click.Choice(list(ORIENTATIONS)),
    default="down",
    show_default=True,
    help="graph: where the network grows to.",
)
@click.option("--theme", type=click.Choice(list(THEMES)), default="light", show_default=True, help="Which colours.")
def diagram(spec: str, settings: tuple[str, ...], inputs: tuple[str, ...], kind: str, output: str, depth: int,
            heat: str | None, orientation: str, theme: str) -> None:  # fmt: skip
    """Draw SPEC.

    graph: boxes coloured by what they do to time, shapes on the edges, equal turns folded. unroll: frames as columns,
    layers as rows, each feature with the frames that it has seen.
    """
    ending = PurePath(output).suffix
    if ending not in KINDS[kind]:
        raise UsageError(f"--output {output}; a name that ends in {', '.join(KINDS[kind])}")
    analysis = read_analysis(spec, settings, inputs)
    if kind == "unroll":
        write_text(output, unroll_svg(unroll_drawing(analysis), theme))
    else:
        write_bytes(output, _drawn(graph_drawing(analysis, depth, heat), ending, theme, orientation))


def _drawn(drawing: GraphDrawing, ending: str, theme: str, orientation: str) -> bytes:
    if ending in TEXTS:
        return TEXTS[ending](drawing, theme, orientation).encode()
    return picture(dot_text(drawing, theme, orientation), ending[1:], len(drawing.boxes))
