"""What a position really reads."""

from __future__ import annotations

DILATED = """archcalc: 1
name: dilated
inputs: {clip: {C: 3, T: 16, H: 8, W: 8}}
layers:
  - conv3d: {out: 4, kernel: [3, 1, 1], dilation: [3, 1, 1], padding: [3, 0, 0]}
"""
LEFTS = """(selector) => [...document.querySelectorAll(selector)].map((cell) => Number(cell.getAttribute("x")))"""
FILLED = "svg.ac-strip.ac-time .ac-read"
CELLS = "svg.ac-strip.ac-time .ac-cell"
CONE = """() => [...document.querySelectorAll(".ac-cone-row")]
  .map((row) => [...row.querySelectorAll(":scope > text")].map((text) => text.textContent.replace("\u2013", " to ")))"""


def _reads(page, axis, beginning):
    page.raw.wait_for_function(
        "([axis, text]) => document.querySelector(`.ac-words li[data-axis=${axis}]`)?.textContent.startsWith(text)",
        arg=[axis, beginning],
    )


def test_frames_that_a_position_of_slow_fusion_reads(page):
    page.choose_row("conv3d_2")
    page.slide("T", 4)
    _reads(page, "T", "T=4 reads")
    words = page.words("T")
    assert "11 to 19" in words
    assert "11 to 24" in words
    assert len(page.raw.evaluate(LEFTS, FILLED)) == 9
    assert page.raw.locator("svg.ac-strip.ac-time .ac-beyond").count() == 1


def test_the_heading_and_the_explanation_follow_the_position(page):
    page.choose_row("conv3d_2")
    page.slide("T", 4)
    page.raw.wait_for_selector("#explain :text('11 to 19')")
    assert page.raw.locator("#drawer").inner_text().startswith("What conv3d_2 at T=4")


def test_gaps_of_a_dilated_kernel_stay_open(page):
    page.write(DILATED)
    page.wait_for_rows(["conv3d"])
    page.slide("T", 8)
    _reads(page, "T", "T=8 reads")
    filled, cells = page.raw.evaluate(LEFTS, FILLED), page.raw.evaluate(LEFTS, CELLS)
    assert [cells.index(left) for left in filled] == [5, 8, 11]


def test_all_positions_together(page):
    page.choose_row("conv3d_2")
    page.raw.locator(".ac-slider.ac-time .ac-all input").check()
    page.wait("document.querySelectorAll('svg.ac-strip.ac-time .ac-read').length === 20")


def test_a_click_on_a_position_of_the_layer_chooses_it(page):
    page.choose_row("conv3d_2")
    page.slide("T", 0)
    _reads(page, "T", "T=0 reads")
    cells = page.raw.locator("svg.ac-strip.ac-time .ac-outputs")
    box = cells.bounding_box()
    page.raw.mouse.click(box["x"] + box["width"] - 5, box["y"] + 5)
    _reads(page, "T", "T=4 reads")


def test_every_input_has_a_picture(page):
    page.open_network("two_stream")
    page.raw.locator("#view tbody tr").last.click()
    page.wait("document.querySelectorAll('.ac-input').length === 2")


def test_the_cone_names_every_tensor_on_the_way(page):
    page.choose_row("conv3d_2")
    page.slide("T", 4)
    page.raw.click("#tabs-cone")
    page.wait("document.querySelectorAll('.ac-cone-row').length === 4")
    rows = page.raw.evaluate(CONE)
    assert rows[0] == ["clip", "11 to 19 of 20"]
    assert rows[-1] == ["conv3d_2", "4 to 4 of 5"]
