"""A drawing as TikZ, for LaTeX: every shape, line and text of an SVG at the same place in the same color."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from archcalc.core.problem import Unavailable
from archcalc.render.svg import number
from archcalc.render.tikz_text import LETTER, NUMBER, node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from xml.etree.ElementTree import Element

Style = dict[str, str]

INHERITED = (
    "fill", "stroke", "stroke-width", "font-size", "font-weight", "text-anchor", "stroke-dasharray", "fill-opacity",
    "dominant-baseline", "font-style", "opacity", "stroke-linejoin", "stroke-linecap",
)  # fmt: skip
PIXEL = 0.75
"""Points of a pixel, of which an inch has 96; Graphviz draws in points."""
MOST_POINTS = 16_000
"""TeX has no lengths of more than 16,383 points."""

DOCUMENT = r"""%% A page as large as the drawing. pdflatex or lualatex compiles it with the packages tikz and geometry,
%% and with lmodern, for better letters, where it is installed. In a slide or a paper:
%% \includegraphics[width=\linewidth, height=0.8\textheight, keepaspectratio]{the PDF}
\documentclass{article}
\ifdefined\Umathchar\else
\IfFileExists{lmodern.sty}{\usepackage{lmodern}\usepackage[T1]{fontenc}}{\usepackage{fix-cm}}\fi
\usepackage{tikz}
\usepackage[paperwidth=%(width)sbp, paperheight=%(height)sbp, margin=0pt]{geometry}
\pagestyle{empty}
\begin{document}
\noindent
%(picture)s\end{document}
"""
SNIPPET = r"""%% For \input{this file} in a slide or a paper: no wider than the line, no higher than 0.8 of the text.
%% Needs \usepackage{tikz}, and \usepackage{lmodern} for letters of every size. The background stays that of the page.
%% A color that is defined before replaces that of the drawing: \colorlet{%(color)s}{blue!20}
\begingroup\dimen4=%(width)sbp\relax
\ifdim\dimen4>\linewidth\dimen4=\linewidth\fi%%
\ifdim\dimen4>%(most)s\textheight\dimen4=%(most)s\textheight\fi%%
\resizebox{\dimen4}{!}{%%
%(picture)s}\endgroup%%
"""
HIGHEST = 0.8
"""How much of the height of the text a snippet takes at most: a slide has a title, a figure a caption."""


def tikz_text(svg: str, *, snippet: bool = False) -> str:
    """Return a document that LaTeX compiles to the picture of an SVG, or with `snippet` the picture without a page.

    What an SVG of archcalc or Graphviz is made of is known here; ValueError for anything else.

    Raises:
        Unavailable: the drawing is longer than TeX can measure.
    """
    root = ElementTree.fromstring(svg)
    unit = 1.0 if root.get("width", "").endswith("pt") else PIXEL
    width, height = (float(root.get(side, "0").removesuffix("pt")) for side in ("width", "height"))
    longest = unit * max(width, height)
    if longest > MOST_POINTS:
        raise Unavailable(f"a drawing of {longest:,.0f} points, for TeX at most {MOST_POINTS:,}; write .svg or .pdf")
    drawn = list(_children(root, {"fill": "#000000", "font-size": "16"}, unit))
    if snippet:
        drawn = _without_background(drawn)
    colors = dict.fromkeys(re.findall(r"(?:fill|draw|text)=archcalc([0-9a-f]{6})", "\n".join(drawn)))
    lines = [rf"\providecolor{{archcalc{color}}}{{HTML}}{{{color.upper()}}}%" for color in colors]
    lines += [rf"\begin{{tikzpicture}}[x={number(unit)}bp, y=-{number(unit)}bp, inner sep=0pt, outer sep=0pt]"]
    lines += [rf"\path[use as bounding box] (0,0) rectangle ({number(width)},{number(height)});"]
    picture = "\n".join([*lines, *drawn, r"\end{tikzpicture}%", ""])
    if r"\archcalcletter" in picture:
        picture = LETTER + picture
    return (SNIPPET if snippet else DOCUMENT) % {
        "width": number(width * unit),
        "height": number(height * unit),
        "most": number(HIGHEST * width / height),
        "color": f"archcalc{next(iter(colors), 'ffffff')}",
        "picture": picture,
    }


def _without_background(drawn: list[str]) -> list[str]:
    """The drawing without its first shape, which fills the page: a slide has its own."""
    first = next((place for place, line in enumerate(drawn) if line.startswith(r"\path[")), len(drawn))
    return drawn[:first] + drawn[first + 1 :]


def _children(parent: Element, inherited: Mapping[str, str], unit: float) -> Iterator[str]:
    for child in parent:
        if isinstance(child.tag, str):  # a comment has a function
            yield from _drawn(child, inherited, unit)


def _drawn(found: Element, inherited: Mapping[str, str], unit: float) -> Iterator[str]:
    tag = found.tag.rpartition("}")[2]
    style = {**inherited, **{key: found.attrib[key] for key in INHERITED if key in found.attrib}}
    if tag in ("title", "desc"):
        return
    if tag in ("g", "a"):
        moved = re.search(rf"translate\(({NUMBER})[ ,]+({NUMBER})\)", found.get("transform", ""))
        if moved:
            yield rf"\begin{{scope}}[shift={{({moved[1]},{moved[2]})}}]"
        yield from _children(found, style, unit)
        if moved:
            yield r"\end{scope}"
    elif tag == "text":
        yield node(found, style, _color(style["fill"]), unit)
    elif tag in SHAPES:
        options = [*_paint(style if tag != "line" else {**style, "fill": "none"}, unit), *_corners(found, unit)]
        if options:
            yield rf"\path[{', '.join(options)}] {SHAPES[tag](found)};"
    else:
        raise ValueError(f"an SVG with <{tag}>")


def _paint(style: Mapping[str, str], unit: float) -> list[str]:
    """How a shape is drawn and filled; nothing for one that is not seen."""
    fill, stroke = style.get("fill", "none"), style.get("stroke", "none")
    options = [] if _unseen(fill) else [f"fill={_color(fill)}"]
    if options and "fill-opacity" in style:
        options.append(f"fill opacity={style['fill-opacity']}")
    if not _unseen(stroke):
        options += [f"draw={_color(stroke)}", f"line width={number(float(style.get('stroke-width', '1')) * unit)}bp"]
        options += [f"line {what}={style[f'stroke-line{what}']}" for what in ("join", "cap")
                    if f"stroke-line{what}" in style]  # fmt: skip
        if style.get("stroke-dasharray", "none") != "none":
            options.append(_dashes(style["stroke-dasharray"], unit))
    return [*options, f"opacity={style['opacity']}"] if options and "opacity" in style else options


def _unseen(color: str) -> bool:
    return color in ("none", "transparent")


def _color(color: str) -> str:
    """The name of a color `#rrggbb` in the document, or the name that it has for xcolor too, such as black."""
    return f"archcalc{color[1:].lower()}" if color.startswith("#") else color


def _dashes(array: str, unit: float) -> str:
    lengths = [float(each) * unit for each in re.split(r"[ ,]+", array.strip())]
    lengths *= 1 + len(lengths) % 2
    return "dash pattern=" + " ".join(
        f"{'off' if place % 2 else 'on'} {number(length)}bp" for place, length in enumerate(lengths)
    )


def _corners(found: Element, unit: float) -> list[str]:
    radius = found.get("rx") if found.tag.endswith("rect") else None
    return [] if radius is None else [f"rounded corners={number(float(radius) * unit)}bp"]


def _rect(found: Element) -> str:
    x, y = float(found.get("x", "0")), float(found.get("y", "0"))
    right, below = x + float(found.attrib["width"]), y + float(found.attrib["height"])
    return f"({number(x)},{number(y)}) rectangle ({number(right)},{number(below)})"


def _line(found: Element) -> str:
    return "({x1},{y1}) -- ({x2},{y2})".format(**found.attrib)


def _polyline(found: Element) -> str:
    values = re.findall(NUMBER, found.attrib["points"])
    return " -- ".join(f"({x},{y})" for x, y in zip(values[::2], values[1::2], strict=True))


def _circle(found: Element) -> str:
    return "({cx},{cy}) circle[radius={r}]".format(**found.attrib)


def _ellipse(found: Element) -> str:
    return "({cx},{cy}) circle[x radius={rx}, y radius={ry}]".format(**found.attrib)


def _path(found: Element) -> str:
    """Lines and cubic curves in absolute coordinates, as Graphviz writes them."""
    parts = []
    for command, written in re.findall(r"([A-Za-z])([^A-Za-z]*)", found.attrib["d"]):
        values = re.findall(NUMBER, written)
        points = [f"({x},{y})" for x, y in zip(values[::2], values[1::2], strict=True)]
        if command == "C":
            parts += [f".. controls {one} and {two} .. {end}" for one, two, end in
                      zip(points[::3], points[1::3], points[2::3], strict=True)]  # fmt: skip
        elif command in "ML":
            parts.append(("" if command == "M" else "-- ") + " -- ".join(points))
        elif command in "Zz":
            parts.append("-- cycle")
        else:
            raise ValueError(f"a path of an SVG with {command}")
    return " ".join(parts)


SHAPES: dict[str, Callable[[Element], str]] = {
    "rect": _rect,
    "line": _line,
    "polyline": _polyline,
    "polygon": lambda found: f"{_polyline(found)} -- cycle",
    "circle": _circle,
    "ellipse": _ellipse,
    "path": _path,
}
