"""What the README and the overview show is what the program prints."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from tests.project.examples import blocks, printed, prints, split

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
OVERVIEW = (ROOT / "docs" / "overview.md").read_text(encoding="utf-8")
MOST_LINES = 95  # about a screen and a half


def test_the_readme_is_short_and_has_the_commands_of_make() -> None:
    assert README.count("\n") < MOST_LINES
    (commands,) = [block for block in blocks(README, "sh") if "make" in block]
    assert [line.split("#")[0].strip() for line in commands.splitlines()] == ["make table SPEC=c3d", "make test"]


@pytest.mark.parametrize("block", blocks(README, "console"))
def test_console_examples(block: str) -> None:
    command, wanted = split(block)
    assert prints(command, wanted), printed(command)


def test_a_stale_example_is_caught() -> None:
    command, wanted = split(blocks(README, "console")[0])
    assert not prints(command, wanted.replace("3", "4"))


def test_the_example_spec_loads(tmp_path: Path) -> None:
    path = tmp_path / "my_network.yaml"
    path.write_text(blocks(OVERVIEW, "yaml")[0])
    spec = archcalc.load(path, classes=400, inputs="clip=3x32x224x224@30")
    assert archcalc.analyze(spec).layer("head").params == 33 * 400


def test_the_python_example_gives_what_its_comments_say() -> None:
    scope: dict[str, object] = {}
    for line in blocks(OVERVIEW, "python")[0].splitlines():
        statement, _, comment = line.partition("  # ")
        if comment:
            assert repr(eval(statement, scope)) == comment.strip()
        else:
            exec(line, scope)
