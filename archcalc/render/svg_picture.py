"""SVG that is written by hand as PNG or PDF, by CairoSVG of the `diagram` extra."""

from __future__ import annotations

import re

from archcalc.core.extras import install_command
from archcalc.core.problem import Unavailable

MOST_PIXELS = 40_000_000
"""A PNG of more takes hundreds of megabytes to draw."""
SHARP = 2
"""Pixels of a PNG per unit of the drawing; 1 where the PNG would be too large."""
INSTALL = install_command("diagram")


def svg_picture(text: str, output_format: str) -> bytes:
    """An SVG as it is, as png or as pdf.

    Raises:
        Unavailable: CairoSVG or the cairo library is missing, or the PNG would be too large.
    """
    if output_format == "svg":
        return text.encode()
    sizes = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    area = float(sizes[1]) * float(sizes[2]) if sizes else 0
    scale = SHARP if SHARP**2 * area <= MOST_PIXELS else 1
    if output_format == "png" and area > MOST_PIXELS:
        raise Unavailable(f"a PNG of {area / 1e6:.0f} megapixels, at most {MOST_PIXELS // 10**6}; write .svg")
    try:
        import cairosvg
    except (ImportError, OSError):  # OSError: the package is there, the cairo library is not
        raise Unavailable(f"{output_format} needs CairoSVG and cairo; {INSTALL}, or write .svg") from None
    if output_format == "png":
        return bytes(cairosvg.svg2png(bytestring=text.encode(), scale=scale))
    return _DATE.sub(_without_digits, cairosvg.svg2pdf(bytestring=text.encode()))


_DATE = re.compile(rb"/CreationDate \(D:[^)]*\)")


def _without_digits(date: re.Match[bytes]) -> bytes:
    """The start of the century, as long as what it stands for: a drawing has no date, and its bytes do not change."""
    return b"/CreationDate (D:20000101000000Z)".ljust(len(date[0]))
