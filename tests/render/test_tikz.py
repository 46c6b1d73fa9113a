"""Drawings as TikZ: as many shapes and texts as the SVG has, at the same places, and nothing that TeX would obey."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.problem import Unavailable
from archcalc.render import svg
from archcalc.render.diagram import KINDS, Asked, drawn
from archcalc.render.tikz import tex, tikz_text

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
    assert text.count(r"\path[") == count(root, *SHAPES)
    assert text.count("{") == text.count("}")
    used = set(re.findall(r"=(archcalc[0-9a-f]{6})", text))
    assert used == set(re.findall(r"\\definecolor\{(\w+)\}", text))


def test_places_and_colors_are_those_of_the_svg() -> None:
    page = svg.page(80, 40, "#ffffff", "t", [
        svg.element("line", x1=1, y1=2, x2=3, y2=4, stroke="#123456", stroke_width=2),
        svg.element("rect", x=5, y=6, width=7, height=8, rx=4, fill="#abcdef", stroke="#000000"),
        svg.text((9, 10), "50% of a_b", 12, "#010203", "end", font_weight="bold"),
    ])  # fmt: skip
    lines = tikz_text(page, snippet=True).splitlines()
    assert r"\definecolor{archcalcabcdef}{HTML}{ABCDEF}" in lines
    assert r"\path[draw=archcalc123456, line width=1.5bp] (1,2) -- (3,4);" in lines
    assert (
        r"\path[fill=archcalcabcdef, draw=archcalc000000, line width=0.75bp, rounded corners=3bp]"
        r" (5,6) rectangle (12,14);" in lines
    )
    assert (
        r"\node[anchor=base east, text=archcalc010203, font=\sffamily\bfseries\fontsize{9}{10.8}\selectfont]"
        r" at (9,10) {50\% of a\_b};" in lines
    )


def test_a_snippet_is_the_picture_alone() -> None:
    _, document = both("volume")
    _, snippet = both("volume", snippet=True)
    assert r"\documentclass" not in snippet
    assert snippet[snippet.index(r"\definecolor") :] in document


def test_the_command_writes_both(tmp_path: Path) -> None:
    for options, first in (((), r"\documentclass"), (("--snippet",), "% needs")):
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
        ("t=(0,…,15)", r"t=(0,\dots{},15)"),
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


@pytest.mark.parametrize("kind", KINDS)
def test_tex_compiles_it(kind: str, tmp_path: Path) -> None:
    compiler = shutil.which("lualatex") or shutil.which("pdflatex")
    if compiler is None:
        pytest.skip("no pdflatex and no lualatex on the PATH")
    (tmp_path / "a.tex").write_text(both(kind)[1], encoding="utf-8")
    command = [compiler, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    if "standalone.cls' not found" in done.stdout:
        pytest.skip("this TeX has no standalone.cls")
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "a.pdf").stat().st_size > 1000
