"""Pictures of the page at all sizes, in light and dark, to be looked at.

`python -m tests.page.browser.pictures FOLDER [--network NAME]` writes them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tests.page.browser.driving import Page
from tests.page.browser.servers import served
from tests.page.browser.test_sizes import SIZES

TABS = ("volume", "graph", "kernels", "unroll", "field", "cone", "compare")
PANES = ("spec", "results", "inspector")
THEMES = ("light", "dark")
NARROW = 800
AFTER_FADING_MS = 600
FAULTY = "archcalc: 1\nname: faulty\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers:\n  - conv3d: {kernal: 3}\n"


class Album:
    """Keeps pictures of pages in a folder."""

    def __init__(self, browser: Any, address: str, folder: Path, network: str) -> None:
        self.browser, self.address, self.folder, self.network = browser, address, folder, network

    def opened(self, width: int, height: int, scale: int, theme: str) -> Page:
        """Open the network in a fresh profile."""
        viewport = {"width": width, "height": height}
        context = self.browser.new_context(viewport=viewport, device_scale_factor=scale, color_scheme=theme)
        page = Page(context.new_page())
        page.open(self.address)
        page.open_network(self.network)
        return page

    def keep(self, page: Page, *words: object) -> None:
        """Write what the window shows."""
        page.raw.wait_for_timeout(AFTER_FADING_MS)
        page.raw.screenshot(path=self.folder / f"{'_'.join(map(str, words))}.png")

    def sizes(self) -> None:
        """Keep the first sight at every size, and a spec with a problem."""
        for width, height, scale in SIZES:
            for theme in THEMES:
                page = self.opened(width, height, scale, theme)
                for pane in PANES if width <= NARROW else ("all",):
                    if pane != "all":
                        page.raw.click(f"[data-pane={pane}]")
                    self.keep(page, width, theme, pane)
                self._more(page, width, theme)
                page.close()

    def _more(self, page: Page, width: int, theme: str) -> None:
        if width <= NARROW:
            page.raw.click("[data-pane=spec]")
            page.raw.click("#menu")
        page.raw.get_by_role("button", name="Export").click()
        self.keep(page, width, theme, "export")
        page.raw.keyboard.press("Escape")
        page.write(FAULTY)
        page.raw.wait_for_selector("#problems li")
        self.keep(page, width, theme, "problem")

    def views(self) -> None:
        """Keep every tab, and the page for a hall."""
        for theme in THEMES:
            page = self.opened(1440, 900, 1, theme)
            for tab in TABS:
                page.raw.click(f"#tabs-{tab}")
                page.raw.wait_for_selector(
                    ".ac-sheet > svg, .ac-cone-row, .ac-compare select, .ac-pictures p, .ac-view p"
                )
                self.keep(page, "view", theme, tab)
            page.raw.get_by_role("button", name="Present").click()
            page.raw.click("#tabs-table")
            self.keep(page, "view", theme, "hall")
            page.close()


def main() -> None:
    """Write all pictures."""
    from playwright.sync_api import sync_playwright

    from tests.page.browser.conftest import chromium_path, launched

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--network", default="slowfast_r50_4x16")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, served() as address:
        browser = launched(playwright, chromium_path())
        album = Album(browser, address, asked.folder, asked.network)
        album.sizes()
        album.views()
        browser.close()


if __name__ == "__main__":
    main()
