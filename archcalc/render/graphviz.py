"""Pictures of DOT by Graphviz: a `dot` on the PATH, else the renderer of the `diagram` extra."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from archcalc.core.problem import Unavailable

INSTALL = "pip install 'archcalc[diagram]'"
OWN = "graphviz-pure"
MOST_SIDE = 32_767
"""Pixels; Graphviz shrinks what is longer until nothing can be read."""
MOST_PIXELS = 64_000_000
"""Four bytes each while they are drawn; an SVG of thousands of boxes needs little."""
PIXELS_PER_POINT = 96 / 72


def picture(dot: str, output_format: str) -> bytes:
    """DOT as svg, png or pdf.

    Raises:
        Unavailable: there is nothing to draw with, it cannot draw this format, or the picture would be too large.
    """
    if output_format == "png":
        check_size(_drawn(dot, "svg"))
    return _drawn(dot, output_format)


def check_size(svg: bytes) -> None:
    """Unavailable for a picture that is too large in pixels; how large it gets, only its layout tells."""
    points = re.search(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if points is None:
        raise Unavailable("Graphviz does not say how large this PNG gets; write .svg")
    width, height = (round(float(side) * PIXELS_PER_POINT) for side in points.groups())
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise Unavailable(f"a PNG of {width:,} x {height:,} pixels is too large; write .svg, or lower --depth")


def _drawn(dot: str, output_format: str) -> bytes:
    try:
        import graphviz
        from graphviz.backend import dot_command
    except ImportError:
        raise Unavailable(f"drawing needs the graphviz package; {INSTALL}, or write .dot or .mmd") from None
    program = renderer(output_format)
    before = dot_command.DOT_BINARY
    dot_command.DOT_BINARY = program
    try:
        found = graphviz.Source(dot).pipe(format=output_format, quiet=True)
    except graphviz.CalledProcessError as error:
        raise Unavailable(f"{program.name} could not draw this: {str(error).splitlines()[0]}") from error
    finally:
        dot_command.DOT_BINARY = before
    return bytes(found)


def renderer(output_format: str) -> Path:
    """The program that draws a format; Unavailable where there is none."""
    found = shutil.which("dot")
    if found is not None:
        return Path(found)
    if output_format == "pdf":
        raise Unavailable("a PDF needs Graphviz itself (a dot program on the PATH); write .svg instead")
    beside = Path(sys.executable).parent / OWN
    own = shutil.which(OWN) or (str(beside) if beside.exists() else None)
    if own is None:
        raise Unavailable(f"no dot program on the PATH; {INSTALL} brings one, .dot and .mmd need none")
    return Path(own)
