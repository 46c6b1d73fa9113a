"""What the README shows is what the program prints."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from tests.project.examples import blocks, printed, prints, split

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", blocks(README, "console"))
def test_console_examples(block: str) -> None:
    command, wanted = split(block)
    assert prints(command, wanted), printed(command)


def test_a_stale_example_is_caught() -> None:
    command, wanted = split(blocks(README, "console")[0])
    assert not prints(command, wanted.replace("3", "4"))


def test_the_example_spec_loads(tmp_path: Path) -> None:
    path = tmp_path / "my_network.yaml"
    path.write_text(blocks(README, "yaml")[0])
    spec = archcalc.load(path, classes=400, inputs="clip=3x32x224x224@30")
    assert archcalc.analyze(spec).layer("head").params == 33 * 400


def test_the_python_example_gives_what_its_comments_say() -> None:
    scope: dict[str, object] = {}
    for line in blocks(README, "python")[0].splitlines():
        statement, _, comment = line.partition("  # ")
        if comment:
            assert repr(eval(statement, scope)) == comment.strip()
        else:
            exec(line, scope)
