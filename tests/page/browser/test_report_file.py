"""The report in one file, opened from a disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archcalc.cli.main import main
from tests.page.browser.driving import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = "table.layers tbody tr[data-path]"


def written(folder: Path, *words: str) -> str:
    path = folder / "page.html"
    result = CliRunner().invoke(main, ["page", *words, "-o", str(path)])
    assert result.exit_code == 0, result.output
    return path.as_uri()


@pytest.fixture
def fresh(browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    page = Page(context.new_page())
    yield page
    page.close()


def test_one_request_and_no_message(fresh: Page, tmp_path: Path) -> None:
    address = written(tmp_path, "x3d_l")
    fresh.open(address, ROWS)
    fresh.raw.wait_for_selector(".position:not([hidden])")
    assert fresh.requests == [address]
    assert fresh.complaints == []


def test_a_position_reads_what_the_lecture_says(fresh: Page, tmp_path: Path) -> None:
    fresh.open(written(tmp_path, "early_fusion", "slow_fusion"), ROWS)
    article = fresh.raw.locator("article[data-network='1']")
    article.locator("tr[data-path='conv3d_2']").click()
    slider = article.locator("input[aria-label='position along T']")
    slider.fill("4")
    assert "T: frames 11 to 19 of 0 to 19; without borders 11 to 24" in article.locator(".position").inner_text()
    strip = article.locator("svg[aria-label='frames that are read']")
    assert strip.locator(".read").count() == 7
    assert strip.locator(".end").count() == 2
    assert strip.locator(".outside").count() == 5
    assert article.locator("figure g.chosen").count() >= 3
    slider.press("Home")
    assert "T: frames 0 to 8 of 0 to 19; without borders -5 to 8" in article.locator(".position").inner_text()
    assert fresh.complaints == []


def test_gaps_of_sampled_frames_stay_gaps(fresh: Page, tmp_path: Path) -> None:
    fresh.open(written(tmp_path, "slowfast_r50_4x16"), ROWS)
    fresh.raw.locator("tr[data-path='slow_res2.block0.conv_b']").click()
    fresh.raw.locator("tr[data-path='subsample']").click()
    fresh.raw.keyboard.press("ArrowDown")
    assert fresh.raw.locator(".position h3").inner_text() == "slow_stem.conv"
    assert "T: frame 16 of 0 to 31" in fresh.raw.locator(".position").inner_text()


def test_boxes_of_drawings_lead_to_rows(fresh: Page, tmp_path: Path) -> None:
    fresh.open(written(tmp_path, "slow_fusion"), ROWS)
    box = fresh.raw.locator("figure g.map[data-paths*='conv3d_2']").first
    box.click()
    chosen = str(fresh.raw.locator("tr.chosen").get_attribute("data-path"))
    assert chosen in str(box.get_attribute("data-paths")).split("\n")
    assert "chosen" in str(box.get_attribute("class"))


@pytest.mark.parametrize("width", [390, 1024])
@pytest.mark.parametrize("colors", ["light", "dark"])
def test_nothing_is_wider_than_the_window(browser, tmp_path: Path, width: int, colors: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=colors)
    page = Page(context.new_page())
    page.open(written(tmp_path, "slow_fusion", "early_fusion"), ROWS)
    wide = "[...document.querySelectorAll('main *')].filter((each) => !each.closest('.scroll, pre, svg'))"
    assert page.raw.evaluate(f"Math.max(...{wide}.map((each) => each.getBoundingClientRect().right))") <= width
    assert page.raw.evaluate("document.documentElement.scrollWidth") <= width
    assert page.complaints == []
    page.close()


def test_a_long_axis_is_drawn_with_few_boxes(fresh: Page, tmp_path: Path) -> None:
    """4,096 samples, of which the 7th layer at the middle reads 128: before, read with two ends, after."""
    fresh.open(written(tmp_path, "wavenet"), ROWS)
    fresh.raw.locator("tr[data-path='layer.6.gated.gate.multiply']").click()
    assert "T: frames 1921 to 2048 of 0 to 4095" in fresh.raw.locator(".position").inner_text()
    boxes = fresh.raw.locator("svg[aria-label='frames that are read'] rect")
    assert boxes.evaluate_all("all => all.map((each) => each.getAttribute('class'))") == [
        "unread", "end", "read", "end", "unread",
    ]  # fmt: skip
