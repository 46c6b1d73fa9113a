"""Lines of text of an SVG as nodes of TikZ, with letters that LaTeX may lack replaced there instead of breaking it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import normalize

from archcalc.render.cells import one_line
from archcalc.render.latex import escape
from archcalc.render.svg import number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}
CENTRAL = 0.346
"""From the baseline of Helvetica to what SVG calls central, as a share of the size of the letters."""
NUMBER = r"-?[\d.]+(?:e-?\d+)?"

GREEK = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"
GREEK_WORDS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi"
    " omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
)
SYMBOLS = {
    "…": "...",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "·": r"$\cdot$",
    "✓": r"$\surd$",
    "\N{MINUS SIGN}": "$-$",
    "√": r"$\surd$",
    "∞": r"$\infty$",
} | {letter: rf"$\{word}$" for letter, word in zip(GREEK, GREEK_WORDS.split(), strict=True)}
LETTERS = re.compile(r"[\u00c0-\u00ff]")
"""What every LaTeX of today prints; the multiplication sign among them is a symbol before."""

LETTER = r"""\providecommand\archcalcletter[2]{% a letter, or a question mark and a warning where the font lacks it
  \ifdefined\Umathchar\iffontchar\font"#2 #1\else\archcalcmissing{#2}\fi%
  \else\ifcsname u8:\detokenize{#1}\endcsname#1\else\archcalcmissing{#2}\fi\fi}%
\providecommand\archcalcmissing[1]{?\GenericWarning{}{archcalc warning: no letter U+#1 in this font}}%
"""
"""Letters outside Latin-1: engines of Unicode ask the font, pdfTeX which letters its packages have declared."""


def node(found: Element, style: Mapping[str, str], color: str, unit: float) -> str:
    """Return one line of text; its baseline is where SVG gives it, or where letters have their middle."""
    size = float(style["font-size"].removesuffix("px"))
    x, y = (float(found.get(axis, "0")) for axis in ("x", "y"))
    options = [f"anchor={ANCHORS[style.get('text-anchor', 'start')]}", f"text={color}"]
    options.append(
        rf"font=\sffamily{_shape(style)}\fontsize{{{number(size * unit)}}}{{{number(1.2 * size * unit)}}}\selectfont"
    )
    turned = re.search(rf"rotate\(({NUMBER})", found.get("transform", ""))
    if turned:
        options.append(f"rotate={number(-float(turned[1]))}")
    if style.get("dominant-baseline") in ("central", "middle"):
        y += CENTRAL * size
    words = "".join(found.itertext())
    return rf"\node[{', '.join(options)}] at ({number(x)},{number(y)}) {{{tex(words)}}};"


def _shape(style: Mapping[str, str]) -> str:
    return r"\bfseries" * (style.get("font-weight") == "bold") + r"\itshape" * (style.get("font-style") == "italic")


def tex(words: str) -> str:
    """Return text with everything that TeX would take as a command escaped, and letters that its fonts may lack."""
    return "".join(map(_letter, escape(normalize("NFC", one_line(words)))))


def _letter(letter: str) -> str:
    if letter in SYMBOLS:
        return SYMBOLS[letter]
    if letter.isascii() or LETTERS.fullmatch(letter):
        return letter
    return rf"\archcalcletter{{{letter}}}{{{ord(letter):04X}}}"
