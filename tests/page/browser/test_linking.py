"""Text, table and drawings are linked both ways."""

from __future__ import annotations

BLOCK = """archcalc: 1
name: linked
inputs: {clip: {C: 3, T: 8, H: 16, W: 16}}
blocks:
  unit:
    parameters: {out: required}
    layers:
      - conv3d: {name: conv, out: $out, kernel: 3, padding: 1}
      - relu
layers:
  - unit: {name: one, out: 4}
  - unit: {name: two, out: 8}
  - max_pool3d: {kernel: 2}
"""


def _classed(page, name):
    return page.raw.locator(f"#view tbody tr.{name} th").all_inner_texts()


def test_the_line_of_the_caret_marks_its_row(page):
    page.caret_to(10)
    page.raw.wait_for_selector("#view tr.ac-chosen:has-text('max_pool3d')")
    assert _classed(page, "ac-chosen") == ["max_pool3d"]
    page.caret_to(11)
    page.raw.wait_for_selector("#view tr.ac-chosen:has-text('conv3d_2')")


def test_the_line_of_a_call_marks_all_layers_of_the_call(page):
    page.write(BLOCK)
    page.wait_for_rows(["one.conv", "one.relu", "two.conv", "two.relu", "max_pool3d"])
    page.caret_to(12)
    page.raw.wait_for_selector("#view tr.ac-chosen:has-text('two.conv')")
    assert _classed(page, "ac-pointed") == ["two.conv", "two.relu"]


def test_a_line_inside_a_block_marks_what_all_calls_make_of_it(page):
    page.write(BLOCK)
    page.wait_for_rows(["one.conv", "one.relu", "two.conv", "two.relu", "max_pool3d"])
    page.caret_to(8)
    page.raw.wait_for_selector("#view tr.ac-pointed:has-text('two.conv')")
    assert _classed(page, "ac-pointed") == ["one.conv", "two.conv"]


def test_the_line_of_the_caret_marks_its_box(page):
    page.raw.click("#tabs-volume")
    page.raw.wait_for_selector(".ac-sheet [data-paths]")
    page.caret_to(11)
    page.raw.wait_for_selector(".ac-sheet .ac-chosen[data-paths~='conv3d_2']")


def test_a_chosen_row_marks_its_line(page):
    page.choose_row("max_pool3d")
    page.raw.wait_for_selector("#editor .ac-line-chosen")
    assert page.raw.locator("#editor .ac-line-chosen").all_inner_texts() == ["  - max_pool3d: {kernel: 4}"]


def test_a_box_of_a_drawing_marks_line_and_row(page):
    page.raw.click("#tabs-volume")
    page.raw.locator(".ac-sheet [data-paths~='max_pool3d']").first.dispatch_event("click")
    page.raw.wait_for_selector("#editor .ac-line-chosen:has-text('max_pool3d')")
    page.raw.click("#tabs-table")
    assert _classed(page, "ac-chosen") == ["max_pool3d"]


def test_a_node_of_the_graph_is_linked_too(page):
    page.raw.click("#tabs-graph")
    page.raw.locator(".ac-sheet [data-paths~='max_pool3d']").first.dispatch_event("click")
    page.raw.wait_for_selector("#editor .ac-line-chosen:has-text('max_pool3d')")


def test_a_library_is_read_beside_the_spec(page):
    page.open_network("x3d_xs")
    page.raw.get_by_role("tab", name="x3d_blocks (read only)").click()
    page.raw.wait_for_selector(".cm-editor[aria-label*='read only'], [aria-label*='read only'] .cm-line")
    page.choose_row("res2.block0.conv_a")
    page.raw.wait_for_selector("[aria-label*='read only'] .ac-line-chosen:has-text('conv_a')")
    page.raw.get_by_role("tab", name="x3d_s (read only)").click()
    page.raw.wait_for_selector("[aria-label*='read only'] .cm-line:has-text('name: x3d_s')")


def test_rows_take_arrow_keys(page):
    page.raw.locator("#editor .cm-content").focus()
    page.raw.keyboard.press("Escape")
    page.raw.keyboard.press("Home")
    page.raw.keyboard.press("ArrowDown")
    assert _classed(page, "ac-chosen") == ["max_pool3d"]
    assert page.raw.evaluate("document.activeElement.cells[0].textContent") == "max_pool3d"
