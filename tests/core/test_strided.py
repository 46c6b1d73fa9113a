"""Strides against PyTorch's own, on tensors permuted, cut, expanded and reshaped at random."""

from __future__ import annotations

from math import prod
from random import Random
from typing import Any

import pytest

from archcalc.core.strided import (
    Strided,
    broadcast_sizes,
    broadcast_strides,
    contiguous_strides,
    is_channels_last,
    ordered_strides,
)

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")


def pair(rng: Random, sizes: tuple[int, ...] | None = None) -> tuple[Strided, Any]:
    """A tensor and the same without numbers, after up to three changes of their strides."""
    if sizes is None:
        sizes = tuple(rng.choice((1, 2, 3, 4)) for _ in range(rng.randint(2, 5)))
    mine, theirs = Strided(0, sizes, contiguous_strides(sizes)), torch.empty(sizes)
    for _ in range(rng.randint(0, 3)):
        mine, theirs = changed(rng, mine, theirs)
    return mine, theirs


def changed(rng: Random, mine: Strided, theirs: Any) -> tuple[Strided, Any]:
    dim = rng.randrange(mine.dim)
    kind = rng.choice(("permute", "narrow", "step", "expand", "unsqueeze"))
    if kind == "permute":
        dims = rng.sample(range(mine.dim), mine.dim)
        return mine.permute(*dims), theirs.permute(dims)
    if kind == "narrow" and mine.sizes[dim] > 1:
        return mine.narrow(dim, mine.sizes[dim] - 1), theirs.narrow(dim, 1, mine.sizes[dim] - 1)
    if kind == "step":
        index = (slice(None),) * dim + (slice(None, None, 2),)
        return mine.narrow(dim, -(-mine.sizes[dim] // 2), 2), theirs[index]
    if kind == "expand" and mine.sizes[dim] == 1:
        sizes = (*mine.sizes[:dim], 3, *mine.sizes[dim + 1 :])
        return mine.expand(*sizes), theirs.expand(sizes)
    if kind == "unsqueeze" and mine.dim < 5:
        return mine.unsqueeze(dim), theirs.unsqueeze(dim)
    return mine, theirs


def split(rng: Random, count: int) -> tuple[int, ...]:
    """Sizes whose product is a count."""
    sizes: list[int] = []
    while count > 1 and len(sizes) < 4:
        size = rng.choice([each for each in range(1, count + 1) if count % each == 0])
        sizes.append(size)
        count //= size
    return (*sizes, count)


@pytest.mark.parametrize("seed", range(300))
def test_views_are_those_of_pytorch(seed: int) -> None:
    rng = Random(seed)
    mine, theirs = pair(rng)
    assert (mine.sizes, mine.strides) == (tuple(theirs.shape), theirs.stride())
    wanted = split(rng, prod(mine.sizes))
    seen = mine.view(wanted)
    try:
        expected = theirs.view(wanted)
    except RuntimeError:
        assert seen is None
    else:
        assert seen is not None
        assert seen.strides == expected.stride()


@pytest.mark.parametrize("seed", range(300))
def test_formats_and_elementwise_results_are_those_of_pytorch(seed: int) -> None:
    rng = Random(seed)
    mine, theirs = pair(rng)
    assert mine.is_contiguous == theirs.is_contiguous()
    last = {4: torch.channels_last, 5: torch.channels_last_3d}.get(mine.dim)
    if last is not None:
        assert is_channels_last(mine.sizes, mine.strides) == theirs.is_contiguous(memory_format=last) or 1 in mine.sizes
    other, others = pair(rng, mine.sizes)
    if other.sizes == mine.sizes:
        assert broadcast_strides(mine.sizes, [mine, other]) == (theirs + others).stride()
    single = tuple(1 if rng.random() < 0.4 else size for size in mine.sizes)
    gate = Strided(1, single, contiguous_strides(single))
    assert broadcast_strides(mine.sizes, [mine, gate]) == (theirs * torch.empty(single)).stride()


def laid_out(tensor: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(tensor.shape), tensor.stride()


@pytest.mark.parametrize("seed", range(100))
def test_dimensions_moved_split_and_dropped_are_those_of_pytorch(seed: int) -> None:
    rng = Random(seed)
    mine, theirs = pair(rng)
    first, second = (rng.randrange(mine.dim) for _ in range(2))
    assert (mine.dim, mine.elements) == (theirs.dim(), theirs.numel())
    assert laid_out(theirs.transpose(first, second)) == mine.transpose(first, second)[1:3]
    assert laid_out(theirs.movedim(1, -1)) == mine.channels_last()[1:3]
    assert laid_out(theirs.movedim(-1, 1)) == mine.channels_second()[1:3]
    assert laid_out(theirs.select(first, 0)) == mine.select(first)[1:3]
    sizes = split(rng, mine.sizes[first])
    assert laid_out(theirs.unflatten(first, sizes)) == mine.unflatten(first, sizes)[1:3]
    place = rng.randint(0, mine.dim)
    assert laid_out(theirs.unsqueeze(place)) == mine.unsqueeze(place)[1:3]
    kernel, step = rng.randint(1, mine.sizes[first]), rng.randint(1, 2)
    unfolded = theirs.unfold(first, kernel, step)
    assert laid_out(unfolded) == mine.windows(first, unfolded.shape[first], kernel, step)[1:3]


@pytest.mark.parametrize("seed", range(200))
def test_dense_tensors_and_the_formats_of_results_are_those_of_pytorch(seed: int) -> None:
    rng = Random(seed)
    mine, theirs = pair(rng)
    assert mine.is_dense == torch.ops.aten.is_non_overlapping_and_dense.default(theirs)
    sizes = tuple(rng.randint(1, 3) for _ in range(rng.choice((mine.dim, mine.dim, 3))))
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    suggested = torch.empty(sizes)
    if len(sizes) == mine.dim and mine.dim in formats and suggests_last(theirs):
        suggested = torch.empty(sizes, memory_format=formats[mine.dim])
    assert mine.suggested_strides(sizes) == suggested.stride()


def suggests_last(tensor: Any) -> bool:
    """Whether PyTorch makes a result of another size in channels last: padding asks for the suggested format."""
    last = torch.nn.functional.pad(tensor, (1, 1) * (tensor.dim() - 2))
    return bool(last.stride()[1] == 1 and last.shape[1] > 1)


@pytest.mark.parametrize(
    ("sizes", "strides", "last"),
    [
        ((2, 3, 4, 5), (60, 1, 15, 3), True),
        ((2, 3, 4, 5), (60, 20, 5, 1), False),
        ((2, 1, 4, 5), (20, 20, 5, 1), False),  # one channel may be either, and is contiguous
        ((2, 1, 4, 5), (20, 1, 5, 1), True),
        ((2, 3, 1, 1), (3, 1, 3, 3), True),
        ((2, 3, 1, 1), (3, 1, 1, 1), False),
        ((1, 3, 1, 1), (3, 1, 1, 1), False),
        ((4, 1, 1, 1), (1, 1, 1, 1), False),  # one number a sample may be either too
        ((2, 3, 4, 5), (60, 0, 15, 3), False),
        ((0, 3, 4, 5), (60, 1, 15, 3), False),
        ((2, 3, 4, 5), (59, 1, 15, 3), False),
        ((2, 3, 2, 2, 2), (24, 1, 12, 6, 3), True),
        ((2, 3, 2, 2, 2), (24, 8, 4, 2, 1), False),
        ((2, 3, 4), (12, 1, 3), False),
    ],
)
def test_strides_of_channels_last(sizes: tuple[int, ...], strides: tuple[int, ...], last: bool) -> None:
    assert is_channels_last(sizes, strides) is last


def test_strides_in_an_order_of_dimensions() -> None:
    assert ordered_strides((2, 3, 4, 5), (1, 3, 2, 0)) == (3 * 5 * 4, 1, 3 * 5, 3)
    assert ordered_strides((2, 3), (0, 1)) == (1, 2)
    assert contiguous_strides((2, 3, 4)) == (3 * 4, 4, 1)
    assert contiguous_strides(()) == ()
    assert contiguous_strides((2, 0, 4)) == (0, 4, 1)


def test_a_view_keeps_storage_and_gradient() -> None:
    tensor = Strided(7, (2, 6), (6, 1), requires_grad=True)
    views = [tensor.permute(1, 0), tensor.view((3, 4)), tensor.unsqueeze(0), tensor.narrow(0, 1), tensor.select(0)]
    assert all(each is not None and (each.storage, each.requires_grad) == (7, True) for each in views)
    assert tensor.detached() == Strided(7, (2, 6), (6, 1), requires_grad=False)
    assert tensor.permute(1, 0).view((12,)) is None
    assert Strided(0, (), ()).view((1, 1)) == Strided(0, (1, 1), (1, 1))


@pytest.mark.parametrize(
    ("operands", "sizes"),
    [
        ([(2, 3)], (2, 3)),
        ([(2, 3), (2, 3)], (2, 3)),
        ([(2, 1), (1, 3)], (2, 3)),
        ([(3,), (2, 1)], (2, 3)),
        ([(2, 1, 4), (5, 1), (1,)], (2, 5, 4)),
        ([(1,), (1, 1)], (1, 1)),
    ],
)
def test_sizes_of_broadcast_operands(operands: list[tuple[int, ...]], sizes: tuple[int, ...]) -> None:
    assert broadcast_sizes([Strided(0, each, contiguous_strides(each)) for each in operands]) == sizes
    assert tuple(torch.broadcast_shapes(*operands)) == sizes


def test_results_of_operands_of_several_layouts() -> None:
    """As `torch.empty_strided` operands give when they are added."""
    for sizes, layouts in (
        ((2, 3, 4), [(12, 4, 1), (1, 2, 6)]),
        ((2, 3, 4), [(1, 2, 6), (12, 4, 1)]),
        ((2, 3, 4), [(1, 2, 6), (1, 2, 6)]),
        ((4, 4), [(1, 8), (8, 1)]),
        ((4, 4), [(1, 8), (1, 8)]),
        ((3, 4), [(0, 1), (0, 1)]),
        ((2, 1, 3), [(1, 1, 2), (1, 1, 2)]),
        ((2, 3, 1), [(1, 2, 9), (1, 2, 9)]),
    ):
        mine = [Strided(at, sizes, strides) for at, strides in enumerate(layouts)]
        one, other = (torch.empty_strided(sizes, strides) for strides in layouts)
        assert broadcast_strides(sizes, mine) == (one + other).stride(), (sizes, layouts)
