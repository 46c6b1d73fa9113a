"""Modules of PyTorch in the browser: behind `archcalc serve`, and in the file that `archcalc page` writes."""

from __future__ import annotations

import pytest

from tests.page.browser.servers import served
from tests.page.browser.test_report_file import ROWS, written

MODULE = """from torch import nn


def Net():
    return nn.Sequential(nn.Conv3d(3, 4, 3), nn.ReLU(), nn.Conv3d(4, 8, 3))
"""
SIZE = ("--input", "clip=3x8x16x16")


@pytest.fixture
def net(tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "net.py").write_text(MODULE)
    return f"{tmp_path / 'net.py'}:Net"


def test_a_module_behind_the_server(opened, net):
    with served(net, *SIZE) as address:
        page = opened(address)
        assert [row[:2] for row in page.rows()] == [["0", "4x6x14x14"], ["1", "4x6x14x14"], ["2", "8x4x12x12"]]
        page.choose_row("2")
        page.slide("T", 0)
        page.wait("document.querySelector('.ac-words li').textContent.includes('T=0 reads frames 0 to 4')")
        assert not page.raw.locator("#editor").is_visible()
        assert page.raw.locator("#module").is_visible()


def test_a_module_in_a_file(opened, net, tmp_path):
    page = opened(written(tmp_path, net, *SIZE), ready=ROWS)
    page.raw.locator("tr[data-path='2']").click()
    page.raw.locator("input[aria-label='position along T']").fill("0")
    assert "T: frames 0 to 4 of 0 to 7" in page.raw.locator(".position").inner_text()
