"""Runs every example command of a `--help` and of the documentation.

Those that measure take minutes or need a device: of them the options are parsed and the networks are loaded.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc.cli.commands import COMMANDS
from archcalc.cli.main import main
from archcalc.resources import starter_spec
from archcalc.spec.load import load_spec

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
MEASURING = ("verify", "profile", "report", "serve")  # the last runs until it is ended
DRAWN_ELSEWHERE = "gallery.md"  # by test_gallery, which compares what is drawn
MODULE = """
from torch import nn


class Clips(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv3d(3, width, 3)

    def forward(self, clip):  # T, C, H, W
        return self.conv(clip.transpose(1, 2))


def build(width):
    return Clips(width)
"""
"""What pages call `my_net.py`."""
OTHER_TOOLS = {
    "yolov3.cfg": "[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=2\nsize=3\nactivation=leaky\n",
    "model.json": '{"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {"name": "fc", "units": 2,'
    ' "batch_input_shape": [null, 3]}}]}',
}
"""Files of other tools that pages import."""
SAVED = ("network.yaml", "my_network.yaml")  # names under which pages save a spec


def of_help() -> list[str]:
    """The examples at the end of every `--help`."""
    epilogs = [main.epilog, *(entry.command().epilog for entry in COMMANDS.values())]
    return [
        words
        for epilog in epilogs
        for words in re.findall(r"^(?:Example:)? +archcalc (.+)$", str(epilog), re.MULTILINE)
    ]


def of_pages() -> list[str]:
    """The commands of shell blocks, without comments; what a console block prints is compared elsewhere."""
    pages = [page.read_text(encoding="utf-8") for page in PAGES if page.name != DRAWN_ELSEWHERE]
    blocks = [block for page in pages for block in re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)]
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("archcalc ")]
    return [line.removeprefix("archcalc ").partition("  #")[0].strip() for line in lines]


EXAMPLES = list(dict.fromkeys([*of_help(), *of_pages()]))


def parsed(words: list[str]) -> dict[str, object]:
    """The options and arguments of a command; click.UsageError when they are wrong."""
    return dict(
        COMMANDS[words[0]].command().make_context(words[0], words[1:], help_option_names=["-h", "--help"]).params
    )


def test_there_is_an_example_of_every_command() -> None:
    assert {words.split()[0] for words in of_help()} == set(COMMANDS)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(example)
    monkeypatch.chdir(tmp_path)
    if "--cluster" in words:
        assert parsed(words)["cluster"]
        return
    if words[0] in MEASURING or "reports/" in example:
        specs = parsed(words).get("specs") or ()
        assert isinstance(specs, tuple)
        assert all(load_spec(spec, {}, {}).graph.nodes for spec in specs)
        return
    for name in SAVED if words[0] != "init" else ():
        (tmp_path / name).write_text(starter_spec().replace("FILE", name), encoding="utf-8")
    for name, text in {"my_net.py": MODULE, **OTHER_TOOLS}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
