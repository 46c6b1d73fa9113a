"""Behind `archcalc serve`, an analysis that takes too long is stopped, and the next spec works."""

from __future__ import annotations

import threading

import pytest

from archcalc.page.process import Worker
from archcalc.page.server import PageServer
from tests.page.browser.test_static import ENDLESS

GOOD = "archcalc: 1\nname: good\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers:\n  - relu\n"
SECONDS = 3.0  # in place of ten


@pytest.fixture
def impatient(browser):  # noqa: ARG001, skips where there is no browser
    """The address of a server that waits less long."""
    worker = Worker({"folder": None, "modules": {}}, seconds=SECONDS)
    server = PageServer(worker, None, None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.address
    server.shutdown()
    server.server_close()
    worker.close()


def test_an_analysis_that_takes_too_long_is_stopped_and_the_next_spec_works(opened, impatient):
    page = opened(impatient)
    page.write(ENDLESS)
    page.raw.wait_for_selector("#problems :text('stopped after 3 seconds')", timeout=60_000)
    assert page.rows()
    page.write(GOOD)
    page.wait_for_rows(["relu"])
