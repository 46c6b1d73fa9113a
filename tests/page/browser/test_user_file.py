"""`archcalc serve FILE`: the page follows the file on the disk and saves it."""

from __future__ import annotations

import pytest

from tests.page.browser.servers import served

SPEC = "archcalc: 1\nname: mine\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers:\n  - relu\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_the_file_is_shown_saved_and_followed(opened, file):
    with served(str(file)) as address:
        page = opened(address)
        page.wait_for_rows(["relu"])
        page.write(SPEC.replace("relu", "tanh"))
        page.wait_for_rows(["tanh"])
        assert file.read_text(encoding="utf-8") == SPEC
        page.raw.keyboard.press("Control+s")
        page.wait("document.querySelector('#actions button').disabled")
        assert file.read_text(encoding="utf-8") == SPEC.replace("relu", "tanh")
        file.write_text(SPEC.replace("relu", "sigmoid"), encoding="utf-8")
        page.wait_for_rows(["sigmoid"])


def test_both_changed_is_asked_about(opened, file):
    with served(str(file)) as address:
        page = opened(address)
        page.wait_for_rows(["relu"])
        page.write(SPEC.replace("relu", "tanh"))
        page.wait_for_rows(["tanh"])
        file.write_text(SPEC.replace("relu", "sigmoid"), encoding="utf-8")
        page.raw.get_by_role("button", name="Keep mine").click()
        page.wait_for_rows(["tanh"])
        page.raw.locator("#editor .cm-content").press("Control+s")
        page.wait("document.querySelector('#actions button').disabled")
        assert "tanh" in file.read_text(encoding="utf-8")


def test_a_question_that_was_closed_is_asked_again_at_saving(opened, file):
    with served(str(file)) as address:
        page = opened(address)
        page.wait_for_rows(["relu"])
        page.write(SPEC.replace("relu", "tanh"))
        page.wait_for_rows(["tanh"])
        file.write_text(SPEC.replace("relu", "sigmoid"), encoding="utf-8")
        notice = page.raw.locator("#notice")
        notice.get_by_role("button", name="Close").click()
        page.raw.locator("#editor .cm-content").press("Control+s")
        page.raw.wait_for_selector("#notice:not([hidden]) :text('has changed on the disk')")
        assert "sigmoid" in file.read_text(encoding="utf-8")
        notice.get_by_role("button", name="Take the one of the disk").click()
        page.wait_for_rows(["sigmoid"])


def test_another_network_takes_no_changes_away_unasked(opened, file):
    with served(str(file)) as address:
        page = opened(address)
        page.wait_for_rows(["relu"])
        page.write(SPEC.replace("relu", "tanh"))
        page.wait_for_rows(["tanh"])
        page.raw.select_option("#network", "slow_fusion")
        notice = page.raw.locator("#notice")
        assert "mine.yaml has changes that are not saved" in notice.locator("p").inner_text()
        assert page.raw.locator("#network").input_value() == ""
        assert [row[0] for row in page.rows()] == ["tanh"]
        notice.get_by_role("button", name="Save and leave").click()
        page.wait("document.title === 'slow_fusion · archcalc'")
        assert "tanh" in file.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_says_so_and_keeps_the_changes(opened, file):
    with served(str(file)) as address:
        page = opened(address)
        page.wait_for_rows(["relu"])
        page.write(SPEC.replace("relu", "tanh"))
        page.wait_for_rows(["tanh"])
        file.unlink()
        page.raw.keyboard.press("Control+s")
        page.raw.wait_for_selector("#notice:not([hidden]) :text('The file was not saved: mine.yaml cannot be read')")
        assert "tanh" in page.spec()
