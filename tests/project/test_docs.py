"""The examples of the documentation are run, and its generated pages are as the program is."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from docs import generate
from tests.project.examples import all_blocks, printed, prints, save, split

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def has(page: Path, what: str) -> bool:
    return what in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [page for page in PAGES if has(page, ">>> ")], ids=lambda page: page.stem)
def test_examples_in_python_give_what_they_show(page: Path) -> None:
    pytest.importorskip("pandas")
    results = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize("page", [page for page in PAGES if has(page, "```console")], ids=lambda page: page.stem)
def test_commands_print_what_stands_below_them(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for language, code in all_blocks(page.read_text(encoding="utf-8")):
        if language == "yaml":
            save(tmp_path, code)
        if language == "console":
            command, wanted = split(code)
            assert prints(command, wanted), f"$ archcalc {command}\n{printed(command)}"


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_pages_are_as_the_program_is(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == generate.PAGES[name](), "stale: make docs"
