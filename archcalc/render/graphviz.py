"""Pictures of DOT by Graphviz: a `dot` on the PATH, else the renderer of the `diagram` extra."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from archcalc.core.problem import Unavailable

INSTALL = "pip install 'archcalc[diagram]'"
OWN = "graphviz-pure"
MOST_PNG_BOXES = 400
"""A PNG of more boxes needs more than a gigabyte; an SVG of thousands needs little."""


def picture(dot: str, output_format: str, boxes: int) -> bytes:
    """DOT as svg, png or pdf.

    Raises:
        Unavailable: there is nothing to draw with, it cannot draw this format, or the picture would be too large.
    """
    if output_format == "png" and boxes > MOST_PNG_BOXES:
        raise Unavailable(f"a PNG of {boxes} boxes, at most {MOST_PNG_BOXES}; write .svg, or lower --depth")
    try:
        import graphviz
        from graphviz.backend import dot_command
    except ImportError:
        raise Unavailable(f"drawing needs the graphviz package; {INSTALL}, or write .dot or .mmd") from None
    program = renderer(output_format)
    before = dot_command.DOT_BINARY
    dot_command.DOT_BINARY = program
    try:
        found = graphviz.Source(dot).pipe(format=output_format)
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
