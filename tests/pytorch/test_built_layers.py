"""What built layers compute, with real numbers: norms, merges, rearrangements, tokens."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from torch import nn
from torch.nn import functional

from archcalc.core.shape import Shape
from archcalc.pytorch.modules.features import Features
from tests.pytorch.agreement import on, runs, shape_of_tensor

GRID = Shape.of({"C": 4, "T": 2, "H": 3, "W": 3}, tokens=1)


def with_token() -> Any:
    return Features(torch.randn(2, 4, 2, 3, 3), torch.randn(2, 4, 1))


def row(features: Any) -> torch.Tensor:
    """Grid and tokens as one row of positions."""
    return torch.cat([features.tokens, features.grid.flatten(2)], 2)


# Norms


def test_a_batch_norm_without_scale_has_a_bias_alone():
    clip = torch.randn(3, 4, 2, 3, 3)
    norm, run = runs("batch_norm", shape_of_tensor(clip), scale=False, eps=0.5)
    norm.bias.data = torch.arange(4.0)
    norm.running_mean += 1
    assert [name for name, _ in norm.named_parameters()] == ["bias"]
    expected = (clip - 1) / 1.5**0.5 + torch.arange(4.0).view(4, 1, 1, 1)
    torch.testing.assert_close(run(clip).grid, expected)


def test_layer_norm_and_softmax_act_on_the_channels_of_each_position():
    clip = torch.randn(2, 4, 2, 3, 3)
    _, run = runs("layer_norm", shape_of_tensor(clip))
    torch.testing.assert_close(run(clip).grid[1, :, 1, 2, 0], functional.layer_norm(clip[1, :, 1, 2, 0], (4,)))
    torch.testing.assert_close(on("softmax", clip).sum(1), torch.ones(2, 2, 3, 3))


@pytest.mark.parametrize(("word", "arguments"), [("group_norm", {"num_groups": 2}), ("instance_norm", {})])
def test_statistics_are_those_of_grid_and_tokens_together(word: str, arguments: dict[str, Any]):
    features = with_token()
    _, run = runs(word, GRID, **arguments)
    groups = arguments.get("num_groups", 4)
    torch.testing.assert_close(row(run(features)), functional.group_norm(row(features), groups))


def test_a_batch_norm_in_training_counts_tokens_among_its_positions():
    features = with_token()
    norm, run = runs("batch_norm", GRID)
    norm.train()
    torch.testing.assert_close(row(run(features)), nn.BatchNorm1d(4)(row(features)))


def test_a_local_response_norm_takes_channels_alone():
    values = torch.randn(2, 6)
    theirs = functional.local_response_norm(values.unsqueeze(-1), 3).squeeze(-1)
    torch.testing.assert_close(on("local_response_norm", values, size=3), theirs)


# Merges


def test_a_gate_is_stretched_over_the_grid():
    clip, gate = torch.randn(2, 4, 3, 5, 5), torch.rand(2, 4, 1, 1, 1)
    torch.testing.assert_close(on("multiply", clip, gate), clip * gate)


def test_axes_that_are_lacking_are_stretched():
    clip, image, frames = torch.randn(2, 4, 3, 5, 6), torch.randn(2, 4, 5, 6), torch.randn(2, 4, 3)
    expected = clip - image.unsqueeze(2)
    torch.testing.assert_close(on("subtract", clip, image), expected)
    expected = (image.unsqueeze(2) + frames.view(2, 4, 3, 1, 1) + clip) / 3
    torch.testing.assert_close(on("average", image, frames, clip), expected)


def test_a_sum_leaves_the_tokens_that_only_one_has():
    features, grid = with_token(), torch.randn(2, 4, 2, 3, 3)
    for word in ("add", "residual_add", "multiply"):
        _, run = runs(word, GRID, GRID.with_tokens(0))
        assert torch.equal(run(features, grid).tokens, features.tokens)
    _, run = runs("residual_add", GRID, GRID)
    torch.testing.assert_close(row(run(features, features)), 2 * row(features))


def test_tokens_are_concatenated_too():
    one, other = with_token(), with_token()
    _, run = runs("concat", GRID, GRID)
    assert torch.equal(row(run(one, other)), torch.cat([row(one), row(other)], 1))


# Rearrangements


def test_temporal_shift_moves_the_right_channels():
    clip = torch.arange(8 * 5.0).view(1, 8, 5)
    shifted = on("temporal_shift", clip, fold_div=4)
    nothing = torch.zeros(1, 2, 1)
    assert torch.equal(shifted[:, :2], torch.cat([clip[:, :2, 1:], nothing], 2))
    assert torch.equal(shifted[:, 2:4], torch.cat([nothing, clip[:, 2:4, :-1]], 2))
    assert torch.equal(shifted[:, 4:], clip[:, 4:])


def test_a_causal_shift_looks_back_alone():
    clip = torch.arange(4 * 5.0).view(1, 4, 5)
    shifted = on("temporal_shift", clip, fold_div=2, shift=2, causal=True)
    assert torch.equal(shifted[:, :2], functional.pad(clip[:, :2, :-2], (2, 0)))
    assert torch.equal(shifted[:, 2:], clip[:, 2:])


def test_a_shift_of_more_than_there_is_leaves_zeros():
    shifted = on("temporal_shift", torch.ones(1, 4, 3, 2, 2), fold_div=2, shift=7)
    assert shifted.shape == (1, 4, 3, 2, 2)
    assert shifted.count_nonzero() == 0


def test_fold_is_pixel_unshuffle():
    images = torch.randn(2, 3, 4, 6)
    assert torch.equal(on("space_to_depth", images, H=2, W=2), functional.pixel_unshuffle(images, 2))


def test_fold_pads_what_does_not_divide():
    clip = torch.ones(1, 1, 3, 2, 2)
    folded = on("space_to_depth", clip, T=2)
    assert folded.shape == (1, 2, 2, 2, 2)
    assert folded[0, :, :, 0, 0].tolist() == [[1, 1], [1, 0]]


def test_stacked_frames_lie_side_by_side_within_a_channel():
    clip = torch.randn(1, 2, 3, 4, 4)
    assert torch.equal(on("stack_frames", clip)[:, 4], clip[:, 1, 1])


def test_flatten_has_the_channel_slowest():
    clip = torch.randn(1, 2, 3, 4)
    assert torch.equal(on("flatten", clip), clip.reshape(1, 24))


def test_parts_of_a_tensor():
    clip = torch.randn(1, 2, 7, 6, 5)
    assert torch.equal(on("subsample", clip, axis="T", every=3, offset=1), clip[:, :, 1::3])
    assert torch.equal(on("crop", clip, T=[4, 2], H=3, W=2), clip[:, :, 4:6, 1:4, 1:3])
    assert torch.equal(on("select", clip, axis="H", index=-2), clip[:, :, :, 4])
    assert torch.equal(on("pad", clip, T=[1, 0], W=2), functional.pad(clip, (2, 2, 0, 0, 1, 0)))


def test_expand_puts_axes_in():
    image = torch.randn(2, 3, 4, 1)
    assert torch.equal(on("expand", image, T=5, W=6), image.unsqueeze(2).expand(2, 3, 5, 4, 6))


def test_reductions():
    clip = torch.randn(2, 3, 4, 5, 6)
    torch.testing.assert_close(on("mean", clip, axes=["T", "W"]), clip.mean((2, 4)))
    torch.testing.assert_close(on("global_avg_pool", clip), clip.mean((2, 3, 4), keepdim=True))
    assert torch.equal(on("global_max_pool", clip, axes=["T"]), clip.amax(2, keepdim=True))


# Tokens


@pytest.mark.parametrize("word", ["linear", "relu", "layer_norm", "scale"])
def test_what_acts_at_positions_acts_on_tokens(word: str):
    arguments = {"linear": {"out": 6}, "scale": {"factor": 3, "learned": True}}.get(word, {})
    features = with_token()
    layer, run = runs(word, GRID, **arguments)
    alone, run_alone = runs(word, shape_of_tensor(features.tokens), **arguments)
    alone.load_state_dict(layer.state_dict())
    assert torch.equal(run(features).tokens, run_alone(features.tokens).grid)


@pytest.mark.parametrize("word", ["conv3d", "max_pool2d", "temporal_shift", "global_avg_pool"])
def test_tokens_pass_by_windows(word: str):
    arguments = {"conv3d": {"out": 4, "kernel": 2}, "max_pool2d": {"kernel": 2}}.get(word, {})
    features = with_token()
    _, run = runs(word, GRID, **arguments)
    assert run(features).tokens is features.tokens


def test_a_class_token_is_the_same_for_all_samples():
    layer, run = runs("class_token", GRID.with_tokens(0))
    features = run(torch.randn(3, 4, 2, 3, 3))
    assert torch.equal(features.tokens, layer.token.view(1, 4, 1).expand(3, 4, 1))


def test_select_takes_grid_or_class_token():
    features = with_token()
    assert runs("select", GRID, tokens="grid")[1](features) == (features.grid, None)
    taken = runs("select", GRID, tokens="class")[1](features)
    assert taken.tokens is None
    assert torch.equal(taken.grid, features.tokens[:, :, 0])


def test_a_position_is_added_over_its_axes_and_to_the_token():
    features = with_token()
    layer, run = runs("position", GRID, over=["H", "W"], class_token=True)
    found = run(features)
    torch.testing.assert_close(found.grid, features.grid + layer.grid.view(1, 4, 1, 3, 3))
    torch.testing.assert_close(found.tokens, features.tokens + layer.token.view(1, 4, 1))
    layer, run = runs("position", GRID, over=["T"])
    found = run(features)
    torch.testing.assert_close(found.grid, features.grid + layer.grid.view(1, 4, 2, 1, 1))
    assert found.tokens is features.tokens


# The products of a non-local block


@pytest.mark.parametrize("softmax", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_dot_product(softmax: bool, scale: bool):
    theta, phi, g = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 2, 2), torch.randn(2, 6, 2, 2)
    found = on("dot_product", theta, phi, g, softmax=softmax, scale=scale)
    affinities = torch.einsum("nchw,ncp->nhwp", theta, phi.flatten(2)) / (3**0.5 if scale else 1)
    weights = affinities.softmax(-1) if softmax else affinities / 4
    torch.testing.assert_close(found, torch.einsum("nhwp,ncp->nchw", weights, g.flatten(2)))
