"""What an import works out, and what it leaves: no large arrays, and nothing that only cycles of objects hold."""

from __future__ import annotations

import gc
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.tracing.canonical import Canonical  # noqa: E402
from archcalc.tracing.hull import Hull  # noqa: E402
from archcalc.tracing.inputs import parse_input  # noqa: E402
from archcalc.tracing.interpret import Interpreter  # noqa: E402
from archcalc.tracing.module import Recorder, Run  # noqa: E402


class Pathways(nn.Module):
    """Two convolutions of different fields, and a linear layer on the channels of both at each position."""

    def __init__(self) -> None:
        super().__init__()
        self.narrow, self.wide = nn.Conv2d(3, 40, 1), nn.Conv2d(3, 40, 5, padding=2)
        self.head = nn.Linear(80, 6)

    def forward(self, x: Any) -> Any:
        return self.head(torch.cat([self.narrow(x), self.wide(x)], 1).permute(0, 2, 3, 1).contiguous())


def test_a_linear_layer_on_positions_spreads_no_channels_over_them():
    recording = Recorder([parse_input("x=3x20x30")], Run(), "Pathways").once(Pathways())
    known = Canonical()
    end, number = len(recording.program.calls), recording.program.outputs["output"]
    run = Interpreter(recording, {"x": {2: "H", 3: "W"}}, [(end, number)], canonical=known).run()
    field = run.seen((end, number))
    assert {key.axis: field.overall(key) for key in field.terms} == {"H": (0, 19), "W": (0, 29)}
    line = field.terms[next(key for key in field.terms if key.axis == "H")][0]
    assert (-line.first).flatten().tolist() == [max(0, at - 2) for at in range(20)]
    assert line.last.flatten().tolist() == [min(19, at + 2) for at in range(20)]
    arrays = [x.numel() for hulls in known.outcomes.values() for each in hulls for own in each.terms.values()
              for ends in own for x in ends]  # fmt: skip
    assert max(arrays) == 30 * 80  # a row and its channels, not all 20 x 30 positions with theirs


def test_an_import_that_is_let_go_leaves_nothing_behind():
    def hulls() -> int:
        return sum(type(each) is Hull for each in gc.get_objects())

    archcalc.from_module(Pathways(), x="3x20x30")
    gc.collect()
    before = hulls()
    gc.disable()
    try:
        archcalc.from_module(Pathways(), x="3x20x30")
        assert hulls() == before
    finally:
        gc.enable()
