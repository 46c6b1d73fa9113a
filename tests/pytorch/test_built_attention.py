"""What built attention computes, with real numbers, against torch.nn.MultiheadAttention and plain loops."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from torch import nn

from archcalc.core.shape import Shape
from archcalc.pytorch.modules.features import Features
from archcalc.pytorch.modules.relative import distance_index
from tests.pytorch.agreement import Run, built, runs, shape_of_tensor

CHANNELS, HEADS = 8, 2
CLIP = Shape.of({"C": CHANNELS, "T": 4, "H": 3, "W": 6})


@pytest.fixture
def clip():
    return torch.randn(2, *CLIP.sizes.values())


def same_weights(layer: Any, other: Any) -> None:
    """Give one attention the projections of another; their relative positions may differ."""
    layer.qkv.load_state_dict(other.qkv.state_dict())
    layer.proj.load_state_dict(other.proj.state_dict())


def theirs(layer: nn.Module) -> nn.MultiheadAttention:
    """PyTorch's attention with the weights of ours."""
    attention = nn.MultiheadAttention(CHANNELS, HEADS, batch_first=True)
    names = {"qkv": "in_proj_", "proj": "out_proj."}
    attention.load_state_dict(
        {names[name.partition(".")[0]] + name.partition(".")[2]: value for name, value in layer.state_dict().items()}
    )
    return attention.eval()


def rows(grid: torch.Tensor) -> torch.Tensor:
    """All positions: batch, position, C."""
    return grid.flatten(2).transpose(1, 2)


def test_attention_over_all_axes_with_a_class_token_is_that_of_pytorch(clip):
    layer, run = runs("attention", CLIP.with_tokens(1), over=["T", "H", "W"], heads=HEADS)
    token = torch.randn(2, CHANNELS, 1)
    found = run(Features(clip, token))
    row = torch.cat([token.transpose(1, 2), rows(clip)], 1)
    expected, _ = theirs(layer)(row, row, row)
    torch.testing.assert_close(found.tokens.transpose(1, 2), expected[:, :1])
    torch.testing.assert_close(rows(found.grid), expected[:, 1:])


def test_attention_over_time_looks_at_one_place(clip):
    layer, run = runs("attention", CLIP, over=["T"], heads=HEADS)
    place = clip[:, :, :, 1, 4].transpose(1, 2)
    expected, _ = theirs(layer)(place, place, place)
    torch.testing.assert_close(run(clip).grid[:, :, :, 1, 4].transpose(1, 2), expected)


def test_copies_of_a_class_token_are_averaged(clip):
    layer, run = runs("attention", CLIP.with_tokens(1), over=["H", "W"], heads=HEADS, class_token="copy")
    token = torch.randn(2, CHANNELS, 1)
    found = run(Features(clip, token))
    copies = []
    for frame in range(4):
        row = torch.cat([token.transpose(1, 2), rows(clip[:, :, frame])], 1)
        expected, _ = theirs(layer)(row, row, row)
        torch.testing.assert_close(rows(found.grid[:, :, frame]), expected[:, 1:])
        copies.append(expected[:, 0])
    torch.testing.assert_close(found.tokens[:, :, 0], torch.stack(copies).mean(0))


@pytest.mark.parametrize("relative", [None, "table", "decomposed"])
def test_a_window_that_covers_everything_is_full_attention(clip, relative):
    arguments = {"over": ["T", "H", "W"], "heads": HEADS, "relative_position": relative}
    full, run_full = runs("attention", CLIP, **arguments)
    windowed, run_windowed = runs("attention", CLIP, **arguments, window=[4, 3, 6], shift=[2, 1, 3])
    windowed.load_state_dict(full.state_dict())
    assert torch.equal(run_windowed(clip).grid, run_full(clip).grid)


def test_windows_are_attention_on_each_part(clip):
    whole, run = runs("attention", CLIP, over=["T", "H", "W"], heads=HEADS, window=[2, 3, 3])
    part = clip[:, :, 2:, :, :3]
    alone, run_alone = runs("attention", shape_of_tensor(part), over=["T", "H", "W"], heads=HEADS)
    alone.load_state_dict(whole.state_dict())
    torch.testing.assert_close(run(clip).grid[:, :, 2:, :, :3], run_alone(part).grid)


