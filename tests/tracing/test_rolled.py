"""Attention in windows on a grid that is rolled and rolled back: windows that are shifted."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.tracing import unclipped  # noqa: E402

WINDOW, SHIFT, STRIDE = 4, 2, 3


class Windows(nn.Module):
    """Steps of three frames, then attention in windows of four steps, shifted by two; it takes one size."""

    def __init__(self, windows: int, *, masked: bool = True, undone: bool = True) -> None:
        super().__init__()
        self.patches = nn.Conv1d(4, 4, STRIDE, STRIDE)
        self.places = nn.Parameter(torch.zeros(1, windows * WINDOW, 4))
        self.masked, self.undone = masked, undone

    def forward(self, x: Any) -> Any:
        x = self.patches(x).transpose(1, 2) + self.places
        count = x.shape[1]
        windows = x.roll(-SHIFT, 1).reshape(count // WINDOW, WINDOW, 4)
        scores = windows @ windows.transpose(1, 2)
        if self.masked:
            part = torch.zeros(count)
            part[-WINDOW:-SHIFT] = 1
            part[-SHIFT:] = 2
            part = part.reshape(-1, WINDOW)
            apart = part[:, :, None] != part[:, None]
            scores = scores + torch.zeros(apart.shape).masked_fill(apart, -100.0)
        read = (scores.softmax(-1) @ windows).reshape(1, count, 4)
        return torch.relu(read.roll(SHIFT, 1) if self.undone else read)


def analyzed(module: Windows) -> Any:
    return archcalc.from_module(module, clip=f"C4xT{module.places.shape[1] * STRIDE}")


@pytest.mark.parametrize("windows", [2, 3, 4, 7])
def test_shifted_windows_are_as_wide_as_windows(windows):
    """In a grid of two windows no position has another one a window further whose window is not cut off."""
    found = analyzed(Windows(windows)).layers[-1].field
    sizes = [found.sizes(kind)["T"] for kind in ("full", "window", "clipped")]
    assert sizes == [WINDOW * STRIDE] * 3
    assert not found.sees_all["T"]


@pytest.mark.parametrize("what", ["masked", "undone"])
def test_a_roll_of_which_nothing_is_known_gives_no_window(what):
    analysis = analyzed(Windows(4, **{what: False}))
    assert analysis.layers[-1].field.sizes("window")["T"] is None
    assert any("full is what is really read" in each for each in analysis.graph.imported.remarks)


def test_windows_are_not_found_if_rolls_are_not_compared(monkeypatch):
    monkeypatch.setattr(unclipped, "undone", lambda _: {})
    assert analyzed(Windows(2)).layers[-1].field.sizes("window")["T"] is None
