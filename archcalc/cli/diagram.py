"""archcalc diagram."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import read_analysis, spec_options, specs_argument
from archcalc.core.problem import UsageError
from archcalc.render.dot import ORIENTATIONS, dot_text
from archcalc.render.files import write_bytes
from archcalc.render.graphviz import picture
from archcalc.render.mermaid import mermaid_text
from archcalc.render.palette import THEMES
from archcalc.render.svg_kernels import kernels_svg
from archcalc.render.svg_picture import svg_picture
from archcalc.render.unroll import unroll_svg
from archcalc.view.drawing.graph import HEATS, graph_drawing
from archcalc.view.drawing.kernels import kernels_drawing
from archcalc.view.drawing.unroll import unroll_drawing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.analysis.records import Analysis
    from archcalc.view.drawing.graph import GraphDrawing

TEXTS = {".dot": dot_text, ".mmd": mermaid_text}
PICTURES = (".svg", ".png", ".pdf")
KINDS = {"graph": (*PICTURES, *TEXTS), "kernels": PICTURES, "unroll": PICTURES}
"""What can be drawn, and the endings of the files it can be written to."""
SEVERAL = ("kernels",)
"""What is drawn of several networks at once."""


@click.command(epilog="Example: archcalc diagram r2plus1d_18 -o r2plus1d_18.svg")
@specs_argument
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
def diagram(specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...], kind: str, output: str,
            depth: int, heat: str | None, orientation: str, theme: str) -> None:  # fmt: skip
    """Draw a SPEC, or several.

    graph: boxes coloured by what they do to time, shapes on the edges, equal turns folded. unroll: frames as columns,
    layers as rows, each feature with the frames that it has seen. kernels: each distinct kernel as a box of T x H x W
    with the volume that it slides over, several SPECs side by side.
    """
    ending = PurePath(output).suffix
    if ending not in KINDS[kind]:
        raise UsageError(f"--output {output}; a name that ends in {', '.join(KINDS[kind])}")
    if len(specs) > 1 and kind not in SEVERAL:
        raise UsageError(f"{len(specs)} specs; --kind {kind} draws one")
    analyses = [read_analysis(spec, settings, inputs) for spec in specs]
    if kind == "graph":
        drawn = _drawn(graph_drawing(analyses[0], depth, heat), ending, theme, orientation)
    else:
        drawn = svg_picture(BY_HAND[kind](analyses, theme), ending[1:])
    write_bytes(output, drawn)


def _kernels(analyses: Sequence[Analysis], theme: str) -> str:
    return kernels_svg([kernels_drawing(each) for each in analyses], theme)


def _unroll(analyses: Sequence[Analysis], theme: str) -> str:
    return unroll_svg(unroll_drawing(analyses[0]), theme)


BY_HAND: dict[str, Callable[[Sequence[Analysis], str], str]] = {"kernels": _kernels, "unroll": _unroll}


def _drawn(drawing: GraphDrawing, ending: str, theme: str, orientation: str) -> bytes:
    if ending in TEXTS:
        return TEXTS[ending](drawing, theme, orientation).encode()
    return picture(dot_text(drawing, theme, orientation), ending[1:])
