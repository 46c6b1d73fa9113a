"""archcalc diagram."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import read_analysis, spec_options, specs_argument
from archcalc.core.problem import UsageError
from archcalc.render.dot import ORIENTATIONS, dot_text
from archcalc.render.files import write_bytes
from archcalc.render.graphviz import picture
from archcalc.render.mermaid import mermaid_text
from archcalc.render.palette import THEMES
from archcalc.render.plot_field import BY, field_picture
from archcalc.render.svg_kernels import kernels_svg
from archcalc.render.svg_picture import svg_picture
from archcalc.render.svg_planes import planes_svg
from archcalc.render.unroll import unroll_svg
from archcalc.view.drawing.field import VIEWS, field_path, parse_target
from archcalc.view.drawing.graph import HEATS, graph_drawing
from archcalc.view.drawing.kernels import kernels_drawing
from archcalc.view.drawing.planes import planes_drawing
from archcalc.view.drawing.unroll import unroll_drawing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.analysis.records import Analysis

TEXTS = {".dot": dot_text, ".mmd": mermaid_text}
PICTURES = (".svg", ".png", ".pdf")


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    ending: str
    depth: int
    heat: str | None
    orientation: str
    target: str | None
    by: str
    rf: str
    axis: str
    theme: str


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that can be drawn: how, to files of which endings, and whether of several networks at once."""

    draw: Callable[[Sequence[Analysis], Asked], bytes]
    endings: tuple[str, ...] = PICTURES
    several: bool = False


def _graph(analyses: Sequence[Analysis], asked: Asked) -> bytes:
    drawing = graph_drawing(analyses[0], asked.depth, asked.heat)
    if asked.ending in TEXTS:
        return TEXTS[asked.ending](drawing, asked.theme, asked.orientation).encode()
    return picture(dot_text(drawing, asked.theme, asked.orientation), asked.ending[1:])


def _kernels(analyses: Sequence[Analysis], asked: Asked) -> bytes:
    return svg_picture(kernels_svg([kernels_drawing(each) for each in analyses], asked.theme), asked.ending[1:])


def _field(analyses: Sequence[Analysis], asked: Asked) -> bytes:
    target = None if asked.target is None else parse_target(asked.target)
    paths = [field_path(each, asked.rf) for each in analyses]
    return field_picture(paths, target, asked.by, asked.theme, asked.ending[1:])


def _unroll(analyses: Sequence[Analysis], asked: Asked) -> bytes:
    if asked.axis == "space":
        return svg_picture(planes_svg(planes_drawing(analyses[0]), asked.theme), asked.ending[1:])
    return svg_picture(unroll_svg(unroll_drawing(analyses[0]), asked.theme), asked.ending[1:])


UNROLLED = ("time", "space")

KINDS = {
    "graph": Kind(_graph, (*PICTURES, *TEXTS)),
    "kernels": Kind(_kernels, several=True),
    "field": Kind(_field, several=True),
    "unroll": Kind(_unroll),
}


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
@click.option("--target", metavar="TxHxW", help="field: a goal, such as 25x300x300, and whether it is reached.")
@click.option(
    "--by",
    type=click.Choice(BY),
    default="space",
    show_default=True,
    help="field: frames against pixels, or both over depth.",
)
@click.option(
    "--rf",
    type=click.Choice(VIEWS),
    default="full",
    show_default=True,
    help="field: as papers print it, or as it is really read.",
)
@click.option(
    "--axis",
    type=click.Choice(UNROLLED),
    default="time",
    show_default=True,
    help="unroll: frames, or planes of height and width with the regions that one feature sees.",
)
def diagram(specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...], kind: str, output: str,
            **asked: Any) -> None:  # fmt: skip
    """Draw a SPEC, or several.

    graph: boxes coloured by what they do to time, shapes on the edges, equal turns folded. kernels: each distinct
    kernel as a box of T x H x W with the volume that it slides over. field: how the receptive field grows in frames and
    pixels. unroll: frames as columns, layers as rows, each feature with the frames that it has seen; with --axis space
    a feature and the regions that it sees in every layer before it. Kernels and fields of several SPECs come into one
    drawing.
    """
    ending, chosen = PurePath(output).suffix, KINDS[kind]
    if ending not in chosen.endings:
        raise UsageError(f"--output {output}; a name that ends in {', '.join(chosen.endings)}")
    if len(specs) > 1 and not chosen.several:
        raise UsageError(f"{len(specs)} specs; --kind {kind} draws one")
    analyses = [read_analysis(spec, settings, inputs) for spec in specs]
    write_bytes(output, chosen.draw(analyses, Asked(ending=ending, **asked)))