def seen(run: Run, clip: torch.Tensor, position: tuple[int, int, int]) -> list[list[int]]:
    """The indices on each axis of what one output position hangs on."""
    given = clip.clone().requires_grad_()
    t, h, w = position
    run(given).grid[0, :, t, h, w].sum().backward()
    assert given.grad is not None
    read = given.grad[0].abs().sum(0).nonzero()
    return [sorted(set(column.tolist())) for column in read.T]


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ((0, 0, 0), [[0], [0, 1, 2], [0, 1]]),
        ((1, 2, 1), [[1, 2], [0, 1, 2], [0, 1]]),
        ((2, 1, 4), [[1, 2], [0, 1, 2], [2, 3, 4]]),
        ((3, 0, 5), [[3], [0, 1, 2], [5]]),
    ],
)
def test_shifted_windows_see_their_own_block_and_not_the_other_end(clip, position, expected):
    # T 4 in blocks of 2 whose borders are moved by 1, H 3 covered and not moved, W 6 in blocks of 3 moved by 2.
    _, run = runs("attention", CLIP, over=["T", "H", "W"], heads=HEADS, window=[2, 3, 3], shift=[1, 1, 2])
    assert seen(run, clip, position) == expected


def test_a_padded_end_makes_no_difference_to_what_is_seen(clip):
    _, run = runs("attention", CLIP, over=["H", "W"], heads=HEADS, window=[2, 4], shift=[1, 0])
    assert seen(run, clip, (1, 2, 5)) == [[1], [1, 2], [4, 5]]


def test_axes_may_come_in_any_order(clip):
    one, run_one = runs("attention", CLIP, over=["W", "T"], heads=HEADS, window=[3, 2], shift=[1, 0])
    other, run_other = runs("attention", CLIP, over=["T", "W"], heads=HEADS, window=[2, 3], shift=[0, 1])
    other.load_state_dict(one.state_dict())
    assert torch.equal(run_one(clip).grid, run_other(clip).grid)


# Relative positions


def test_the_index_tells_distances_apart():
    # Two rows of two: distances -1, 0, 1 on each axis, numbered as 3 * (dh + 1) + dw + 1.
    assert distance_index((2, 2)).tolist() == [[4, 3, 1, 0], [5, 4, 2, 1], [7, 6, 4, 3], [8, 7, 5, 4]]


def test_a_table_is_added_to_the_affinities():
    row = Shape.of({"C": CHANNELS, "T": 3})
    layer, run = runs("attention", row, over=["T"], heads=1, relative_position="table")
    with torch.no_grad():
        layer.qkv.weight[: 2 * CHANNELS].zero_()
        layer.qkv.bias[: 2 * CHANNELS].zero_()
        layer.relative_position.table.copy_(torch.tensor([[1.0], [0.0], [-1.0], [0.5], [2.0]]))
    clip = torch.randn(1, CHANNELS, 3)
    # Query t and key s: entry t - s + 2.
    bias = torch.tensor([[-1.0, 0.0, 1.0], [0.5, -1.0, 0.0], [2.0, 0.5, -1.0]])
    values = nn.functional.linear(rows(clip), layer.qkv.weight[2 * CHANNELS :], layer.qkv.bias[2 * CHANNELS :])
    torch.testing.assert_close(rows(run(clip).grid), layer.proj(bias.softmax(-1) @ values))


def test_a_block_smaller_than_its_window_takes_the_distances_that_it_has(clip):
    arguments = {"over": ["H", "W"], "heads": HEADS, "relative_position": "table"}
    small, run_small = runs("attention", CLIP, **arguments)
    large, run_large = runs("attention", CLIP, **arguments, window=[5, 8])
    same_weights(large, small)
    with torch.no_grad():
        middle = large.relative_position.table.view(9, 15, HEADS)[2:7, 2:13]
        small.relative_position.table.copy_(middle.flatten(0, 1))
    torch.testing.assert_close(run_large(clip).grid, run_small(clip).grid)


def test_tokens_have_no_relative_position(clip):
    features = Features(clip, torch.randn(2, CHANNELS, 1))
    arguments = {"over": ["T", "H", "W"], "heads": HEADS}
    plain, run_plain = runs("attention", CLIP.with_tokens(1), **arguments)
    table, run_table = runs("attention", CLIP.with_tokens(1), **arguments, relative_position="table")
    same_weights(table, plain)
    nn.init.zeros_(table.relative_position.table)
    torch.testing.assert_close(run_table(features).grid, run_plain(features).grid)
    nn.init.ones_(table.relative_position.table)  # the same for all pairs of the grid: tokens alone tell
    torch.testing.assert_close(run_table(features).tokens, run_plain(features).tokens)
    assert not torch.allclose(run_table(features).grid, run_plain(features).grid)


