"""One Chromium for all tests of the page, driven by Playwright; a fresh profile for each test."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.page.browser.driving import TABLE, Page
from tests.page.browser.servers import hosted, served

ROOT = Path(__file__).parents[3]
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_path():
    """Return where Chromium is, or None."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return os.environ.get("CHROMIUM", found)


def launched(playwright, path):
    """Start Chromium, with no window and no traffic of its own."""
    return playwright.chromium.launch(executable_path=path, args=SWITCHES)


@pytest.fixture(scope="session")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install '.[test]'")
    path = chromium_path()
    if path is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with api.sync_playwright() as playwright:
        chromium = launched(playwright, path)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server(browser):  # noqa: ARG001, skips where there is no browser
    """The address of a page behind `archcalc serve`."""
    with served() as address:
        yield address


@pytest.fixture(scope="session")
def static_folder(browser, tmp_path_factory):  # noqa: ARG001, skips where there is no browser
    """The page for static hosts, written once."""
    from tests.page.browser.exporting import exported

    return exported(ROOT, tmp_path_factory.mktemp("static"))


@pytest.fixture(scope="session")
def static(static_folder):
    """The address of the page on a static host."""
    with hosted(static_folder) as address:
        yield address


@pytest.fixture
def opened(browser):
    """Open addresses, each in a fresh profile; at the end no page may have complained."""
    pages = []

    def open_address(address, width=1440, height=900, scale=1, theme="light", ready=TABLE):
        context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, color_scheme=theme
        )
        page = Page(context.new_page())
        pages.append(page)
        page.open(address, ready)
        return page

    yield open_address
    for page in pages:
        complaints = page.complaints
        page.close()
        assert not complaints


@pytest.fixture
def page(opened, server):
    """The live page with its first network."""
    return opened(server)
