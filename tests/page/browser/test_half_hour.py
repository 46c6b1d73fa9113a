"""The half hour of a lecturer goes through from its beginning to its end."""

from __future__ import annotations

from tests.page.browser.half_hour import SLOW, half_hour


def test_half_hour(browser, tmp_path):
    steps = []
    saved = half_hour(browser, tmp_path, lambda name, page: steps.append((name, page.complaints)))
    assert [complaints for _, complaints in steps if complaints] == []
    assert len(steps) == 9
    assert all(layer.replace("_", r"\_") in saved["fusion.tex"].decode() for layer in SLOW)
    assert saved["fusion-volume.svg"].startswith(b"<svg")
