"""Drawings as TikZ: as many shapes and texts as the SVG has, at the same places, and nothing that TeX would obey."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.problem import Unavailable
from archcalc.render import svg
from archcalc.render.diagram import KINDS, Asked, drawn
from archcalc.render.graphviz import renderer
from archcalc.render.tikz import tikz_text
from archcalc.render.tikz_text import tex
from tests.latex import compiled

SHAPES = ("rect", "line", "polyline", "polygon", "circle", "ellipse", "path")


def both(kind: str, network: str = "r2plus1d_18", **asked: bool) -> tuple[ElementTree.Element, str]:
    analysis = archcalc.analyze(archcalc.load(network))
    try:
        picture = drawn(kind, [analysis], Asked(), "a.svg")
    except Unavailable as missing:
        pytest.skip(str(missing))
    return ElementTree.fromstring(picture), drawn(kind, [analysis], Asked(**asked), "a.tex").decode()  # type: ignore[arg-type]


def count(root: ElementTree.Element, *tags: str) -> int:
    return sum(each.tag.rpartition("}")[2] in tags for each in root.iter())


@pytest.mark.parametrize("kind", KINDS)
def test_every_shape_and_every_text_of_the_svg_is_there(kind: str) -> None:
    root, text = both(kind)
    assert text.count(r"\node[") == count(root, "text")
    assert text.count(r"\path[") == count(root, *SHAPES) + 1  # the page
    assert text.count("{") == text.count("}")
    used = set(re.findall(r"=(archcalc[0-9a-f]{6})", text))
    assert used == set(re.findall(r"\\providecolor\{(\w+)\}", text))


def test_places_and_colors_are_those_of_the_svg() -> None:
    page = svg.page(80, 40, "#ffffff", "t", [
        svg.element("line", x1=1, y1=2, x2=3, y2=4, stroke="#123456", stroke_width=2),
        svg.element("rect", x=5, y=6, width=7, height=8, rx=4, fill="#abcdef", stroke="#000000"),
        svg.text((9, 10), "50% of a_b", 12, "#010203", "end", font_weight="bold"),
    ])  # fmt: skip
    lines = tikz_text(page, snippet=True).splitlines()
    assert r"\providecolor{archcalcabcdef}{HTML}{ABCDEF}%" in lines
    assert r"\path[draw=archcalc123456, line width=1.5bp] (1,2) -- (3,4);" in lines
    assert (
        r"\path[fill=archcalcabcdef, draw=archcalc000000, line width=0.75bp, rounded corners=3bp]"
        r" (5,6) rectangle (12,14);" in lines
    )
    assert (
        r"\node[anchor=base east, text=archcalc010203, font=\sffamily\bfseries\fontsize{9}{10.8}\selectfont]"
        r" at (9,10) {50\% of a\_b};" in lines
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_snippet_is_the_picture_without_its_page(kind: str) -> None:
    root, document = both(kind)
    _, snippet = both(kind, snippet=True)
    assert r"\documentclass" not in snippet
    whole, part = (text.partition(r"\begin{tikzpicture}")[2].splitlines() for text in (document, snippet))
    gone = [line for line in whole if line not in part]
    assert gone[-1] == r"\end{document}"
    (page,) = gone[:-1]
    assert re.match(r"\\path\[fill=(archcalcffffff|white)[],]", page)
    across = [sorted(map(float, axis)) for axis in zip(*re.findall(r"\((\S+),(\S+)\)", page), strict=True)]
    sides = [float(root.attrib[side].removesuffix("pt")) for side in ("width", "height")]
    assert [axis[-1] - axis[0] for axis in across] == pytest.approx(sides, abs=1)


def test_the_command_writes_both(tmp_path: Path) -> None:
    for options, first in (((), "% A page as large"), (("--snippet",), r"% For \input")):
        path = tmp_path / "a.tex"
        arguments = ["diagram", "field_temporal", "--kind", "unroll", "-o", str(path), *options]
        assert CliRunner().invoke(main, arguments, catch_exceptions=False).exit_code == 0
        assert path.read_text(encoding="utf-8").startswith(first)


def test_a_snippet_is_tex() -> None:
    done = CliRunner().invoke(main, ["diagram", "field_temporal", "--kind", "unroll", "-o", "a.svg", "--snippet"])
    assert (done.exit_code, "--snippet with a.svg; expected a file name that ends in .tex" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("a_b & 5% #1 $x$ ^~", r"a\_b \& 5\% \#1 \$x\$ \textasciicircum{}\textasciitilde{}"),
        ("T 8 → 4", r"T 8 $\to$ 4"),
        ("t=(0,…,15)", "t=(0,...,15)"),
        ("größe λ ∞", r"größe $\lambda$ $\infty$"),
        ("u\N{COMBINING DIAERESIS}", "ü"),
        ("視 🎬", r"\archcalcletter{視}{8996} \archcalcletter{🎬}{1F3AC}"),
        ("?` !` ,,a'' --", r"?{`} !{`} ,\/,a'\/' -\/-"),
        ("#abcdef", r"\#abcdef"),
    ],
)
def test_text_commands_nothing(words: str, written: str) -> None:
    assert tex(words) == written


def test_what_is_longer_than_tex_can_measure_is_refused() -> None:
    with pytest.raises(Unavailable, match="a drawing of 22,500 points, for TeX at most 16,000"):
        tikz_text(svg.page(10, 30_000, "#ffffff", "t", []))


def test_a_shape_that_is_not_known_is_no_silent_gap() -> None:
    with pytest.raises(ValueError, match="<image>"):
        tikz_text(svg.page(1, 1, "#ffffff", "t", [svg.element("image")]))


HOSTILE = r"""# $$$$ % & _ { } ~ ^ \ ü 視頻 🎬 ` '' -- ?` ,, << [x] *a λ ∞ \input{x} ^^41"""
NETWORK = """archcalc: 1
name: hostile
title: '{0}'
inputs:
  '{0}': {{C: 1, T: 4, H: 8, W: 8}}
layers:
  - conv3d: {{name: '{0}', out: 2, kernel: 3, padding: same}}
  - conv3d: {{name: '[opt] *', out: 2, kernel: [2, 3, 3]}}
"""


