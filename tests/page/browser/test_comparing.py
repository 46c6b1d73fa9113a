"""Two specs side by side."""

from __future__ import annotations


def test_a_bundled_network_next_to_this_one(page):
    page.raw.click("#tabs-compare")
    page.raw.select_option(".ac-compare select", "network:early_fusion")
    page.raw.wait_for_selector(".ac-differs th:text-is('params')")
    cells = page.raw.locator(".ac-compare tr", has_text="params").first.locator("td").all_inner_texts()
    assert cells[0] == "9,108"
    assert cells[1].startswith("8,784")
    page.raw.wait_for_selector(".ac-merge .cm-changedText, .ac-merge .cm-changedLine")


def test_a_pinned_version_next_to_what_it_becomes(page):
    page.raw.click("#tabs-compare")
    page.raw.get_by_role("button", name="Pin this version").click()
    page.raw.wait_for_selector(".ac-compare table")
    page.caret_to(9, 20)
    page.raw.keyboard.press("End")
    for _ in range(len("kernel: 3, padding: 1}")):
        page.raw.keyboard.press("ArrowLeft")
    page.raw.keyboard.type("bias: false, ")
    page.raw.wait_for_selector(".ac-differs th:text-is('params')")
