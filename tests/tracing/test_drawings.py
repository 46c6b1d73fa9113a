"""Recorded modules are drawn as networks of specs are."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.drawings.unroll import unroll_drawing  # noqa: E402


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


class Windowed(nn.Module):
    """Attention in windows of 2x2 over all frames, whose scores have no axis of time."""

    def forward(self, clip):
        n, c, t, h, w = clip.shape
        parts = clip.view(n, c, t, h // 2, 2, w // 2, 2).permute(0, 3, 5, 2, 4, 6, 1).reshape(-1, t * 4, c)
        found = (parts @ parts.transpose(1, 2)).softmax(-1) @ parts
        return clip + found.view(n, h // 2, w // 2, t, 2, 2, c).permute(0, 6, 3, 1, 4, 2, 5).reshape(clip.shape)


def test_each_frame_reads_a_row_whose_frames_lie_in_a_dimension_with_others():
    rows = unroll_drawing(archcalc.from_module(Windowed(), clip="3x4x4x4")).rows
    titles = [each.title for each in rows]
    scores, added = titles.index("matmul"), titles.index("add")
    assert [len(each.features) for each in rows] == [4, 1, 4]
    assert all((scores, 0) in each.reads for each in rows[added].features)
