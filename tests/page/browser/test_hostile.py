"""Names and texts of strangers: text everywhere, never markup or script."""

from __future__ import annotations

import pytest

EVIL = "<img src=x onerror=alert(1)>"
SPEC = f"""archcalc: 1
name: "{EVIL}"
title: "<script>alert(2)</script>"
source: "</title><svg onload=alert(3)>"
parameters: {{width: 4}}
inputs:
  "<i>{EVIL}": {{C: 3, T: 8, H: 16, W: 16}}
blocks:
  "<b>block</b>":
    layers:
      - relu
layers:
  - conv3d: {{name: "{EVIL}", out: $width, kernel: 3, note: "<script>alert(4)</script>"}}
  - "<b>block</b>": {{name: "javascript:alert(5)"}}
  - global_avg_pool: {{name: "'\\"><script>alert(6)</script>"}}
"""
INLINE = """() => {
  const script = document.createElement("script");
  script.textContent = "window.ran = true";
  document.body.append(script);
}"""
DRAWINGS = ("volume", "graph", "kernels", "unroll", "field")
SHOWN = {
    "table": "#view tbody",
    **dict.fromkeys(DRAWINGS, ".ac-sheet > svg"),
    "cone": ".ac-cone-row",
    "compare": ".ac-compare select",
}
TABS = tuple(SHOWN)


def _elements(page):
    return page.raw.evaluate(
        "() => document.querySelectorAll('main script, main img, main iframe, [onerror], [onload], b > block').length"
    )


@pytest.fixture
def evil(page):
    page.write(SPEC)
    page.raw.wait_for_selector(f"#view tbody th:text-is('{EVIL}')")
    return page


def test_no_view_runs_a_name(evil):
    for tab in TABS:
        evil.raw.click(f"#tabs-{tab}")
        evil.raw.wait_for_selector(SHOWN[tab])
        assert _elements(evil) == 0, tab
    assert evil.raw.evaluate("() => document.title").startswith(EVIL)


def test_no_problem_runs_a_name(page):
    page.write(SPEC.replace("kernel: 3", f'kernel: 3, "{EVIL}": 1'))
    page.raw.wait_for_selector("#problems li")
    page.raw.locator("#editor .cm-lintRange-error").first.hover()
    page.raw.wait_for_selector(".cm-tooltip-lint")
    assert EVIL in page.raw.locator("#problems li").first.inner_text()
    assert page.raw.evaluate("() => document.querySelectorAll('#problems img, .cm-tooltip img').length") == 0


def test_no_completion_runs_a_name(evil):
    evil.write(SPEC + "  - relu: {from: ")
    evil.raw.keyboard.press("Control+Space")
    evil.raw.wait_for_selector(".cm-tooltip-autocomplete")
    assert evil.raw.evaluate("() => document.querySelectorAll('.cm-tooltip img, .cm-tooltip script').length") == 0


def test_a_hostile_link_runs_nothing(page):
    link = page.raw.evaluate(
        "(spec) => new URLSearchParams({ network: spec, set: spec, layer: spec, at: spec }).toString()", EVIL
    )
    page.raw.evaluate("(hash) => { location.hash = hash; }", link)
    page.raw.wait_for_selector("#notice:not([hidden])")
    assert page.raw.evaluate("() => document.querySelectorAll('#notice img').length") == 0


def test_the_page_has_no_inline_script(page):
    assert page.raw.evaluate("() => [...document.scripts].every((script) => script.src && !script.textContent)")


def test_the_policy_stops_inline_script(opened, server):
    page = opened(server)
    page.raw.evaluate(INLINE)
    assert page.raw.evaluate("() => window.ran") is None
    assert any("script-src" in event for event in page.complaints)
    page.said.clear()
    page.raw.evaluate("() => { window.cspEvents = []; }")
