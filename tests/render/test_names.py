"""Names that mean something to a format come out as they were written, and do nothing."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from archcalc.render.formats import table_format
from archcalc.tables.layers import STYLES
from tests.render.networks import ALL_NETWORKS, analysis_of, table_of
from tests.render.readers import read_csv, read_html, read_markdown

DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs}
\usepackage{array}
\begin{document}
%s
\end{document}
"""
READS_NAMES = {"html": read_html, "markdown": read_markdown, "csv": read_csv}


@pytest.mark.parametrize("output_format", READS_NAMES)
def test_names_are_read_back_as_they_were_written(output_format):
    read = READS_NAMES[output_format](table_format(output_format)(table_of("names", "default")))
    paths = [layer.path for layer in analysis_of("names").layers]
    if output_format == "csv":  # what a spreadsheet would take for a formula has a ' before it
        paths = [f"'{path}" if path[0] in "=+-@" else path for path in paths]
    assert read.column("layer") == paths


def test_a_page_holds_no_markup_but_its_own():
    page, plain = (table_format("html")(table_of(name, "default")) for name in ("names", "slow_fusion"))
    assert set(re.findall(r"<\w+", page)) == set(re.findall(r"<\w+", plain))
    assert page.count("<script") == plain.count("<script") == 1


def test_a_page_asks_for_nothing_from_elsewhere():
    page = table_format("html")(table_of("c3d", "full"))
    assert re.findall(r"\bsrc=|\bhref=|url\(|@import|https?:|fetch\(|XMLHttpRequest", page) == []
    assert "default-src 'none'" in page


def test_latex_escapes_what_would_act_on_the_row_before():
    text = table_format("latex")(table_of("names", "default"))
    starts = [line.split("&")[0].strip() for line in text.splitlines() if line.endswith(r"\\")]
    assert r"{}[a]\textbar{}b*c*\_d\_" in starts
    assert r"{}*star {`}x{`} a-\/-b" in starts
    assert r"\LaTeX" not in text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_compiles(tmp_path):
    tables = (table_format("latex")(table_of(network, style)) for network in ALL_NETWORKS for style in STYLES)
    (tmp_path / "all.tex").write_text(DOCUMENT % "\\clearpage\n".join(tables), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
