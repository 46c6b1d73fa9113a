"""Recorded modules are drawn as networks of specs are."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import archcalc  # noqa: E402


class UNet(nn.Module):
    """Two levels, joined by concatenation after a transposed convolution; functions without a module between."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv3d(3, 4, 3, padding=1), nn.BatchNorm3d(4))
        self.deep = nn.Sequential(nn.Conv3d(4, 8, 3, padding=1), nn.ReLU())
        self.up = nn.ConvTranspose3d(8, 4, 2, 2)
        self.head = nn.Conv3d(8, 2, 1)

    def forward(self, clip):
        skip = nn.functional.leaky_relu(self.down(clip))
        deep = self.deep(nn.functional.max_pool3d(skip, 2))
        return self.head(torch.cat([self.up(deep), skip], 1)).softmax(1)


@pytest.fixture(scope="module")
def analysis():
    return archcalc.from_module(UNet(), clip="3x8x16x16")


@pytest.mark.parametrize("kind", ["graph", "kernels", "volume", "field", "unroll"])
def test_every_kind_is_drawn(analysis, kind, tmp_path):
    if kind == "field":
        pytest.importorskip("matplotlib")
    file = tmp_path / ("drawing.dot" if kind == "graph" else "drawing.svg")
    analysis.diagram(kind).save(str(file))
    text = file.read_text()
    assert len(text) > 500
    assert "up" in text or kind in ("field", "kernels")
