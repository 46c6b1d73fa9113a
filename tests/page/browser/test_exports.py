"""Files of what is shown."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from click.testing import CliRunner

from archcalc.cli.main import main


def _saved(page, group, label):
    page.raw.get_by_role("button", name="Export").click()
    with page.raw.expect_download() as found:
        page.raw.locator(".ac-menu-group", has_text=group).get_by_role("button", name=label, exact=True).click()
    page.raw.keyboard.press("Escape")
    return found.value.suggested_filename, found.value.path().read_bytes()


def test_latex_and_csv_are_those_of_the_command_line(page):
    for label, name, format_ in (("LaTeX", "slow_fusion.tex", "latex"), ("CSV", "slow_fusion.csv", "csv")):
        saved, content = _saved(page, "Table", label)
        printed = CliRunner().invoke(main, ["table", "slow_fusion", "--format", format_]).stdout
        assert saved == name
        assert content.decode().split() == printed.split()


def test_a_drawing_as_svg_and_png(page):
    page.raw.click("#tabs-volume")
    page.raw.wait_for_selector(".ac-sheet svg")
    name, content = _saved(page, "Drawing", "SVG")
    assert name == "slow_fusion-volume.svg"
    assert ElementTree.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
    name, content = _saved(page, "Drawing", "PNG")
    assert name == "slow_fusion-volume.png"
    assert content.startswith(b"\x89PNG")


def test_a_graph_as_svg(page):
    page.raw.click("#tabs-graph")
    page.raw.wait_for_selector(".ac-sheet svg")
    _, content = _saved(page, "Drawing", "SVG")
    assert b"max_pool3d" in content


def test_what_a_position_reads_as_svg(page):
    page.raw.wait_for_selector("svg.ac-strip")
    name, content = _saved(page, "What the position reads", "SVG")
    tree = ElementTree.fromstring(content)
    fills = {element.get("fill") for element in tree.iter("{http://www.w3.org/2000/svg}rect")}
    assert name == "slow_fusion-conv3d_2-reads.svg"
    assert "rgb(240, 138, 60)" in fills


def test_the_spec_as_it_stands(page):
    page.write("archcalc: 1\nname: mine\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers:\n  - relu\n")
    page.wait_for_rows(["relu"])
    _, content = _saved(page, "Spec", "YAML")
    assert content.decode().startswith("archcalc: 1\nname: mine\n")
