"""Editing a spec: the table follows every key, and faults are marked under the very words."""

from __future__ import annotations

HEAD = "archcalc: 1\nname: test\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers:\n"
# Every answer takes longer than a few keys.
SLOWER = """() => {
  const quick = window.fetch;
  window.fetch = async (...request) => {
    const answer = await quick(...request);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return answer;
  };
}"""
CONV = HEAD + "  - conv3d: {name: first, out: 4, kernel: 3}\n"


def test_table_follows_the_keys(page):
    page.write(CONV)
    page.wait_for_rows(["first"])
    page.caret_to(5, 30)
    page.raw.keyboard.press("End")
    page.raw.keyboard.press("Enter")
    page.raw.keyboard.type("relu")  # the dash is there
    page.wait_for_rows(["first", "relu"])


def test_marks_sit_under_exactly_the_words_behind_an_emoji(page):
    page.write(HEAD + '  - conv3d: {note: "👩‍🔬🎬é", kernal: 3, out: 4, kernel: 3}\n  - relu: {inplace: true}\n')
    page.raw.wait_for_selector("#editor .cm-lintRange-error")
    assert page.marked() == ["kernal", "inplace"]


def test_faults_grey_the_last_good_table_and_go(page):
    page.write(CONV)
    page.wait_for_rows(["first"])
    page.write(CONV.replace("kernel: 3", "kernel: 99"))
    page.raw.wait_for_selector("#results.ac-stale")
    assert [row[0] for row in page.rows()] == ["first"]
    assert page.raw.locator("#problems li").count() == 1
    page.write(CONV)
    page.wait_for_rows(["first"])
    assert page.raw.locator("#problems li").count() == 0
    assert page.marked() == []


def test_a_click_on_a_problem_goes_to_its_words(page):
    page.write(HEAD + "  - conv3d: {out: 4, kernal: 3}\n")
    page.raw.locator("#problems li button").first.click()
    page.raw.keyboard.press("Shift+Control+ArrowRight")
    assert page.raw.evaluate("getSelection().toString()") == "kernal"


def test_of_ten_quick_keys_the_last_wins(page):
    page.write(CONV)
    page.wait_for_rows(["first"])
    page.raw.evaluate(SLOWER)
    page.caret_to(5, 32)
    assert page.spec().split("\n")[4][31] == "4"
    page.raw.keyboard.press("Delete")
    page.raw.keyboard.type("123456789", delay=40)
    page.raw.keyboard.press("Backspace")
    page.wait("document.querySelector('#view tbody td')?.textContent.startsWith('12345678x')")
    page.raw.wait_for_timeout(500)
    assert page.rows()[0][1] == "12345678x6x14x14"


def test_a_parameter_is_a_control(page):
    page.write(CONV.replace("inputs", "parameters: {width: 4}\ninputs").replace("out: 4", "out: $width"))
    page.wait_for_rows(["first"])
    page.raw.get_by_label("width", exact=True).fill("6")
    page.wait("document.querySelector('#view tbody td').textContent.startsWith('6x')")
    page.raw.get_by_role("button", name="width as the spec has it").click()
    page.wait("document.querySelector('#view tbody td').textContent.startsWith('4x')")


def test_the_input_is_a_control_and_says_what_is_wrong_with_it(page):
    page.raw.get_by_label("clip", exact=True).fill("3x40x32x32")
    page.wait("document.querySelector('#view tbody td').textContent === '12x40x32x32'")
    page.raw.get_by_label("clip", exact=True).fill("3x40")
    page.raw.wait_for_selector("#problems li")
    assert "clip" in page.raw.locator("#problems li").inner_text()


def test_operators_are_completed_from_the_schema(page):
    page.write(CONV + "  - ")
    page.raw.keyboard.type("max_poo")
    page.raw.wait_for_selector(".cm-tooltip-autocomplete")
    offered = page.raw.locator(".cm-tooltip-autocomplete .cm-completionLabel").all_inner_texts()
    assert offered[:3] == ["max_pool1d", "max_pool2d", "max_pool3d"]


def take_what_is_offered(page):
    """Press Enter; the editor ignores keys that come less than 75 ms after the list, which nobody has read by then."""
    page.raw.wait_for_selector(".cm-tooltip-autocomplete li[aria-selected]")
    page.raw.wait_for_timeout(150)
    page.raw.keyboard.press("Enter")
    page.raw.wait_for_selector(".cm-tooltip-autocomplete", state="detached")


def test_arguments_and_values_are_completed(page):
    page.write(HEAD + "  - conv3d: {out: 4, kernel: 3, padd")
    page.raw.keyboard.type("i")
    take_what_is_offered(page)
    page.raw.keyboard.type("sam")
    take_what_is_offered(page)
    assert page.spec().split("\n")[4].rstrip("}") == "  - conv3d: {out: 4, kernel: 3, padding: same"


def test_escape_leaves_the_editor(page):
    page.raw.locator("#editor .cm-content").focus()
    page.raw.keyboard.press("Escape")
    assert page.raw.evaluate("document.activeElement.localName") == "tr"
