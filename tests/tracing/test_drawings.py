"""Recorded modules are drawn as networks of specs are."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.drawings.field import field_path  # noqa: E402
from archcalc.drawings.kernels import kernels_drawing  # noqa: E402
from archcalc.drawings.temporal_effect import TemporalEffect  # noqa: E402
from archcalc.drawings.unroll import unroll_drawing  # noqa: E402
from archcalc.drawings.volume import volume_drawing  # noqa: E402


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


@pytest.mark.parametrize("kind", ["graph", "kernels", "volume", "field", "unroll"])
def test_every_kind_takes_a_depth(analysis, kind):
    if kind == "field":
        pytest.importorskip("matplotlib")
    if kind == "graph":
        pytest.importorskip("graphviz")
    assert len(analysis.diagram(kind, depth=1).svg) > 500


def test_layers_of_a_part_are_one_row_that_reads_through_all_of_them():
    layers = [nn.Conv3d(3, 3, (3, 1, 1), padding=(1, 0, 0)) for _ in range(4)]
    model = nn.Sequential(nn.Sequential(*layers[:3]), layers[3], nn.Conv3d(3, 3, (3, 1, 1), (3, 1, 1)))
    analysis = archcalc.from_module(model, clip="3x9x4x4")
    clip, first, *_, last = unroll_drawing(analysis, 1).rows
    assert (clip.title, first.title, last.title) == ("clip", "0", "2")
    assert first.features[4].reads == tuple((0, frame) for frame in range(1, 8))
    assert first.features[4].label == "t=(1,…,7)"
    assert len(unroll_drawing(analysis).rows) == len(unroll_drawing(analysis, 1).rows) + 2
    assert last.features[1].reads == ((2, 3), (2, 4), (2, 5))


def test_what_others_read_of_a_part_has_a_row_too():
    class Part(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv3d(3, 3, (3, 1, 1), padding=(1, 0, 0))
            self.second = nn.Conv3d(3, 3, (3, 1, 1), padding=(1, 0, 0))

        def forward(self, clip):
            before = self.first(clip)
            return before, self.second(before)

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.part = Part()

        def forward(self, clip):
            before, after = self.part(clip)
            return before + after

    rows = unroll_drawing(archcalc.from_module(Two(), clip="3x6x4x4"), 1).rows
    assert [each.title for each in rows] == ["clip", "part.first", "part", "add"]
    assert rows[2].features[2].reads == tuple((0, frame) for frame in range(5))
    assert rows[3].features[2].reads == ((1, 2), (2, 2))


class Pooled(nn.Module):
    """A convolution over the grid of tokens, as the pools of a multiscale transformer."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv3d(3, 8, (2, 4, 4), (2, 4, 4))
        self.pool = nn.Conv3d(4, 4, 3, (1, 2, 2), 1, groups=4, bias=False)

    def forward(self, clip):
        tokens = self.patches(clip).flatten(2).transpose(1, 2)
        heads = tokens.reshape(1, -1, 2, 4).transpose(1, 2)
        return self.pool(heads.transpose(2, 3).reshape(2, 4, 4, 8, 8))


def test_kernels_behind_views_are_drawn():
    by_size = {each.label: each for each in kernels_drawing(archcalc.from_module(Pooled(), clip="3x8x32x32")).kernels}
    pool = by_size["3x3x3"]
    assert (pool.groups, pool.volume, pool.slides) == ("depthwise", (4, 8, 8), (("T", (1,)), ("H", (2,)), ("W", (2,))))
    assert (pool.layers, pool.effect) == (("pool",), TemporalEffect.LOCAL)


def test_kernels_of_parts_are_apart_with_a_depth(analysis):
    assert [each.label for each in kernels_drawing(analysis).kernels] == ["1x1x1", "2x2x2", "3x3x3"]
    by_part = [(each.part, each.label) for each in kernels_drawing(analysis, 1).kernels]
    assert by_part == [("down", "3x3x3"), ("deep", "3x3x3"), ("up", "2x2x2"), ("head", "1x1x1")]


def test_a_part_has_one_point_in_the_growth_of_the_field(analysis):
    assert [each.path for each in field_path(analysis, depth=1).points] == ["clip", "down", "max_pool3d", "deep"]


def test_parts_are_not_opened_beyond_a_depth():
    body = nn.Sequential(*[nn.Conv3d(3, 3, 3, 2, 1) for _ in range(5)])
    analysis = archcalc.from_module(nn.Sequential(body), clip="3x32x32x32")
    assert [len(volume_drawing(analysis, depth=depth).boxes) for depth in (None, 1, 2)] == [6, 2, 6]


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
    scores, mixed = titles.index("matmul"), titles.index("matmul_2")
    assert [len(each.features) for each in rows] == [4, 1, 4, 4]
    assert all((scores, 0) in each.reads for each in rows[mixed].features)
    assert [each.reads for each in rows[titles.index("add")].features] == [((0, t), (mixed, t)) for t in range(4)]
