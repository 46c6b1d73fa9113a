"""What the README shows is what the program prints."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def assert_prints(arguments: str, wanted: str) -> None:
    """`...` on a line of its own stands for lines left out."""
    result = CliRunner().invoke(main, shlex.split(arguments), env={"COLUMNS": "80"})
    printed = "\n".join(line.rstrip() for line in result.stdout.splitlines()) + "\n"
    assert doctest.OutputChecker().check_output(wanted, printed, doctest.ELLIPSIS), printed


@pytest.mark.parametrize("block", blocks("console"))
def test_console_examples(block: str) -> None:
    command, _, wanted = block.partition("\n")
    assert_prints(command.removeprefix("$ archcalc "), wanted)


def test_a_stale_example_is_caught() -> None:
    command, _, wanted = blocks("console")[0].partition("\n")
    with pytest.raises(AssertionError):
        assert_prints(command.removeprefix("$ archcalc "), wanted.replace("3", "4"))


def test_the_example_spec_loads(tmp_path: Path) -> None:
    path = tmp_path / "my_network.yaml"
    path.write_text(blocks("yaml")[0])
    spec = archcalc.load(path, classes=400, inputs="clip=3x32x224x224@30")
    assert archcalc.analyze(spec).layer("head").params == 33 * 400


def test_the_python_example_gives_what_its_comments_say() -> None:
    scope: dict[str, object] = {}
    for line in blocks("python")[0].splitlines():
        statement, _, comment = line.partition("  # ")
        if comment:
            assert repr(eval(statement, scope)) == comment.strip()
        else:
            exec(line, scope)
