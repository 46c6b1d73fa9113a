"""A lecturer's half hour with the page; `python -m tests.page.browser.half_hour docs/page` keeps its pictures."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.page.browser.driving import Page
from tests.page.browser.servers import served

if TYPE_CHECKING:
    from collections.abc import Callable

EARLY = """archcalc: 1
name: fusion
title: Where frames meet
inputs:
  clip: {C: 3, T: 20, H: 64, W: 64}
layers:
  - stack_frames
  - conv2d: {out: 12, kernel: 3, padding: 1}
  - max_pool2d: {kernel: 4}
  - conv2d: {out: 24, kernel: 3, padding: 1}
  - global_avg_pool
"""
SLOW = ["conv3d", "max_pool3d", "conv3d_2", "global_avg_pool"]
COLORS = 96  # of a kept picture: flat colors need no more
SIZE = {"width": 1280, "height": 800}


def half_hour(browser: Any, folder: Path, keep: Callable[[str, Page], None]) -> dict[str, bytes]:
    """Go through the half hour; the files that were saved on the way, by name."""
    file = folder / "fusion.yaml"
    file.write_text(EARLY, encoding="utf-8")
    with served(str(file)) as address:
        page = _opened(browser, address)
        keep("1_early_fusion", page)
        _to_slow_fusion(page, keep)
        _what_a_position_reads(page, keep)
        saved = _exports(page, keep)
        _share(browser, page, address, keep)
        page.close()
    return saved


def _opened(browser: Any, address: str) -> Page:
    page = Page(browser.new_context(viewport=SIZE).new_page())
    page.open(address)
    page.raw.wait_for_selector("svg.ac-strip, .ac-plane")
    return page


def _to_slow_fusion(page: Page, keep: Callable[[str, Page], None]) -> None:
    page.raw.click("#tabs-compare")
    page.raw.get_by_role("button", name="Pin this version").click()
    page.raw.click("#tabs-table")
    _replace(page, 7, "  - conv3d: {out: 12, kernal: 3, padding: 1}", lines=2)
    page.raw.wait_for_selector("#editor .cm-lintRange-error")
    keep("2_a_slip_is_marked", page)
    _replace(page, 7, "  - conv3d: {out: 12, kernel: 3, padding: 1}")
    _replace(page, 8, "  - max_pool3d: {kernel: 4}")
    _replace(page, 9, "  - conv3d: {out: 24, kernel: 3, padding: 1}")
    page.wait_for_rows(SLOW)
    keep("3_slow_fusion", page)
    page.raw.click("#tabs-compare")
    page.raw.wait_for_selector(".ac-differs")
    keep("4_what_has_changed", page)


def _replace(page: Page, line: int, text: str, lines: int = 1) -> None:
    """Write over some lines, key by key."""
    page.caret_to(line)
    for _ in range(lines - 1):
        page.raw.keyboard.press("Shift+ArrowDown")
    page.raw.keyboard.press("Shift+End")
    page.raw.keyboard.insert_text(text)


def _what_a_position_reads(page: Page, keep: Callable[[str, Page], None]) -> None:
    page.raw.click("#tabs-unroll")
    page.raw.wait_for_selector(".ac-sheet svg")
    page.raw.click("#tabs-table")
    page.choose_row("conv3d_2")
    page.slide("T", 4)
    page.wait("document.querySelector('.ac-words li').textContent.includes('frames 11 to 19')")
    page.raw.wait_for_selector("#explain :text('11 to 19')")
    keep("5_frames_of_a_position", page)
    page.raw.click("#tabs-cone")
    page.raw.wait_for_selector(".ac-cone-row")
    page.raw.get_by_role("button", name="Present").click()
    keep("6_for_the_hall", page)
    page.raw.get_by_role("button", name="Present").click()


def _exports(page: Page, keep: Callable[[str, Page], None]) -> dict[str, bytes]:
    page.raw.click("#tabs-volume")
    page.raw.wait_for_selector(".ac-sheet [data-paths]")
    page.raw.get_by_role("button", name="Export").click()
    keep("7_exports", page)
    saved = {}
    for group, label in (("Table", "LaTeX"), ("Drawing", "SVG")):
        with page.raw.expect_download() as found:
            page.raw.locator(".ac-menu-group", has_text=group).get_by_role("button", name=label, exact=True).click()
        saved[found.value.suggested_filename] = found.value.path().read_bytes()
    page.raw.keyboard.press("Escape")
    return saved


def _share(browser: Any, page: Page, address: str, keep: Callable[[str, Page], None]) -> None:
    page.raw.get_by_role("button", name="Share").click()
    page.raw.wait_for_function("() => document.querySelector('#share-link').value.includes('#spec=')")
    keep("8_share", page)
    hash_ = page.raw.locator("#share-link").input_value().split("#")[1]
    other = _opened(browser, address)
    other.raw.goto(other.raw.url.split("#")[0] + "#" + hash_)
    other.raw.reload()
    other.wait_for_rows(SLOW)
    other.wait("document.querySelector('#drawer').textContent.includes('conv3d_2 at T=4')")
    keep("9_in_a_fresh_profile", other)
    other.close()


def main(folder: Path) -> None:
    """Go through the half hour and keep a picture of each step."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    from tests.page.browser.conftest import chromium_path, launched

    path = chromium_path()
    assert path is not None, "there is no Chromium"
    folder.mkdir(parents=True, exist_ok=True)

    def keep(name: str, page: Page) -> None:
        page.raw.wait_for_timeout(600)
        path = folder / f"{name}.png"
        page.raw.screenshot(path=path)
        Image.open(path).quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = launched(playwright, path)
        half_hour(browser, Path(scratch), keep)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
