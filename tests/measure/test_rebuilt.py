"""Source is written for modules whose layers are operators and together give the numbers of the module."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner  # noqa: E402
from torch import nn  # noqa: E402

from archcalc.cli.main import main  # noqa: E402
from archcalc.core.problem import SpecError  # noqa: E402
from archcalc.measure.rebuilt import require_operators  # noqa: E402
from archcalc.tracing.inputs import parse_input  # noqa: E402
from archcalc.tracing.module import import_module  # noqa: E402

PROGRAM = """
import torch
from torch import nn

class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))

class Odd(Plain):
    def forward(self, x):
        return torch.erfinv(super().forward(x))
"""


def test_the_source_of_a_module_computes_what_it_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain_net.py").write_text(PROGRAM)
    result = CliRunner().invoke(main, ["build", "plain_net.py:Plain", "--input", "x=3x8x8", "-o", "made.py"])
    assert result.exit_code == 0, result.output
    made: dict[str, Any] = {"__name__": "made"}
    exec(compile((tmp_path / "made.py").read_text(), "made.py", "exec"), made)
    theirs: dict[str, Any] = {"__name__": "theirs"}
    exec(compile(PROGRAM, "plain_net.py", "exec"), theirs)
    ours, original = made["Plain"]().eval(), theirs["Plain"]().eval()
    ours.load_state_dict(original.state_dict())
    x = torch.rand(1, 3, 8, 8)
    assert torch.equal(ours(x), original(x))


def test_layers_that_are_no_operators_are_listed_with_their_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd_net.py").write_text(PROGRAM)
    result = CliRunner().invoke(main, ["build", "odd_net.py:Odd", "--input", "x=3x8x8"])
    assert result.exit_code == 1
    assert "odd_net.py:16:1: erfinv: no source is written for erfinv" in result.stderr


def test_other_numbers_are_no_source():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8, eps=0.5))
    with pytest.raises(SpecError, match="other numbers"):
        require_operators(import_module(model, [parse_input("x=3x8x8")]))
