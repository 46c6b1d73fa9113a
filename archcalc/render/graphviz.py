"""Pictures of DOT by Graphviz: a `dot` on the PATH, else the renderer of the `diagram` extra."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from archcalc.core.extras import install_command
from archcalc.core.problem import Unavailable
from archcalc.render.svg_picture import svg_picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INSTALL = install_command("diagram")
OWN = "graphviz-pure"
MOST_SIDE = 32_767
"""Pixels; Graphviz shrinks what is longer until nothing can be read."""
MOST_PIXELS = 64_000_000
"""Four bytes each while they are drawn; an SVG of thousands of boxes needs little."""
NARROW = 0.86
"""Width of Helvetica, for which Graphviz measures, relative to DejaVu Sans, which cairo uses if it lacks Helvetica."""
PIXELS_PER_POINT = 96 / 72


def picture(dot: str, output_format: str) -> bytes:
    """DOT as svg, png or pdf.

    Raises:
        Unavailable: there is nothing to draw with, it cannot draw this format, or the picture would be too large.
    """
    if output_format == "png":
        check_size(_drawn(dot, "svg"))
    if output_format == "pdf" and shutil.which("dot") is None:
        return svg_picture(with_narrow_letters(_drawn(dot, "svg").decode()), "pdf")  # the extra's renderer writes none
    return _drawn(dot, output_format)


def with_paths(svg: bytes, paths: Mapping[str, Sequence[str]]) -> bytes:
    """Return an SVG of Graphviz in which each node has the paths of its layers as `data-paths`, by its name."""

    def node(found: re.Match[str]) -> str:
        shown = escape("\n".join(paths.get(found[2], ())), {'"': "&quot;", "\n": "&#10;"})
        return f'{found[1]} data-paths="{shown}">{found[3]}' if shown else found[0]

    return _NODE.sub(node, svg.decode()).encode()


_NODE = re.compile(r'(<g id="[^"]*" class="node")>(?=\s*<title>(n\d+)</title>)()')


def with_narrow_letters(svg: str) -> str:
    """Letters that stay in their boxes in a wider font than the one the boxes were measured for."""
    return re.sub(r'font-size="([\d.]+)"', lambda size: f'font-size="{float(size[1]) * NARROW:.2f}"', svg)


def check_size(svg: bytes) -> None:
    """Unavailable for a picture that is too large in pixels; how large it gets, only its layout tells."""
    points = re.search(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if points is None:
        raise Unavailable("Graphviz does not report the size of this PNG; write .svg")
    width, height = (round(float(side) * PIXELS_PER_POINT) for side in points.groups())
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise Unavailable(f"a PNG of {width:,} x {height:,} pixels is too large; write .svg, or lower --depth")


def _drawn(dot: str, output_format: str) -> bytes:
    try:
        import graphviz
        from graphviz.backend import dot_command
    except ImportError:
        raise Unavailable(f"drawing needs the graphviz package; {INSTALL}, or write .dot or .mmd") from None
    program = renderer()
    before = dot_command.DOT_BINARY
    dot_command.DOT_BINARY = program
    try:
        found = graphviz.Source(dot).pipe(format=output_format, quiet=True)
    except graphviz.CalledProcessError as error:
        raise Unavailable(f"{program.name} could not draw this: {str(error).splitlines()[0]}") from error
    finally:
        dot_command.DOT_BINARY = before
    return bytes(found)


def renderer() -> Path:
    """The program that draws; Unavailable where there is none."""
    found = shutil.which("dot")
    if found is not None:
        return Path(found)
    program = Path(sys.executable).parent / OWN
    own = shutil.which(OWN) or (str(program) if program.exists() else None)
    if own is None:
        raise Unavailable(f"no dot program on the PATH; {INSTALL} brings one, .dot and .mmd need none")
    return Path(own)