def test_decomposed_positions_are_products_with_the_query():
    asking, asked = (2, 4), (2, 2)
    query, key = (Shape.of({"C": 3, "T": t, "H": h}, heads=HEADS) for t, h in (asking, asked))
    layer, run = runs("attention", query, key, key, over=["T", "H"], heads=HEADS, relative_position="decomposed")
    vectors = layer.relative_position.vectors
    assert {axis: tuple(each.shape) for axis, each in vectors.items()} == {"T": (3, 3), "H": (7, 3)}
    q, k, v = torch.randn(HEADS, 3, *asking), torch.randn(HEADS, 3, *asked), torch.randn(HEADS, 3, *asked)
    affinities = torch.einsum("gcth,gcsw->gthsw", q, k) / 3**0.5
    for t in range(2):
        for h in range(4):
            for s in range(2):
                for w in range(2):
                    by_place = vectors["T"][t - s + 1] + vectors["H"][h - 2 * (w - 1)]
                    affinities[:, t, h, s, w] += q[:, :, t, h] @ by_place
    weights = affinities.flatten(3).softmax(-1).unflatten(3, asked)
    sums = torch.einsum("gthsw,gcsw->gcth", weights, v).flatten(0, 1)
    expected = torch.einsum("oc,cth->oth", layer.proj.weight, sums) + layer.proj.bias.view(-1, 1, 1)
    torch.testing.assert_close(run(q, k, v).grid[0], expected)


# Layers of their own for queries, keys and values


@pytest.mark.parametrize("residual", ["false", "true"])
def test_lists_that_do_nothing_make_no_difference(load, residual):
    head = "archcalc: 1\nname: test\ninputs: {clip: {C: 8, T: 2, H: 3, W: 3}}\nlayers:\n- class_token\n"
    attention = f"over: [T, H, W], heads: 2, residual_query: {residual}"
    plain = built(load(f"{head}- attention: {{{attention}}}\n")).eval()
    lists = "query: [identity], key: [identity], value: [identity]"
    pooled = built(load(f"{head}- attention: {{{attention}, {lists}}}\n")).eval()
    parts = (pooled.attention.query, pooled.attention.key, pooled.attention.value)
    with torch.no_grad():
        for at, part in enumerate(parts):
            part.project.weight.copy_(plain.attention.qkv.weight[8 * at : 8 * at + 8])
            part.project.bias.copy_(plain.attention.qkv.bias[8 * at : 8 * at + 8])
    pooled.attention.proj.load_state_dict(plain.attention.proj.state_dict())
    pooled.class_token.load_state_dict(plain.class_token.state_dict())
    clip = torch.randn(2, 8, 2, 3, 3)
    torch.testing.assert_close(pooled(clip).grid, plain(clip).grid)
    torch.testing.assert_close(pooled(clip).tokens, plain(clip).tokens)


def test_queries_are_added_to_the_grid_and_not_to_the_token(clip):
    shape = CLIP.with_tokens(1)
    plain, run_plain = runs("attention", shape, over=["T", "H", "W"], heads=HEADS)
    residual, run_residual = runs("attention", shape, over=["T", "H", "W"], heads=HEADS, residual_query=True)
    residual.load_state_dict(plain.state_dict())
    features = Features(clip, torch.randn(2, CHANNELS, 1))
    queries = nn.functional.linear(rows(clip), plain.qkv.weight[:CHANNELS], plain.qkv.bias[:CHANNELS])
    added = nn.functional.linear(queries, plain.proj.weight)
    torch.testing.assert_close(run_residual(features).tokens, run_plain(features).tokens)
    torch.testing.assert_close(rows(run_residual(features).grid), rows(run_plain(features).grid) + added)


def test_heads_are_dealt_out_in_order():
    clip = torch.randn(2, 6, 5)
    layer, run = runs("project_heads", shape_of_tensor(clip), heads=3)
    flat = nn.functional.linear(rows(clip), layer.weight, layer.bias).transpose(1, 2)
    assert torch.equal(run(clip).grid, flat.reshape(2 * 3, 2, 5))
