"""Modules that take one size only have the windows of modules that take any."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.tracing import unclipped  # noqa: E402


class Body(nn.Module):
    """Convolutions whose fields reach over both ends of a small clip, with strides, branches and a gate."""

    def __init__(self, *, one_size: bool) -> None:
        super().__init__()
        self.one_size = one_size
        self.stem = nn.Conv3d(3, 4, (3, 5, 5), padding=(1, 2, 2), stride=(1, 2, 2))
        self.pool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))
        self.deep = nn.ModuleList(nn.Conv3d(4, 4, 3, padding=1) for _ in range(4))
        self.wide = nn.Conv3d(4, 4, (3, 1, 1), dilation=(2, 1, 1), padding=(2, 0, 0))

    def forward(self, x: Any) -> Any:
        assert not self.one_size or tuple(x.shape[2:]) == (8, 32, 32)
        x = self.pool(self.stem(x))
        for each in self.deep:
            x = x + torch.relu(each(x))
        return x * torch.sigmoid(x.mean((2, 3, 4), keepdim=True)) + self.wide(x)


def fields(model: nn.Module) -> dict[str, Any]:
    analysis: Any = archcalc.from_module(model, clip="3x8x32x32")
    views = ("full", "window", "clipped")
    return {each.path: [dict(each.field.sizes(view)) for view in views] for each in analysis.layers}


def test_windows_are_known_without_a_larger_input():
    found = fields(Body(one_size=True))
    assert found == fields(Body(one_size=False))
    assert found["deep.3"][1] == {"T": 3 + 4 * 2, "H": 5 + 2 * 2 + 4 * 4 * 2, "W": 5 + 2 * 2 + 4 * 4 * 2}


def test_positions_at_the_ends_say_nothing_of_windows(monkeypatch):
    monkeypatch.setattr(unclipped, "_inner", lambda *_: (0, None))
    assert fields(Body(one_size=True)) != fields(Body(one_size=False))


class StridedKeys(nn.Module):
    """Attention whose keys leave out the last rows, so that queries read more than all keys together."""

    def forward(self, x: Any) -> Any:
        keys = nn.functional.avg_pool2d(x, 1, 4).flatten(2)
        scores = (x.flatten(2).transpose(1, 2) @ keys).softmax(-1)
        return (scores @ keys.transpose(1, 2)).transpose(1, 2).reshape(x.shape)


def test_keys_that_leave_out_positions_are_global_all_the_same():
    last: Any = archcalc.from_module(StridedKeys(), x="4x16x16").layers[-1].field
    assert dict(last.sees_all) == {"H": True, "W": True}
    assert (dict(last.sizes("window")), dict(last.sizes("full"))) == ({"H": 1, "W": 1}, {"H": 16, "W": 16})
