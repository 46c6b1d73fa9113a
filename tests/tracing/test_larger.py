"""Recordings on larger inputs, which show windows, end before they take long."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from archcalc.tracing import record  # noqa: E402
from archcalc.tracing.alike import stretched  # noqa: E402
from archcalc.tracing.inputs import parse_input  # noqa: E402
from archcalc.tracing.module import Recorder, Run  # noqa: E402


class Distances(nn.Module):
    """Adds a constant that grows with the square of the input."""

    def forward(self, x: Any) -> Any:
        places = torch.arange(x.shape[-1])
        return x + (places[:, None] - places[None]).amax(0)


def test_sizes_of_what_tensors_are_broadcast_to():
    assert stretched([torch.empty(3, 1, 5), torch.empty(4, 1)]) == 3 * 4 * 5
    assert stretched([torch.empty(3, 2), torch.empty(7)]) == 7


def test_a_larger_recording_ends_before_large_constants(monkeypatch):
    recorder = Recorder([parse_input("x=C2xT8")], Run(), "Distances")
    calls = recorder.once(Distances()).program.calls
    larger = [recorder.larger(Distances(), {"x": (1, 2, 64)}, calls)]
    monkeypatch.setattr(record, "MOST_REAL", 1_000)
    larger.append(recorder.larger(Distances(), {"x": (1, 2, 64)}, calls))
    assert [each is not None and len(each.program.calls) for each in larger] == [len(calls), 3]
