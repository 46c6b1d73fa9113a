"""Command lines at random: every command with its options, right and wrong; what may come of them is a message."""

from __future__ import annotations

import random
from pathlib import Path
from zlib import crc32

import click
from click.testing import CliRunner

from archcalc.cli.commands import COMMANDS
from archcalc.cli.main import main

SPECS = ("slow_fusion", "early_fusion", "late_fusion", "c3d", "none", "", ".", "SPEC", "SPEC", "SPEC")
SETTLED = ("verify", "profile", "report", "audit", "list", "serve", "page", "sweep", "search")
"""Commands that run PyTorch, or many networks: they take too long here, or are another's to try."""
ENDLESS = ("follow", "every")
"""Options that wait for a file, or that take every bundled network."""
VALUES = (
    "", "0", "-1", "1", "2", "3", "7", "1e9", "99999999999999999999", "nan", "inf", "1.5", "a", "a=b", "=",
    "classes=7", "classes=", "width=8", "clip=3x8x32x32", "clip=3x8x32x32@30", "clip=0", "T=4", "T=-1",
    "25x300x300", "x", ",", "all", "full,window", "clipped", "json", "csv", "conv1", "input", "\u202e",
    "\u0000", "\u00e9", "'", "=1+1", "$a", "640x480", "30/1",
)  # fmt: skip
MISTAKE = "this is an error in archcalc"
CODES = (0, 1, 2, 3)


def command_line(chance: random.Random, spec: str, folder: Path) -> list[str]:
    """Arguments for archcalc, most of them such that the command takes them."""
    name = chance.choice([each for each in COMMANDS if each not in SETTLED])
    arguments = [name]
    for param in COMMANDS[name].command().params:
        if isinstance(param, click.Argument):
            many = chance.choice((1, 1, 1, 2, 0)) if param.nargs == -1 else chance.choice((1, 1, 1, 1, 0))
            if param.name == "file":
                many = 1  # what is not named is written into the working directory
            arguments += [_argument(chance, param, spec, folder) for _ in range(many)]
        elif isinstance(param, click.Option) and chance.random() < (0.9 if param.required else 0.15):
            arguments += _option(chance, param, folder)
    return arguments


def _argument(chance: random.Random, param: click.Argument, spec: str, folder: Path) -> str:
    if param.name in ("spec", "specs"):
        return chance.choice(SPECS).replace("SPEC", spec)
    return str(folder / "new") if param.name == "file" else chance.choice((*VALUES, "conv3d", "pool1", "fc6"))


def _option(chance: random.Random, param: click.Option, folder: Path) -> list[str]:
    if param.name in ENDLESS:
        return []
    word = chance.choice([*param.opts, *param.secondary_opts])
    if param.is_flag:
        return [word]
    if param.name == "output":
        return [
            word,
            chance.choice(("-", str(folder), *(str(folder / f"out.{each}") for each in ("svg", "dot", "mmd")))),
        ]
    if isinstance(param.type, click.Choice) and chance.random() < 0.9:
        return [word, str(chance.choice(list(param.type.choices)))]
    return [word, chance.choice(VALUES)]


def run(arguments: list[str]) -> str:
    """Run a command line in this process: its exit code in words. Whatever is no answer to it is a mistake."""
    result = CliRunner().invoke(main, ["--debug", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in CODES, (arguments, result.exit_code)
    assert "Traceback" not in result.output, arguments
    assert MISTAKE not in result.output, arguments
    assert result.exit_code == 0 or result.output.strip(), arguments
    return f"exit {result.exit_code}"


def examine_command_line(spec: Path, data: bytes) -> str:
    """A command line that the bytes of a spec decide, on that spec: what came of it."""
    spec.write_bytes(data)
    return run(command_line(random.Random(crc32(data)), str(spec), spec.parent))
