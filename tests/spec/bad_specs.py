"""Broken specs with what `archcalc check` says about them, kept in Markdown: a heading, the files, the answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from archcalc.cli.main import main

FOLDER = Path(__file__).parent / "bad"
MAIN = "spec.yaml"

_CASE = re.compile(r"^## (?P<title>.+)\n(?P<body>(?:(?!^## ).*\n)*)", re.MULTILINE)
_FILE = re.compile(r"^```yaml(?: (?P<name>\S+))?\n(?P<text>(?:(?!^```).*\n)*)```$", re.MULTILINE)
_ANSWER = re.compile(r"^```text\n(?P<text>(?:(?!^```).*\n)*)```$", re.MULTILINE)


@dataclass(frozen=True)
class BadSpec:
    """One broken spec: where it is kept, the files it is made of, and the answer it is held to."""

    page: Path
    title: str
    files: dict[str, str]
    answer: str

    @property
    def label(self) -> str:
        """A name for the test."""
        return f"{self.page.stem}: {self.title}"


@dataclass(frozen=True)
class Answer:
    """What a command printed, and how it ended."""

    text: str
    errors: str
    code: int


def bad_specs() -> list[BadSpec]:
    """All of them, page by page."""
    return [spec for page in sorted(FOLDER.glob("*.md")) for spec in _read(page)]


def _read(page: Path) -> list[BadSpec]:
    return [_case(page, match) for match in _CASE.finditer(page.read_text())]


def _case(page: Path, match: re.Match[str]) -> BadSpec:
    files = {each["name"] or MAIN: each["text"] for each in _FILE.finditer(match["body"])}
    answer = _ANSWER.search(match["body"])
    return BadSpec(page, match["title"], files, answer["text"] if answer else "")


def write_answer(spec: BadSpec, answer: str) -> None:
    """Put another answer under a spec."""
    text = spec.page.read_text()
    match = next(each for each in _CASE.finditer(text) if each["title"] == spec.title)
    body = _ANSWER.sub("", match["body"]).rstrip("\n") + f"\n\n```text\n{answer}```\n\n"
    spec.page.write_text((text[: match.start("body")] + body + text[match.end() :]).rstrip("\n") + "\n")


def check(path: str) -> Answer:
    """What `archcalc check` says of a spec."""
    result = CliRunner().invoke(main, ["check", path])
    return Answer(result.stdout, result.stderr, result.exit_code)
