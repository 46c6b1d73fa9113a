"""The page at the sizes of its acceptance: nothing overflows, everything can be reached."""

from __future__ import annotations

import pytest

SIZES = [(1440, 900, 1), (640, 360, 2), (1024, 640, 1), (390, 844, 3)]  # the second: 1280x720 at 200%
OVERFLOWS = (
    "() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight"
)


@pytest.mark.parametrize(("width", "height", "scale"), SIZES, ids=lambda value: str(value))
def test_everything_can_be_reached(opened, server, width, height, scale):
    page = opened(server, width=width, height=height, scale=scale)
    assert not page.raw.evaluate(OVERFLOWS)
    if width <= 800:
        page.raw.click("[data-pane=results]")
    assert page.raw.locator("#view tbody tr").first.is_visible()
    if width <= 800:
        page.raw.click("[data-pane=inspector]")
    elif not page.raw.locator("svg.ac-strip").first.is_visible():
        page.raw.click("#drawer")
    page.raw.wait_for_selector("svg.ac-strip")
    strip = page.raw.locator("svg.ac-strip").first.bounding_box()
    assert strip["x"] >= 0
    assert strip["x"] + strip["width"] <= width
    assert strip["y"] + strip["height"] <= height
    if width <= 800:
        page.raw.click("[data-pane=spec]")
        page.raw.click("#menu")
    assert page.raw.locator("#editor .cm-content").is_visible()
    assert page.raw.get_by_role("button", name="Share").is_visible()
    assert not page.raw.evaluate(OVERFLOWS)


def test_presenting_hides_the_editor_and_enlarges_the_letters(page):
    before = page.raw.evaluate("() => parseFloat(getComputedStyle(document.querySelector('#view td')).fontSize)")
    page.raw.get_by_role("button", name="Present").click()
    assert not page.raw.locator("#editor").is_visible()
    after = page.raw.evaluate("() => parseFloat(getComputedStyle(document.querySelector('#view td')).fontSize)")
    assert after > 1.3 * before
