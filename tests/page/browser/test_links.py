"""Links that hold a spec."""

from __future__ import annotations

import base64
import zlib

EDITED = """archcalc: 1
name: shared
inputs: {clip: {C: 3, T: 8, H: 16, W: 16}}
layers:
  - conv3d: {out: 4, kernel: 3} # 🎬
"""


def _packed(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.urlsafe_b64encode(packer.compress(data) + packer.flush()).decode().rstrip("=")


BROKEN = (
    ("spec=rVRNj9owEL3nV", "cut or has been changed"),
    ("spec=!!!!", "cut or has been changed"),
    (f"spec={_packed(b'a: ' + bytes(30_000_000))}", "longer than 1 MB"),
    (f"spec={_packed(bytes([255, 254, 253]))}", "cut or has been changed"),
    ("network=no_such", "cannot be opened"),
    ("network=c3d&set={", "cut or has been changed"),
)


def _link(page):
    page.raw.get_by_role("button", name="Share").click()
    page.raw.wait_for_function("() => document.querySelector('#share-link').value.includes('#')")
    return page.raw.locator("#share-link").input_value()


def test_a_link_opens_in_a_fresh_profile(page, opened, server):
    page.write(EDITED)
    page.wait_for_rows(["conv3d"])
    page.slide("T", 5)
    page.wait("document.querySelector('#drawer').textContent.includes('T=5')")
    link = _link(page)
    assert len(link) < 400
    other = opened(server)
    other.raw.evaluate("(hash) => { location.hash = hash; }", link.split("#")[1])
    other.wait_for_rows(["conv3d"])
    assert other.spec().rstrip("\n") == EDITED.rstrip("\n")
    other.wait("document.querySelector('#drawer').textContent.includes('T=5')")


def test_a_bundled_network_goes_by_its_name(page):
    page.open_network("c3d")
    hash_ = _link(page).split("#")[1]
    assert hash_.startswith("network=c3d&")
    assert "token" not in _link(page)


def test_an_address_with_a_link_shows_it_at_once(page, opened, server):
    page.write(EDITED)
    page.wait_for_rows(["conv3d"])
    hash_ = _link(page).split("#")[1]
    other = opened(server)
    other.raw.goto(other.raw.url.split("#")[0] + "#" + hash_)
    other.raw.reload()
    other.wait_for_rows(["conv3d"])
    assert "shared" in other.raw.title()


def test_a_broken_link_says_so_in_a_sentence(page):
    for hash_, sentence in BROKEN:
        page.raw.evaluate("(hash) => { location.hash = hash; }", hash_)
        page.raw.wait_for_selector("#notice:not([hidden])")
        assert sentence in page.raw.locator("#notice p").inner_text(), hash_[:40]
        assert page.rows()[0][0] == "conv3d"
        page.raw.locator("#notice").get_by_role("button", name="Close").click()
