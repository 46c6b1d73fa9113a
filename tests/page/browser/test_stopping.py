"""Behind `archcalc serve`, an analysis that takes too long is stopped, and the next spec works."""

from __future__ import annotations

import threading

import pytest

from archcalc.page.process import Worker
from archcalc.page.server import PageServer
from tests.page.browser.test_static import ENDLESS

GOOD = "archcalc: 1\nname: good\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers:\n  - relu\n"


@pytest.fixture
def worker():
    """The process that analyzes."""
    found = Worker({"folder": None, "modules": {}})
    yield found
    found.close()


@pytest.fixture
def address(browser, worker):  # noqa: ARG001, skips where there is no browser
    """The address of a server with that process."""
    server = PageServer(worker, None, None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.address
    server.shutdown()
    server.server_close()


def test_an_analysis_that_takes_too_long_is_stopped_and_the_next_spec_works(opened, address, worker):
    page = opened(address)
    page.raw.wait_for_selector("svg.ac-strip")
    page.raw.wait_for_selector("#explain h3")
    worker._seconds = 1.0  # in place of ten
    page.write(ENDLESS)
    page.raw.wait_for_selector("#problems :text('stopped after 1 seconds')", timeout=60_000)
    assert page.rows()
    worker._seconds = 60.0
    page.write(GOOD)
    page.wait_for_rows(["relu"])
