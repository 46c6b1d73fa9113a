"""The controls above a table or a drawing change what is below them."""

from __future__ import annotations

import re

from click.testing import CliRunner

from archcalc.cli.main import main


def _choose(page, label, value):
    page.raw.locator("label", has_text=re.compile(f"^{label} ")).locator("select").select_option(value)


def test_boxes_take_the_color_of_their_kind(page):
    for kind in ("volume", "kernels", "graph"):
        page.raw.click(f"#tabs-{kind}")
        page.raw.wait_for_selector(".ac-sheet svg :text('local (neighboring frames)')")
        _choose(page, "color", "kind")
        page.raw.wait_for_selector(".ac-sheet svg :text('space-time convolution')")


def test_costs_are_those_of_each_convention_of_the_command_line(page):
    page.raw.click("#tabs-table")
    for convention in ("fvcore", "ptflops", "thop", "ultralytics"):
        lines = CliRunner().invoke(main, ["table", "slow_fusion", "--convention", convention]).stdout.splitlines()
        head, row = (next(line.split() for line in lines if line.startswith(start)) for start in ("layer ", "conv3d "))
        _choose(page, "cost", convention)
        page.raw.wait_for_selector(f"#view th:text('{head[-2]} {head[-1]}')")
        assert page.rows()[0][-1] == " ".join(row[-2:])
