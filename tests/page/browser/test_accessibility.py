"""axe-core finds nothing, in both themes and in every view."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.page.browser.test_hostile import SHOWN

AXE = Path(__file__).parents[3] / "web/node_modules/axe-core/axe.min.js"
AT_REST = "document.getAnimations().every((each) => !(each instanceof CSSTransition))"
FAULTY = (
    "archcalc: 1\nname: test\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers:\n  - conv3d: {out: 4, kernal: 3}\n"
)


@pytest.fixture(scope="module")
def axe():
    if not AXE.exists():
        pytest.skip("there is no web/node_modules/axe-core: npm ci --prefix web")
    return AXE.read_text(encoding="utf-8")


def _check(page, axe):
    page.wait(AT_REST)
    page.raw.evaluate(axe)  # by the debugger: the policy of the page lets no script in
    found = page.raw.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    described = [
        f"{each['id']}: {[node['html'][:160] + ' ' + node['failureSummary'][:300] for node in each['nodes'][:3]]}"
        for each in found["violations"]
    ]
    assert not described, "\n".join(described)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view(opened, server, axe, theme):
    page = opened(server, theme=theme)
    page.raw.wait_for_selector("svg.ac-strip")
    assert page.raw.evaluate("() => document.documentElement.dataset.theme") == theme
    for tab in ("table", "volume", "graph", "cone", "compare"):
        page.raw.click(f"#tabs-{tab}")
        page.raw.wait_for_selector(SHOWN[tab])
        _check(page, axe)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_problems_panels_and_small_windows(opened, server, axe, theme):
    page = opened(server, theme=theme)
    page.raw.get_by_role("button", name="Export").click()
    _check(page, axe)
    page.raw.keyboard.press("Escape")
    page.write(FAULTY)
    page.raw.wait_for_selector("#problems li")
    _check(page, axe)
    page.raw.set_viewport_size({"width": 390, "height": 844})
    _check(page, axe)
