"""Examples of the documentation, run as a reader would: specs are saved, commands print what stands below them."""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from archcalc.cli.main import main

SPEC = "network.yaml"


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return [code for kind, code in all_blocks(page) if kind == language]


def all_blocks(page: str) -> Iterator[tuple[str, str]]:
    """Every code block of a page: its language and its text."""
    yield from re.findall(r"^```(\w+)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def printed(arguments: str) -> str:
    """What a command prints on a terminal of 80 columns."""
    result = CliRunner().invoke(main, shlex.split(arguments), env={"COLUMNS": "80"})
    return "\n".join(line.rstrip() for line in result.output.splitlines()) + "\n"


def prints(arguments: str, wanted: str) -> bool:
    """Whether a command prints a text; `...` on a line of its own stands for lines left out."""
    return doctest.OutputChecker().check_output(wanted, printed(arguments), doctest.ELLIPSIS)


def split(block: str) -> tuple[str, str]:
    """The command of a console block, without the program's name, and what it prints."""
    command, _, wanted = block.partition("\n")
    return command.removeprefix("$ archcalc "), wanted


def save(folder: Path, spec: str) -> None:
    """A spec where the commands of a page look for it."""
    (folder / SPEC).write_text(spec, encoding="utf-8")
