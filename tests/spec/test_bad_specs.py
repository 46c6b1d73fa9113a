"""What a stranger reads when a spec is wrong: `pytest tests/spec --update-golden` writes the answers in `bad/` anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.spec.bad_specs import MAIN, BadSpec, bad_specs, check, write_answer

SPECS = bad_specs()
FIRST_LINE = re.compile(r"^(?P<file>[\w.-]+)(?::(?P<line>[1-9]\d*):(?P<column>[1-9]\d*))?: (?P<message>\S.*)$")
PLACE = re.compile(r"^  (?:[\w.-]+(?::\d+:\d+)?: \S|and \d+ places between$)")
REST = re.compile(r"^and \d+ more problems?$")
MOST_LINES = 70
LINES_OF_ONE = 8
LONGEST = 320

each_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.label)


@pytest.fixture
def answer(spec: BadSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What `archcalc check` prints, in the folder of the spec."""
    monkeypatch.chdir(tmp_path)
    for name, text in spec.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    said = check(MAIN)
    assert (said.code, said.errors) == (1, "")
    return said.text


def test_there_are_many_and_no_two_of_one_name() -> None:
    labels = [spec.label for spec in SPECS]
    assert len(labels) >= 100
    assert len(set(labels)) == len(labels)


@each_spec
def test_the_answer(spec: BadSpec, answer: str, update_golden: bool) -> None:
    if update_golden:
        write_answer(spec, answer)
        return
    assert answer == spec.answer


@each_spec
def test_the_form_of_an_answer(spec: BadSpec, answer: str) -> None:
    """Each problem is one line with its place, then at most the line at fault with a caret, then related places."""
    lines = answer.splitlines()
    assert "Traceback" not in answer
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= LONGEST
    places, found = [], []
    while lines and not REST.match(lines[0]):
        before = len(lines)
        problem = FIRST_LINE.match(lines.pop(0))
        assert problem
        found.append(problem[0])
        if problem["line"]:
            places.append((problem["file"], int(problem["line"]), int(problem["column"])))
            _hold_echo_against_file(spec, places[-1], lines)
        while lines and PLACE.match(lines[0]):
            lines.pop(0)
        assert before - len(lines) <= LINES_OF_ONE
    assert len(lines) <= 1
    assert places == sorted(places)
    assert len(set(found)) == len(found)


def _hold_echo_against_file(spec: BadSpec, place: tuple[str, int, int], lines: list[str]) -> None:
    file, number, column = place
    written = spec.files[file].split("\n")[number - 1].replace("\t", " ")
    if not written.strip():
        return
    echoed, caret = lines.pop(0), lines.pop(0)
    assert echoed.startswith("    ")
    assert echoed[4:].removeprefix("...").removesuffix("...") in written
    assert caret.strip() == "^"
    assert echoed[len(caret) - 1 : len(caret)] == written[column - 1 : column]
