"""What built windows compute, with real numbers: padding, pools, and windows that slide along some axes only."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from torch import nn
from torch.nn import functional

from tests.pytorch.agreement import on, runs, shape_of_tensor


def frames(*values: float) -> torch.Tensor:
    """One sample of one channel along T."""
    return torch.tensor(values, dtype=torch.float32).view(1, 1, -1)


def windows(clip: torch.Tensor, **arguments: object) -> list[float]:
    """The sums of the windows of a convolution along T whose weights are all 1."""
    layer, run = runs("conv1d", shape_of_tensor(clip), out=1, bias=False, **arguments)
    nn.init.ones_(layer.weight)
    sums: list[float] = run(clip).grid.flatten().tolist()
    return sums


@pytest.mark.parametrize(
    ("arguments", "sums"),
    [
        ({"kernel": 3, "stride": 2, "padding": "same"}, [1 + 2 + 3, 3 + 4 + 5, 5 + 6]),
        ({"kernel": 4, "padding": "same"}, [1 + 2 + 3, 10, 14, 18, 4 + 5 + 6, 5 + 6]),
        ({"kernel": 3, "stride": 5, "padding": "same"}, [1 + 2, 5 + 6]),
        ({"kernel": 2, "dilation": 3, "padding": "causal"}, [1, 2, 3, 4 + 1, 5 + 2, 6 + 3]),
        ({"kernel": 3, "stride": 2, "padding": [[2, 0]]}, [1, 1 + 2 + 3, 3 + 4 + 5]),
        ({"kernel": 3, "stride": 2, "padding": [[0, 1]]}, [1 + 2 + 3, 3 + 4 + 5, 5 + 6]),
        ({"kernel": 5, "padding": "valid"}, [15, 20]),
        ({"kernel": 5, "padding": 1}, [1 + 2 + 3 + 4, 15, 20, 3 + 4 + 5 + 6]),
    ],
)
def test_padding_of_a_convolution(arguments: dict[str, object], sums: list[float]):
    assert windows(frames(1, 2, 3, 4, 5, 6), **arguments) == sums


@pytest.mark.parametrize("padding", ["same", "causal", [[1, 1]], 1])
def test_padding_never_wins_a_maximum(padding: object):
    assert on("max_pool1d", frames(-5, -3, -4, -2), kernel=3, stride=1, padding=padding).max() < 0


def test_a_maximum_over_uneven_padding():
    assert on("max_pool1d", frames(-5, -3, -4, -2), kernel=2, stride=1, padding=[[0, 2]]).flatten().tolist() == [
        -3, -3, -2, -2, -torch.inf
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("counted", "means"), [(True, [(1 + 2) / 3, 2, 3, (3 + 4) / 3]), (False, [(1 + 2) / 2, 2, 3, (3 + 4) / 2])]
)
@pytest.mark.parametrize("padding", [1, [[1, 1]], "same"])
def test_a_mean_may_count_its_padding(padding: object, counted: bool, means: list[float]):
    pooled = on("avg_pool1d", frames(1, 2, 3, 4), kernel=3, stride=1, padding=padding, count_include_pad=counted)
    assert pooled.flatten().tolist() == pytest.approx(means)


def test_a_mean_of_what_is_no_padding_with_ceil_mode():
    pooled = on("avg_pool1d", frames(1, 2, 3, 4), kernel=3, padding=[[1, 0]], ceil_mode=True, count_include_pad=False)
    assert pooled.flatten().tolist() == [(1 + 2) / 2, (3 + 4) / 2]


@pytest.mark.parametrize(
    ("clip", "arguments", "largest"),
    [
        ((1, 2, 3, 4, 5), {"kernel": 2, "stride": 3, "padding": [[1, 0]]}, [1, 4]),  # a third would start at 5
        ((1, 2, 3, 4), {"kernel": 2, "stride": 3, "padding": [[0, 1]]}, [2, 4]),  # 3 to 4, one of them padding
        ((1, 2, 3, 4, 5, 6, 7), {"kernel": 3, "stride": 2, "padding": [[1, 0]]}, [2, 4, 6, 7]),  # 5 to 7
        ((1, 2, 3, 4, 5, 6), {"kernel": 3, "stride": 2, "padding": "causal"}, [1, 3, 5, 6]),  # 4 to 6
    ],
)
def test_ceil_mode_keeps_a_window_that_starts_inside(clip, arguments, largest):
    pooled = on("max_pool1d", frames(*clip), ceil_mode=True, **arguments)
    assert pooled.flatten().tolist() == largest


def test_a_median_is_the_lower_of_two_and_has_zeros_for_padding():
    assert on("median_pool1d", frames(4, 1, 3, 2), kernel=4).flatten().tolist() == [2]
    assert on("median_pool1d", frames(4, 1, 3), kernel=3, stride=1, padding=1).flatten().tolist() == [1, 3, 1]


def test_a_median_over_three_axes():
    clip = torch.rand(2, 3, 4, 5, 6)
    pooled = on("median_pool3d", clip, kernel=[3, 3, 1], stride=1)
    assert pooled.shape == (2, 3, 2, 3, 6)
    assert pooled[1, 2, 1, 2, 5] == clip[1, 2, 1:4, 2:5, 5].median()


FRAME_BY_FRAME: dict[str, dict[str, Any]] = {
    "conv2d": {"out": 6, "kernel": 3, "stride": 2, "padding": "same"},
    "conv_transpose2d": {"out": 2, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
    "max_pool2d": {"kernel": 3, "padding": [[1, 0], "same"]},
    "avg_pool2d": {"kernel": [2, 3], "ceil_mode": True},
    "median_pool2d": {"kernel": 2},
    "adaptive_avg_pool2d": {"output_size": [3, 4]},
    "adaptive_max_pool2d": {"output_size": 3},
    "global_avg_pool": {"axes": ["H", "W"]},
    "interpolate": {"scale": 1.5, "mode": "bilinear"},
}


@pytest.mark.parametrize("word", FRAME_BY_FRAME)
def test_two_dimensions_act_on_every_frame(word: str):
    clip = torch.randn(2, 4, 5, 8, 7)
    layer, run = runs(word, shape_of_tensor(clip), **FRAME_BY_FRAME[word])
    alone, run_alone = runs(word, shape_of_tensor(clip[:, :, 0]), **FRAME_BY_FRAME[word])
    alone.load_state_dict(layer.state_dict())
    each = [run_alone(clip[:, :, frame]).grid for frame in range(5)]
    torch.testing.assert_close(run(clip).grid, torch.stack(each, 2))


PLACE_BY_PLACE: dict[str, dict[str, Any]] = {
    "conv1d": {"out": 6, "kernel": 3, "padding": "causal"},
    "conv_transpose1d": {"out": 2, "kernel": 4, "stride": 2, "padding": 1},
    "max_pool1d": {"kernel": 3, "padding": [[2, 0]]},
    "avg_pool1d": {"kernel": 2, "ceil_mode": True},
    "median_pool1d": {"kernel": 3},
    "adaptive_avg_pool1d": {"output_size": 3},
    "adaptive_max_pool1d": {"output_size": 3},
    "interpolate": {"size": 9, "mode": "linear"},
    "rnn": {"hidden_size": 3, "nonlinearity": "relu"},
    "lstm": {"hidden_size": 3, "num_layers": 2},
    "gru": {"hidden_size": 3, "bidirectional": True},
}


@pytest.mark.parametrize("word", PLACE_BY_PLACE)
def test_one_dimension_acts_along_time_at_every_place(word: str):
    clip = torch.randn(2, 4, 5, 3, 2)
    layer, run = runs(word, shape_of_tensor(clip), **PLACE_BY_PLACE[word])
    alone, run_alone = runs(word, shape_of_tensor(clip[..., 0, 0]), **PLACE_BY_PLACE[word])
    alone.load_state_dict(layer.state_dict())
    every = run(clip).grid
    for h in range(3):
        for w in range(2):
            torch.testing.assert_close(every[..., h, w], run_alone(clip[..., h, w]).grid)


@pytest.mark.parametrize("word", ["rnn", "lstm", "gru"])
def test_the_last_step_is_that_of_pytorch(word: str):
    clip = torch.randn(2, 4, 5)
    arguments = {"hidden_size": 3, "num_layers": 2, "bidirectional": True}
    sequence, run_sequence = runs(word, shape_of_tensor(clip), **arguments)
    last, run_last = runs(word, shape_of_tensor(clip), output="last", **arguments)
    last.load_state_dict(sequence.state_dict())
    torch.testing.assert_close(run_last(clip).grid, run_sequence(clip).grid[:, :, -1])
    theirs = getattr(nn, word.upper())(4, 3, 2, batch_first=True, bidirectional=True)
    theirs.load_state_dict(sequence.state_dict())
    torch.testing.assert_close(run_sequence(clip).grid, theirs(clip.transpose(1, 2))[0].transpose(1, 2))


def test_plain_layers_are_those_of_torch():
    clip = torch.randn(1, 4, 3, 8, 8)
    plain = {
        nn.Conv3d: runs("conv3d", shape_of_tensor(clip), out=2, kernel=3, stride=2, padding="same")[0],
        nn.Conv2d: runs("conv2d", shape_of_tensor(clip[:, :, 0]), out=2, kernel=3, padding=1)[0],
        nn.MaxPool3d: runs("max_pool3d", shape_of_tensor(clip), kernel=2)[0],
        nn.BatchNorm3d: runs("batch_norm", shape_of_tensor(clip))[0],
    }
    uneven = plain.pop(nn.Conv3d)
    assert all(type(layer) is kind for kind, layer in plain.items())
    assert isinstance(uneven, nn.Conv3d)


def test_nearest_takes_named_axes_alone():
    clip = torch.randn(1, 2, 4, 3, 5)
    resized = on("interpolate", clip, size={"T": 8, "W": 10})
    assert torch.equal(resized, clip.repeat_interleave(2, 2).repeat_interleave(2, 4))
    assert torch.equal(on("interpolate", clip, scale=[2, 2]), clip.repeat_interleave(2, 3).repeat_interleave(2, 4))


def test_like_takes_the_sizes_of_another_tensor():
    image, other = torch.randn(1, 2, 3, 4), torch.randn(1, 7, 6, 9)
    expected = functional.interpolate(image, size=(6, 9), mode="bilinear", align_corners=False)
    torch.testing.assert_close(on("interpolate", image, other, like="other", mode="bilinear"), expected)