def pictures(**asked: bool) -> list[str]:
    """Each kind of drawing of a network whose names are full of commands of TeX."""
    analysis = archcalc.analyze(archcalc.load_text(NETWORK.format(HOSTILE.replace("'", "''"))))
    kinds = [kind for kind in KINDS if kind != "graph" or graph_is_drawn()]
    return [drawn(kind, [analysis], Asked(**asked), "a.tex").decode() for kind in kinds]  # type: ignore[arg-type]


def graph_is_drawn() -> bool:
    try:
        renderer()
    except Unavailable:
        return False
    return True


def test_latex_sets_all_kinds_within_the_lines_of_a_page(tmp_path: Path) -> None:
    figures = pictures(snippet=True)
    for number, text in enumerate(figures):
        (tmp_path / f"{number}.tex").write_text(text, encoding="utf-8")
    shown = "".join(rf"\noindent\input{{{number}.tex}}\clearpage" for number in range(len(figures)))
    preamble = r"\documentclass{article}\usepackage{tikz}\pagestyle{empty}"
    (tmp_path / "paper.tex").write_text(rf"{preamble}\begin{{document}}{shown}\end{{document}}", encoding="utf-8")
    said = compiled(tmp_path, "paper.tex")
    assert "Overfull" not in said
    assert f"({len(figures)} pages" in said
    assert "archcalc warning: no letter U+8996 in this font" in said


def test_latex_makes_one_page_of_a_document(tmp_path: Path) -> None:
    text = pictures()[0]
    (tmp_path / "a.tex").write_text(text, encoding="utf-8")
    said = compiled(tmp_path, "a.tex")
    assert ("(1 page," in said, "Overfull" in said) == (True, False)


def test_a_document_is_as_large_as_its_drawing() -> None:
    page = svg.page(80, 40, "#ffffff", "t", [])
    text = tikz_text(page)
    assert r"\usepackage[paperwidth=60bp, paperheight=30bp, margin=0pt]{geometry}" in text
    assert r"\path[use as bounding box] (0,0) rectangle (80,40);" in text
    used = set(re.findall(r"\\usepackage(?:\[[^]]*\])?\{([\w-]+)\}", text))
    assert used == {"lmodern", "fontenc", "fix-cm", "tikz", "geometry"}


def test_a_snippet_fits_the_line_and_the_page_without_a_background() -> None:
    page = svg.page(800, 400, "#fafafa", "t", [svg.element("rect", x=0, y=0, width=1, height=1, fill="#123456")])
    lines = tikz_text(page, snippet=True).splitlines()
    assert r"\begingroup\dimen4=600bp\relax" in lines
    assert r"\ifdim\dimen4>1.6\textheight\dimen4=1.6\textheight\fi%" in lines  # 0.8 of the height, twice as wide
    assert [line for line in lines if "fafafa" in line] == []
    assert r"\providecolor{archcalc123456}{HTML}{123456}%" in lines
    body = lines[next(at for at, line in enumerate(lines) if line.startswith(r"\begingroup")) :]
    assert [
        line for line in body if not line.endswith(("%", ";", r"\relax", "bp, inner sep=0pt, outer sep=0pt]"))
    ] == []


def test_text_in_the_middle_of_its_letters_gets_a_baseline() -> None:
    page = svg.page(80, 40, "#ffffff", "t", [
        svg.text((9, 10), "Typ", 10, "#000000", "middle", dominant_baseline="central"),
    ])  # fmt: skip
    assert "[anchor=base, text=archcalc000000, font=" in tikz_text(page)
    assert "at (9,13.46) {Typ};" in tikz_text(page)
