"""The page on a static host: archcalc runs in the browser."""

from __future__ import annotations

import gzip

import pytest

from tests.page.browser.driving import Page
from tests.page.browser.test_tables import check_rows

MOST_BYTES = 8_000_000
# A repeat of repeats: quick to read, and far more work than ten seconds of it in a browser.
ENDLESS = """archcalc: 1
name: endless
inputs:
  a: {C: 3, T: 64, H: 64, W: 64}
  b: {C: 3, T: 64, H: 64, W: 64}
  c: {C: 3, T: 64, H: 64, W: 64}
  d: {C: 3, T: 64, H: 64, W: 64}
layers:
  - add: {from: [a, b, c, d]}
  - repeat:
      times: 49000
      layers:
        - conv3d: {out: 3, kernel: [3, 3, 5], padding: [1, 1, 2]}
        - max_pool3d: {kernel: 3, stride: 1, padding: 1}
"""
"""As much as the budget of work allows: fields in four inputs of nearly as many layers as there may be."""


@pytest.fixture(scope="module")
def hosted_page(browser, static):
    """One page for all tests: Python starts once."""
    page = Page(browser.new_context(viewport={"width": 1440, "height": 900}).new_page())
    page.open(static)
    page.raw.wait_for_selector("svg.ac-strip")
    yield page
    page.close()


def test_the_first_visit_weighs_less_than_8_mb(static_folder):
    files = [path for path in static_folder.rglob("*") if path.is_file()]
    weights = {path.name: len(gzip.compress(path.read_bytes(), 6)) for path in files}
    assert sum(weights.values()) < MOST_BYTES, weights


@pytest.mark.parametrize("name", ["early_fusion", "mvit_v1_b", "two_stream"])
def test_rows_equal_the_command_line(hosted_page, name):
    check_rows(hosted_page, name)


def test_nothing_is_asked_of_another_origin(hosted_page, static):
    assert hosted_page.requests
    assert [address for address in hosted_page.requests if not address.startswith((static, "blob:", "data:"))] == []
    assert hosted_page.complaints == []


def test_an_analysis_that_takes_too_long_is_stopped_and_the_next_spec_works(hosted_page):
    good = "archcalc: 1\nname: good\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers:\n  - relu\n"
    hosted_page.write(ENDLESS)
    hosted_page.raw.wait_for_selector("#problems :text('stopped after 10 seconds')", timeout=60_000)
    hosted_page.write(good)
    hosted_page.raw.wait_for_selector("#view tbody tr:only-child th:text-is('relu')", timeout=120_000)


def test_without_a_network_edits_are_still_followed(hosted_page):
    page = hosted_page
    page.raw.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.raw.context.set_offline(True)
    page.raw.reload()
    page.raw.wait_for_selector("svg.ac-strip, .ac-pictures p", timeout=120_000)
    page.write("archcalc: 1\nname: cut\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers:\n  - tanh\n")
    page.wait_for_rows(["tanh"])
    page.raw.click("#tabs-graph")
    page.raw.wait_for_selector(".ac-sheet [data-paths='tanh']")
    page.raw.context.set_offline(False)
