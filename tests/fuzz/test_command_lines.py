"""A short run of command lines from a fixed seed."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from tests.fuzz.command_lines import command_line, run

SPEC = "archcalc: 1\nname: small\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers: [{conv3d: {out: 4, kernel: 3}}]\n"
LINES = 150


def test_command_lines_are_answered(tmp_path: Path) -> None:
    spec = tmp_path / "small.yaml"
    spec.write_text(SPEC)
    chance, outcomes = random.Random(11), Counter[str]()
    for _ in range(LINES):
        outcomes[run(command_line(chance, str(spec), tmp_path))] += 1
    assert min(outcomes["exit 0"], outcomes["exit 2"]) > LINES // 20
    assert spec.read_text() == SPEC
